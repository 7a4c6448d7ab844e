/** `import`: imports saved objects of the Assistants API, all of them or none. */

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
import { readJsonObjects } from "./_json_objects.ts";
import { fileErrorReason } from "../atomic_file.ts";
import { printError } from "../print.ts";
import { showProgress } from "./_progress.ts";
import { stoppable } from "./_stoppable.ts";
import { resolveTenants } from "./_tenants.ts";

const CHUNK_BYTES = 256 * 1024;

/** Maximum number of field names in the report. */
const MAX_REPORTED_FIELDS = 10;

/** Runs `import`. */
export async function importCommand({ config, operands, flags }: Invocation): Promise<number> {
  const [path = ""] = operands;
  const name = path === "-" ? "standard input" : `"${path}"`;
  const text = flags.get("tenant") ?? "default";
  if (path === "-" && text === "key") {
    throw new UsageError("Standard input cannot provide both the FILE and the key; name a file");
  }
  // Opened before the database, so that a missing file does not create one.
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

/** The outcome of an import. */
export interface ImportSummary {
  counts: ImportCounts;
  /** Number of objects with a field that is not stored, by the path of the field. */
  ignoredFields: ReadonlyMap<string, number>;
}

/**
 * Imports the objects of a source.
 *
 * @param onObject called after each object that was read
 * @throws {ImportError} as a rejection, for invalid input; then nothing is imported
 */
export async function importFrom(
  archive: Archive,
  chunks: AsyncIterable<Uint8Array>,
  options: ImportOptions,
  onObject: () => void,
): Promise<ImportSummary> {
  const staging = await archive.startImport(options);
  const reader = new ImportReader(staging, options.now, onObject);
  for await (const { value, place } of readJsonObjects(stoppable(chunks))) {
    await reader.read(value, place);
  }
  return { counts: await staging.finish(reader.end()), ignoredFields: reader.ignoredFields };
}

/** Converts values to objects and stages them. */
class ImportReader {
  readonly #staging: Import;
  readonly #nowS: number;
  readonly #onObject: () => void;
  readonly #exportReader = new ExportReader();
  readonly ignoredFields = new Map<string, number>();

  constructor(staging: Import, nowS: number, onObject: () => void) {
    this.#staging = staging;
    this.#nowS = nowS;
    this.#onObject = onObject;
  }

  /**
   * Stages the object or the list in a value.
   *
   * @throws {ImportError} as a rejection, for invalid input
   */
  async read(value: Record<string, unknown>, place: Place): Promise<void> {
    const content = this.#exportReader.read(value, place);
    if (content === "frame") return;
    if (content !== undefined) return await this.#staging.stage(content, place);
    if (value.object !== "list" || !Array.isArray(value.data)) {
      return await this.#stage(value, place);
    }
    for (const [item, object] of value.data.entries()) {
      await this.#stage(object, { line: place.line, item, listed: true });
    }
  }

  /**
   * Ends the source. Returns whether its objects are in their original order.
   *
   * @throws {ImportError} for a truncated export
   */
  end(): boolean {
    return this.#exportReader.end();
  }

  async #stage(value: unknown, place: Place): Promise<void> {
    const { skippedPaths, ...entry } = this.#parse(value, place);
    for (const field of new Set(skippedPaths)) {
      this.ignoredFields.set(field, (this.ignoredFields.get(field) ?? 0) + 1);
    }
    await this.#staging.stage(entry, place);
    this.#onObject();
  }

  #parse(value: unknown, place: Place) {
    try {
      return readImportedObject(value, this.#nowS);
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
    throw readError(`"${path}"`, error);
  }
}

/** Yields chunks in one shared buffer; each is valid until the next one. */
async function* chunksOf(
  source: { read(buffer: Uint8Array): Promise<number | null> },
  name: string,
): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  while (true) {
    const size = await source.read(buffer).catch((error) => {
      throw readError(name, error);
    });
    if (size === null) return;
    yield buffer.subarray(0, size);
  }
}

function readError(name: string, error: unknown): FatalError {
  return new FatalError(`Cannot read ${name}: ${fileErrorReason(error)}`, { cause: error });
}

function report({ counts, ignoredFields }: ImportSummary): void {
  const [added, skipped] = [new ObjectCounts(), new ObjectCounts()];
  for (const [kind, count] of Object.entries(counts) as [keyof ImportCounts, Count][]) {
    added.add(kind, count.added);
    skipped.add(kind, count.skipped);
  }
  printError(`imported ${added}`);
  if (`${skipped}` !== "nothing") printError(`skipped existing objects: ${skipped}`);
  if (ignoredFields.size === 0) return;
  const fields = [...ignoredFields].map(([field, count]) =>
    `${field} (${count.toLocaleString("en")})`
  );
  const rest = fields.length - MAX_REPORTED_FIELDS;
  printError(
    `ignored fields that are not stored: ${fields.slice(0, MAX_REPORTED_FIELDS).join(", ")}` +
      (rest > 0 ? ` and ${rest} more` : ""),
  );
}

type Count = ImportCounts[keyof ImportCounts];
