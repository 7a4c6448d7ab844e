/**
 * A database as a whole: what people export, import, copy and hand over.
 *
 * Not behind the store's door, through which every start of the server goes.
 */

import { FatalError } from "../../shared/errors.ts";
import { Connection } from "../sqlite/connection.ts";
import { type Exported, exportedOf } from "./_export.ts";
import { Import, type ImportOptions } from "./_import.ts";
import { type Moved, moveTenant, tenantsLike } from "./_move_tenant.ts";
import { openDatabase } from "../sqlite/open.ts";
import { databaseReason } from "../sqlite/error_reason.ts";
import { databasePath } from "../sqlite/url.ts";

export type { Exported } from "./_export.ts";
export {
  type Import,
  type ImportCounts,
  ImportError,
  type ImportOptions,
  type Place,
  type Staged,
} from "./_import.ts";
export type { Moved } from "./_move_tenant.ts";

/**
 * @param mayBeNew whether the database is made where there is none
 * @throws {FatalError} when the database is not there, or cannot be opened
 */
export function openArchive(databaseUrl: string, mayBeNew = false): Archive {
  const path = databasePath(databaseUrl);
  if (path === ":memory:") {
    throw new FatalError(
      "A database in memory is empty, and ends with the command; set DATABASE_URL to sqlite:PATH",
    );
  }
  if (!mayBeNew && !isThere(path)) {
    throw new FatalError(
      `Cannot open the database "${path}": the file does not exist; set DATABASE_URL to the server's`,
    );
  }
  return new Archive(new Connection(openDatabase(path), path));
}

/** Copies and moves of what one database holds. */
export class Archive implements Disposable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * What the tenant has, as it is at one moment: assistants, threads, runs, and then messages and
   * steps in the order in which they came to be, and files.
   *
   * @throws {ApiError} when the database cannot be read
   */
  exported(tenant: string): Iterable<Exported> {
    return this.#connection.snapshot((connection) => exportedOf(connection, tenant));
  }

  /** Once. */
  startImport(options: ImportOptions): Promise<Import> {
    return Import.start(this.#connection, options);
  }

  /**
   * Copies everything, as it is at one moment, into a file that is new or empty.
   *
   * @throws {Error} as a rejection, when that cannot be done; it is about either file
   */
  async copyTo(path: string): Promise<void> {
    try {
      await this.#connection.copyTo(path);
    } catch (error) {
      throw new Error(databaseReason(error) ?? String(error), { cause: error });
    }
  }

  /**
   * Gives to one tenant what another has, all of it or nothing.
   *
   * @throws {FatalError} as a rejection, while runs are worked on, or where both have the same object
   */
  moveTenant(from: string, to: string, nowMs: number): Promise<Moved> {
    return this.#connection.write((connection) => moveTenant(connection, from, to, nowMs));
  }

  /** The tenants whose names begin so, those of the server's own key excepted. */
  tenantsLike(prefix: string): Promise<string[]> {
    return this.#connection.read((connection) => tenantsLike(connection, prefix));
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    // What else is wrong with it, opening it says better.
    return !(error instanceof Deno.errors.NotFound);
  }
}
