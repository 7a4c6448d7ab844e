/** `import`: objects of the Assistants API that were saved, all of them or none. */

import { systemClock, unixSeconds } from "../clock.ts";
import type { Invocation } from "../config/mod.ts";
import { readSaved } from "../engine/saved/mod.ts";
import { ApiError, FatalError } from "../errors.ts";
import {
  type Import,
  type ImportCounts,
  openArchive,
  type Place,
  UnfitError,
} from "../store/archive.ts";
import { OwnLines } from "./archive_lines.ts";
import { Counts } from "./counts.ts";
import { jsonValues } from "./json_values.ts";
import { systemReason } from "./new_file.ts";
import { printError } from "./print.ts";
import { type Progress, progressOf } from "./progress.ts";
import { stoppable } from "./stoppable.ts";
import { namedTenants } from "./tenants.ts";

const CHUNK_BYTES = 256 * 1024;

/** Names of fields beyond this number are only counted. */
const SHOWN_FIELDS = 10;

export async function importCommand({ config, operands, flags }: Invocation): Promise<number> {
  const [path = ""] = operands;
  const name = path === "-" ? "standard input" : `"${path}"`;
  const text = flags.get("tenant") ?? "default";
  if (path === "-" && text === "key") {
    throw new FatalError("Standard input cannot be both the FILE and the key; name a file");
  }
  // Before the database, which may have to be made.
  using source = path === "-" ? undefined : openSource(path);
  using archive = openArchive(config.DATABASE_URL, true);
  const [tenant = ""] = await namedTenants(config, archive, [{ flag: "tenant", text }]);
  const skipExisting = flags.has("skip-existing");
  const now = unixSeconds(systemClock);
  using progress = progressOf("Reading");
  try {
    const gathered = await archive.startImport({ tenant, skipExisting, now });
    const reader = new Reader(gathered, now, progress);
    const values = jsonValues(chunksOf(source ?? Deno.stdin, name));
    for await (const { value, place } of stoppable(values)) await reader.take(value, place);
    const counts = await gathered.finish(reader.end());
    progress.end();
    report(counts, reader.leftOut);
    return 0;
  } catch (error) {
    if (!(error instanceof UnfitError)) throw error;
    const { line, item } = error.place;
    const where = item === undefined ? `line ${line}` : `line ${line}, item ${item + 1}`;
    throw new FatalError(`Cannot import ${name}: ${where}: ${error.message}`, { cause: error });
  }
}

/** From values to objects that are gathered. */
class Reader {
  readonly #gathered: Import;
  readonly #now: number;
  readonly #progress: Progress;
  readonly #ownLines = new OwnLines();
  /** How many objects had a field that is not kept, by its path. */
  readonly leftOut = new Map<string, number>();

  constructor(gathered: Import, now: number, progress: Progress) {
    this.#gathered = gathered;
    this.#now = now;
    this.#progress = progress;
  }

  /** @throws {UnfitError} as a rejection */
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
   * @throws {UnfitError} for an export that was cut off
   */
  end(): boolean {
    return this.#ownLines.end();
  }

  async #one(value: unknown, place: Place): Promise<void> {
    const { leftOut, ...entry } = this.#read(value, place);
    for (const field of new Set(leftOut)) {
      this.leftOut.set(field, (this.leftOut.get(field) ?? 0) + 1);
    }
    await this.#gathered.stage(entry, place);
    this.#progress.count();
  }

  #read(value: unknown, place: Place) {
    try {
      return readSaved(value, this.#now);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw new UnfitError(place, error.message);
    }
  }
}

function openSource(path: string): Deno.FsFile {
  try {
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
  return new FatalError(`Cannot read ${name}: ${systemReason(error)}`, { cause: error });
}

function report(counts: ImportCounts, leftOut: ReadonlyMap<string, number>): void {
  const [added, skipped] = [new Counts(), new Counts()];
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
