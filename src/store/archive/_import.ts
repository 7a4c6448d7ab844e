/**
 * Imports of objects.
 *
 * Objects are staged in any order. One transaction then inserts them into the database, in the order
 * of the lists that contain them.
 */

import {
  assertNoneExisting,
  assertNoOrphans,
  IMPORTED_KINDS,
  markExisting,
} from "./_import_checks.ts";
import { ImportError, type Place } from "./_import_error.ts";
import { insertStaged } from "./_import_order.ts";
import { createStaging, idOf, type Staged, stageEntry } from "./_staging.ts";
import type { Connection } from "../sqlite/connection.ts";
import type { Kind } from "../objects.ts";

/** Options of `Archive.startImport()`. */
export interface ImportOptions {
  tenant: string;
  /** Whether to skip objects that the database has already, instead of failing. */
  skipExisting: boolean;
  /** The time at which the threads are last used, in unix seconds. */
  now: number;
}

/** Numbers of imported and of skipped objects, by kind. */
export type ImportCounts = Record<Kind | "file", { added: number; skipped: number }>;

/** A single import. */
export class Import {
  readonly #connection: Connection;
  readonly #options: ImportOptions;
  /** Numbers of entries that repeat an earlier one of the source, by kind. */
  readonly #repeated = new Map<string, number>();

  private constructor(connection: Connection, options: ImportOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** Creates the staging table, and begins the transaction that fills it. */
  static async start(connection: Connection, options: ImportOptions): Promise<Import> {
    await connection.write(createStaging);
    await connection.execute(() => connection.run("BEGIN"));
    return new Import(connection, options);
  }

  /**
   * Stages an entry.
   *
   * @throws {ImportError} as a rejection, if its id is already staged and `skipExisting` is off
   */
  stage(entry: Staged, place: Place): Promise<void> {
    return this.#connection.execute((connection) => {
      if (stageEntry(connection, entry, place)) return;
      if (!this.#options.skipExisting) throw this.#repeatedError(entry, place);
      this.#repeated.set(entry.kind, (this.#repeated.get(entry.kind) ?? 0) + 1);
    });
  }

  /**
   * Inserts the staged objects into the database.
   *
   * @param inOrder whether the source has the objects of a thread in their order; otherwise their
   *   times decide and, within a second, their positions in the source
   * @throws {ImportError} as a rejection, if an object cannot be imported; then none is
   */
  async finish(inOrder: boolean): Promise<ImportCounts> {
    const { tenant, skipExisting, now } = this.#options;
    await this.#connection.execute((connection) => connection.run("COMMIT"));
    const counts = await this.#connection.write((connection) => {
      markExisting(connection, tenant);
      if (!skipExisting) assertNoneExisting(connection);
      assertNoOrphans(connection, tenant);
      insertStaged(connection, { tenant, inOrder, nowS: now });
      return IMPORTED_KINDS.map((kind) => [kind, this.#count(kind)]);
    });
    this.#connection.truncateLog();
    return Object.fromEntries(counts);
  }

  #repeatedError(entry: Staged, place: Place): ImportError {
    const { kind } = entry, id = idOf(entry);
    const sql = "SELECT line FROM staged WHERE kind = :kind AND id = :id";
    const line = this.#connection.one(sql, { kind, id })?.line;
    return new ImportError(
      place,
      `${id} is already on line ${line}; use --skip-existing to import the first one only`,
    );
  }

  #count(kind: Kind | "file"): { added: number; skipped: number } {
    const row = this.#connection.one(
      `SELECT count(*) AS total, coalesce(sum(existing), 0) AS existing FROM staged
        WHERE kind = :kind`,
      { kind },
    );
    const existing = Number(row?.existing);
    return {
      added: Number(row?.total) - existing,
      skipped: existing + (this.#repeated.get(kind) ?? 0),
    };
  }
}
