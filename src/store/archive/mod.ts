/**
 * Exports, imports, copies and moves of a whole database.
 *
 * Separate from `store/mod.ts`, which every start of the server loads.
 */

import { FatalError } from "../../shared/errors.ts";
import { Connection } from "../sqlite/connection.ts";
import { databasePath } from "../sqlite/database_url.ts";
import { databaseReason } from "../sqlite/error_reason.ts";
import { openDatabase } from "../sqlite/open.ts";
import { type Exported, exportedEntries } from "./_export.ts";
import { Import, type ImportOptions } from "./_import.ts";
import { type MoveResult, moveTenant, tenantsWithPrefix } from "./_move_tenant.ts";

export type { Exported } from "./_export.ts";
export type { Import, ImportCounts, ImportOptions } from "./_import.ts";
export { ImportError, type Place } from "./_import_error.ts";
export type { MoveResult } from "./_move_tenant.ts";
export type { Staged } from "./_staging.ts";

/**
 * Opens the database at a URL.
 *
 * @param mayCreate whether to create the database if it does not exist
 * @throws {FatalError} if the database does not exist, or cannot be opened
 */
export function openArchive(databaseUrl: string, mayCreate = false): Archive {
  const path = databasePath(databaseUrl);
  if (path === ":memory:") {
    throw new FatalError(
      "An in-memory database is empty and is lost when the command ends; set DATABASE_URL to sqlite:PATH",
    );
  }
  if (!mayCreate && !exists(path)) {
    throw new FatalError(
      `Cannot open the database "${path}": the file does not exist; set DATABASE_URL to the server's database`,
    );
  }
  return new Archive(new Connection(openDatabase(path), path));
}

/** A database, for work on all that it holds. */
export class Archive implements Disposable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Returns a snapshot of everything that a tenant has: assistants, threads, runs, then messages and
   * steps in the order in which they were created, and files.
   *
   * @throws {ApiError} if the database cannot be read
   */
  exported(tenant: string): Iterable<Exported> {
    return this.#connection.snapshot((connection) => exportedEntries(connection, tenant));
  }

  /** Starts an import. An archive can start only one. */
  startImport(options: ImportOptions): Promise<Import> {
    return Import.start(this.#connection, options);
  }

  /**
   * Copies a snapshot of the database into a new or empty file.
   *
   * @throws {Error} as a rejection, if either file fails; the message has the reason
   */
  async copyTo(path: string): Promise<void> {
    try {
      await this.#connection.copyTo(path);
    } catch (error) {
      throw new Error(databaseReason(error) ?? String(error), { cause: error });
    }
  }

  /**
   * Moves everything that one tenant has to another, in one transaction.
   *
   * @throws {FatalError} as a rejection, if a server is executing runs of the tenant, or if both
   *   tenants have the same object
   */
  moveTenant(from: string, to: string, nowMs: number): Promise<MoveResult> {
    return this.#connection.write((connection) => moveTenant(connection, from, to, nowMs));
  }

  /**
   * Returns the tenants that have assistants or threads and whose names start with a prefix.
   *
   * @param prefix hexadecimal digits, as in the tenant of a caller's key
   */
  tenantsLike(prefix: string): Promise<string[]> {
    return this.#connection.read((connection) => tenantsWithPrefix(connection, prefix));
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    // For any other error, opening the file reports a better reason.
    return !(error instanceof Deno.errors.NotFound);
  }
}
