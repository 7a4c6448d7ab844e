/** A SQLite connection: prepared statements, transactions, and errors that a person can act on. */

import {
  backup,
  type DatabaseSync,
  type SQLInputValue,
  type SQLOutputValue,
  type StatementSync,
} from "node:sqlite";
import { ApiError } from "../../shared/errors.ts";
import { databaseReason } from "./error_reason.ts";

export type Row = Record<string, SQLOutputValue>;

/** Parameters of a statement by name. */
export type Values = Record<string, SQLInputValue>;

/** Runs statements on one database. Each statement is prepared once. */
export class Connection {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #statements = new Map<string, StatementSync>();

  /** @param path the name of the database in error messages */
  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
  }

  /**
   * Runs `work`, which reads only.
   *
   * @throws {ApiError} as a rejection, if the database cannot be read
   */
  read<T>(work: (connection: Connection) => T): Promise<T> {
    return Promise.try(() => this.#withApiErrors("read", () => work(this)));
  }

  /**
   * Runs `work`, which writes to temporary tables, or begins or ends a transaction itself.
   *
   * @throws {ApiError} as a rejection, if the database cannot be written
   */
  execute<T>(work: (connection: Connection) => T): Promise<T> {
    return Promise.try(() => this.#withApiErrors("write", () => work(this)));
  }

  /**
   * Runs `work` as one transaction. It acquires the write lock before `work` reads, so that the data
   * cannot change between a read and a write.
   *
   * @throws {ApiError} as a rejection, if the database cannot be written
   */
  write<T>(work: (connection: Connection) => T): Promise<T> {
    return Promise.try(() =>
      this.#withApiErrors("write", () => this.#transaction(() => work(this)))
    );
  }

  /**
   * Yields what `work` yields, from a single snapshot of the database.
   *
   * @throws {ApiError} if the database cannot be read
   */
  *snapshot<T>(work: (connection: Connection) => Iterable<T>): Generator<T, void> {
    try {
      this.run("BEGIN");
      yield* work(this);
    } catch (error) {
      throw this.#toApiError("read", error);
    } finally {
      if (this.#database.isTransaction) this.run("ROLLBACK");
    }
  }

  /** Copies a snapshot of the database into a file. */
  async copyTo(path: string): Promise<void> {
    // In a single step: after a write by another process, a copy in several steps starts again.
    await backup(this.#database, path, { rate: 2 ** 31 - 1 });
  }

  /** Returns the first row, or undefined if there is none. */
  one(sql: string, values: Values): Row | undefined {
    return this.#statement(sql).get(values);
  }

  /** Returns all rows. */
  all(sql: string, values: Values): Row[] {
    return this.#statement(sql).all(values);
  }

  /** Yields the rows one by one. A statement can be iterated only once at a time. */
  rows(sql: string, values: Values): Iterable<Row> {
    return this.#statement(sql).iterate(values);
  }

  /** Runs a statement and returns the number of changed rows. */
  run(sql: string, values: Values = {}): number {
    return Number(this.#statement(sql).run(values).changes);
  }

  /**
   * Truncates the write-ahead log, which otherwise retains deleted data until it is overwritten. If
   * another process is reading from the log, it stays until the next call.
   */
  truncateLog(): void {
    const timeout = Number(this.one("PRAGMA busy_timeout", {})?.timeout);
    this.one("PRAGMA busy_timeout = 0", {});
    try {
      this.one("PRAGMA wal_checkpoint(TRUNCATE)", {});
    } catch (error) {
      // The deletion itself is committed. A disk error will show at the next write.
      if (databaseReason(error) === undefined) throw error;
    } finally {
      this.one(`PRAGMA busy_timeout = ${timeout}`, {});
    }
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #transaction<T>(work: () => T): T {
    this.run("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.run("COMMIT");
      return result;
    } catch (error) {
      // SQLite rolls back itself after some errors.
      if (this.#database.isTransaction) this.run("ROLLBACK");
      throw error;
    }
  }

  #withApiErrors<T>(action: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.#toApiError(action, error);
    }
  }

  /** Returns an `ApiError` for an error of the database, and any other error unchanged. */
  #toApiError(action: string, error: unknown): unknown {
    const reason = databaseReason(error);
    if (reason === undefined) return error;
    const message = `Cannot ${action} the database "${this.#path}": ${reason}`;
    return new ApiError(message, { status: 500, type: "server_error", cause: error });
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
