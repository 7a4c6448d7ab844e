/** `import`: objects of the Assistants API that were saved, all of them or none. */

import { systemClock, unixSeconds } from "../../shared/clock.ts";
import type { Invocation } from "../../config/mod.ts";
import { readImportedObject } from "../../engine/import/mod.ts";
import { ApiError, FatalError, UsageError } from "../../shared/errors.ts";
import {
  type Archive,
  type Import,
  type ImportCounts,
  ImportError,
  type ImportOptions,
  openArchive,
  type Place,
} from "../../store/archive/mod.ts";
import { ExportReader } from "./_export_format.ts";
import { ObjectCounts } from "./_object_counts.ts";
import { readJsonObjects } from "./_json_values.ts";
import { fileErrorReason } from "../atomic_file.ts";
import { printError } from "../print.ts";
import { showProgress } from "./_progress.ts";
import { stoppable } from "./_stoppable.ts";
import { resolveTenants } from "./_tenants.ts";

const CHUNK_BYTES = 256 * 1024;

/** Names of fields beyond this number are only counted. */
const SHOWN_FIELDS = 10;

export async function importCommand({ config, operands, flags }: Invocation): Promise<number> {
  const [path = ""] = operands;
  const name = path === "-" ? "standard input" : `"${path}"`;
  const text = flags.get("tenant") ?? "default";
  if (path === "-" && text === "key") {
    throw new UsageError("Standard input cannot be both the FILE and the key; name a file");
  }
  // Before the database, which may have to be made.
  using source = path === "-" ? undefined : openSource(path);
  using archive = openArchive(config.store.url, true);
  const [tenant = ""] = await resolveTenants(config, archive, [{ flag: "tenant", text }]);
  const skipExisting = flags.has("skip-existing");
  using progress = showProgress("Reading");
  const chunks = chunksOf(source ?? Deno.stdin, name);
  try {
    const options = { tenant, skipExisting, now: unixSeconds(systemClock) };
    const imported = await importFrom(archive, chunks, options, progress.count);
    progress.end();
    report(imported);
    return 0;
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    const { line, item } = error.place;
    const where = item === undefined ? `line ${line}` : `line ${line}, item ${item + 1}`;
    throw new FatalError(`Cannot import ${name}: ${where}: ${error.message}`, { cause: error });
  }
}

export interface Imported {
  counts: ImportCounts;
  /** How many objects had a field that is not kept, by its path. */
  leftOut: ReadonlyMap<string, number>;
}

/**
 * Takes in what the chunks hold.
 *
 * @param counted called for each object that was read
 * @throws {ImportError} as a rejection, for what cannot come in; then nothing has
 */
export async function importFrom(
  archive: Archive,
  chunks: AsyncIterable<Uint8Array>,
  options: ImportOptions,
  counted: () => void,
): Promise<Imported> {
  const gathered = await archive.startImport(options);
  const reader = new Reader(gathered, options.now, counted);
  for await (const { value, place } of readJsonObjects(stoppable(chunks))) {
    await reader.take(value, place);
  }
  return { counts: await gathered.finish(reader.end()), leftOut: reader.leftOut };
}

/** From values to objects that are gathered. */
class Reader {
  readonly #gathered: Import;
  readonly #now: number;
  readonly #counted: () => void;
  readonly #ownLines = new ExportReader();
  readonly leftOut = new Map<string, number>();

  constructor(gathered: Import, now: number, counted: () => void) {
    this.#gathered = gathered;
    this.#now = now;
    this.#counted = counted;
  }

  /** @throws {ImportError} as a rejection */
  async take(value: Record<string, unknown>, place: Place): Promise<void> {
    const own = this.#ownLines.take(value, place);
    if (own === "seen") return;
    if (own !== undefined) return await this.#gathered.stage(own, place);
    if (value.object !== "list" || !Array.isArray(value.data)) return await this.#one(value, place);
    for (const [item, object] of value.data.entries()) {
      await this.#one(object, { line: place.line, item, listed: true });
    }
  }

  /**
   * Whether the objects came in the order in which they came to be.
   *
   * @throws {ImportError} for an export that was cut off
   */
  end(): boolean {
    return this.#ownLines.end();
  }

  async #one(value: unknown, place: Place): Promise<void> {
    const { skippedPaths, ...entry } = this.#read(value, place);
    for (const field of new Set(skippedPaths)) {
      this.leftOut.set(field, (this.leftOut.get(field) ?? 0) + 1);
    }
    await this.#gathered.stage(entry, place);
    this.#counted();
  }

  #read(value: unknown, place: Place) {
    try {
      return readImportedObject(value, this.#now);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw new ImportError(place, error.message);
    }
  }
}

function openSource(path: string): Deno.FsFile {
  try {
    if (Deno.statSync(path).isDirectory) throw new Deno.errors.IsADirectory();
    return Deno.openSync(path);
  } catch (error) {
    throw unreadable(`"${path}"`, error);
  }
}

/** Each chunk is good until the next is asked for. */
async function* chunksOf(
  source: { read(buffer: Uint8Array): Promise<number | null> },
  name: string,
): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  while (true) {
    const size = await source.read(buffer).catch((error) => {
      throw unreadable(name, error);
    });
    if (size === null) return;
    yield buffer.subarray(0, size);
  }
}

function unreadable(name: string, error: unknown): FatalError {
  return new FatalError(`Cannot read ${name}: ${fileErrorReason(error)}`, { cause: error });
}

function report({ counts, leftOut }: Imported): void {
  const [added, skipped] = [new ObjectCounts(), new ObjectCounts()];
  for (const [kind, count] of Object.entries(counts) as [keyof ImportCounts, Count][]) {
    added.add(kind, count.added);
    skipped.add(kind, count.skipped);
  }
  printError(`imported ${added}`);
  if (`${skipped}` !== "nothing") printError(`left out what was there already: ${skipped}`);
  if (leftOut.size === 0) return;
  const fields = [...leftOut].map(([field, count]) => `${field} (${count.toLocaleString("en")})`);
  const rest = fields.length - SHOWN_FIELDS;
  printError(
    `left out fields that are not kept here: ${fields.slice(0, SHOWN_FIELDS).join(", ")}` +
      (rest > 0 ? ` and ${rest} more` : ""),
  );
}

type Count = ImportCounts[keyof ImportCounts];
