/** `export`: writes the objects of one tenant as JSON Lines. */

import type { Invocation } from "../../config/mod.ts";
import { type Archive, type Exported, openArchive } from "../../store/archive/mod.ts";
import { footerLine, headerLine, objectLine } from "./_export_format.ts";
import { ObjectCounts } from "./_object_counts.ts";
import { AtomicFile, writeError } from "../atomic_file.ts";
import { printError } from "../print.ts";
import { showProgress } from "./_progress.ts";
import { stoppable } from "./_stoppable.ts";
import { resolveTenants } from "./_tenants.ts";

/** Approximate size of a write, in characters. */
const CHUNK_LENGTH = 64 * 1024;

/** Runs `export`. */
export async function exportCommand({ config, operands, flags }: Invocation): Promise<number> {
  const [path = ""] = operands;
  using archive = openArchive(config.store.url);
  const [tenant = ""] = await resolveTenants(config, archive, [
    { flag: "tenant", text: flags.get("tenant") ?? "default" },
  ]);
  const counts = new ObjectCounts();
  using progress = showProgress("Exporting");
  const lines = exportedLines(archive, tenant, (kind) => {
    if (kind !== "key") counts.add(kind);
    progress.count();
  });
  if (path === "-") {
    if (!await writeToStdout(lines)) return 0;
  } else {
    using target = AtomicFile.create(path);
    using file = Deno.openSync(target.temporaryPath, { write: true });
    await writeLines(lines, file, path);
    target.commit();
  }
  progress.end();
  printError(`exported ${counts}`);
  return 0;
}

/**
 * Yields the lines of an export, each with its newline.
 *
 * @param onObject called after each object
 */
export function* exportedLines(
  archive: Archive,
  tenant: string,
  onObject: (kind: Exported["kind"]) => void,
): Generator<string> {
  yield headerLine();
  let lines = 0;
  for (const exported of archive.exported(tenant)) {
    yield objectLine(exported);
    lines++;
    onObject(exported.kind);
  }
  yield footerLine(lines);
}

/** Returns false if the reader closed the pipe, as `head` does when it has enough lines. */
async function writeToStdout(lines: Iterable<string>): Promise<boolean> {
  try {
    await writeLines(lines, Deno.stdout, "-");
    return true;
  } catch (error) {
    if (error instanceof Error && error.cause instanceof Deno.errors.BrokenPipe) return false;
    throw error;
  }
}

/** A file or a standard stream. */
interface Target {
  write(bytes: Uint8Array): Promise<number>;
}

/** @param name name of the target in messages */
async function writeLines(lines: Iterable<string>, target: Target, name: string): Promise<void> {
  for await (const bytes of stoppable(chunksOf(lines))) await writeAll(bytes, target, name);
}

function* chunksOf(lines: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let chunk = "";
  for (const line of lines) {
    chunk += line;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield encoder.encode(chunk);
    chunk = "";
  }
  yield encoder.encode(chunk);
}

async function writeAll(bytes: Uint8Array, target: Target, name: string): Promise<void> {
  try {
    for (let offset = 0; offset < bytes.length;) {
      offset += await target.write(bytes.subarray(offset));
    }
  } catch (error) {
    throw writeError(name, error);
  }
}
