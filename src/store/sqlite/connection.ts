/** A SQLite connection as the store uses it: statements prepared once, transactions, errors in words. */

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

/** The values of a statement's parameters by their names. */
export type Values = Record<string, SQLInputValue>;

export class Connection {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #statements = new Map<string, StatementSync>();

  /** @param path what messages call the database */
  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
  }

  /** @throws {ApiError} as a rejection, when the database cannot be read */
  read<T>(work: (connection: Connection) => T): Promise<T> {
    return Promise.try(() => this.#explained("read", () => work(this)));
  }

  /**
   * Runs `work`, which writes beside the database or in a transaction that has begun.
   *
   * @throws {ApiError} as a rejection, when that cannot be done
   */
  prepare<T>(work: (connection: Connection) => T): Promise<T> {
    return Promise.try(() => this.#explained("write", () => work(this)));
  }

  /**
   * Runs `work` as one transaction. It takes the write lock before the first look, so that what was
   * seen still holds when it is written.
   *
   * @throws {ApiError} as a rejection, when the database cannot be written
   */
  write<T>(work: (connection: Connection) => T): Promise<T> {
    return Promise.try(() => this.#explained("write", () => this.#transaction(() => work(this))));
  }

  /**
   * What `work` finds, row by row, all of it as the database is at one moment.
   *
   * @throws {ApiError} when the database cannot be read
   */
  *snapshot<T>(work: (connection: Connection) => Iterable<T>): Generator<T, void> {
    try {
      this.run("BEGIN");
      yield* work(this);
    } catch (error) {
      throw this.#inWords("read", error);
    } finally {
      if (this.#database.isTransaction) this.run("ROLLBACK");
    }
  }

  /** Copies all of the database into the file, as it is at one moment. */
  async copyTo(path: string): Promise<void> {
    // In one step: between two, a write elsewhere would have it begin anew.
    await backup(this.#database, path, { rate: 2 ** 31 - 1 });
  }

  one(sql: string, values: Values): Row | undefined {
    return this.#statement(sql).get(values);
  }

  all(sql: string, values: Values): Row[] {
    return this.#statement(sql).all(values);
  }

  /** One row after the other; only one such reading of the same statement goes on at a time. */
  rows(sql: string, values: Values): Iterable<Row> {
    return this.#statement(sql).iterate(values);
  }

  /** Returns how many rows were changed. */
  run(sql: string, values: Values = {}): number {
    return Number(this.#statement(sql).run(values).changes);
  }

  /**
   * Empties the write-ahead log, in which what was deleted can be read until it is written over.
   * Where that cannot be done at once, because another process reads there, it is left for the next
   * time.
   */
  emptyLog(): void {
    const timeout = Number(this.one("PRAGMA busy_timeout", {})?.timeout);
    this.one("PRAGMA busy_timeout = 0", {});
    try {
      this.one("PRAGMA wal_checkpoint(TRUNCATE)", {});
    } catch (error) {
      // What was asked for is done by now; a fault of the disk shows at the next write.
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
      // After some errors SQLite has rolled back by itself.
      if (this.#database.isTransaction) this.run("ROLLBACK");
      throw error;
    }
  }

  #explained<T>(action: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.#inWords(action, error);
    }
  }

  /** An error of the database as a person can act on it; any other as it is. */
  #inWords(action: string, error: unknown): unknown {
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
