/**
 * The SQLite schema, as a list of migrations. A released migration never changes.
 *
 * A row has the API object as JSON in `body`. The other columns are the tenant, the identity and the
 * order of the row, which never change, and columns computed from `body`. Some tables also have
 * columns that are not part of the object: the lease of a run, the `seq` of the last message before
 * a step, and the approximate time of the last use of a thread.
 */

import type { DatabaseSync } from "node:sqlite";
import { SEARCH_SCHEMA } from "./schema_search.ts";

/** "asmc": distinguishes our files from those of other programs. */
const APPLICATION_ID = 0x61736d63;

const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE assistants (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      tenant TEXT NOT NULL,
      id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      idempotency_key TEXT,
      body TEXT NOT NULL,
      UNIQUE (tenant, id),
      UNIQUE (tenant, idempotency_key)
    ) STRICT`,
    `CREATE INDEX assistants_in_order ON assistants (tenant, created_at)`,

    `CREATE TABLE threads (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      tenant TEXT NOT NULL,
      id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      used_at INTEGER NOT NULL,
      body TEXT NOT NULL,
      UNIQUE (tenant, id)
    ) STRICT`,
    `CREATE INDEX threads_in_order ON threads (tenant, created_at)`,
    `CREATE INDEX threads_by_use ON threads (used_at)`,

    `CREATE TABLE messages (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      tenant TEXT NOT NULL,
      id TEXT NOT NULL,
      thread_id TEXT NOT NULL,
      run_id TEXT,
      created_at INTEGER NOT NULL,
      body TEXT NOT NULL,
      status TEXT AS (body ->> '$.status'),
      UNIQUE (tenant, id),
      FOREIGN KEY (tenant, thread_id) REFERENCES threads (tenant, id) ON DELETE CASCADE
    ) STRICT`,
    `CREATE INDEX messages_of_thread ON messages (tenant, thread_id, created_at)`,
    `CREATE INDEX messages_of_run ON messages (tenant, run_id, created_at)
      WHERE run_id IS NOT NULL`,

    `CREATE TABLE runs (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      tenant TEXT NOT NULL,
      id TEXT NOT NULL,
      thread_id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      body TEXT NOT NULL,
      owner TEXT,
      lease_until INTEGER,
      upstream TEXT,
      attempt INTEGER,
      status TEXT NOT NULL AS (body ->> '$.status'),
      UNIQUE (tenant, id),
      FOREIGN KEY (tenant, thread_id) REFERENCES threads (tenant, id) ON DELETE CASCADE
    ) STRICT`,
    `CREATE INDEX runs_of_thread ON runs (tenant, thread_id, created_at)`,
    // The thread lock, which holds across processes.
    `CREATE UNIQUE INDEX active_run_of_thread ON runs (tenant, thread_id)
      WHERE status IN ('queued', 'in_progress', 'requires_action', 'cancelling')`,
    `CREATE INDEX leases_of_runs ON runs (tenant, upstream, lease_until)
      WHERE lease_until IS NOT NULL`,

    `CREATE TABLE run_items (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      tenant TEXT NOT NULL,
      run_id TEXT NOT NULL,
      body TEXT NOT NULL,
      FOREIGN KEY (tenant, run_id) REFERENCES runs (tenant, id) ON DELETE CASCADE
    ) STRICT`,
    `CREATE INDEX items_of_run ON run_items (tenant, run_id)`,

    `CREATE TABLE steps (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      tenant TEXT NOT NULL,
      id TEXT NOT NULL,
      thread_id TEXT NOT NULL,
      run_id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      body TEXT NOT NULL,
      messages_before INTEGER NOT NULL,
      status TEXT NOT NULL AS (body ->> '$.status'),
      type TEXT NOT NULL AS (body ->> '$.type'),
      UNIQUE (tenant, id),
      FOREIGN KEY (tenant, run_id) REFERENCES runs (tenant, id) ON DELETE CASCADE
    ) STRICT`,
    `CREATE INDEX steps_of_run ON steps (tenant, run_id, created_at)`,
    `CREATE INDEX calls_of_thread ON steps (tenant, thread_id, created_at)
      WHERE type = 'tool_calls'`,

    // Positions of deleted objects in their lists, so that their ids remain usable as cursors.
    `CREATE TABLE deleted (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      tenant TEXT NOT NULL,
      kind TEXT NOT NULL,
      id TEXT NOT NULL,
      thread_id TEXT,
      created_at INTEGER NOT NULL,
      place INTEGER NOT NULL
    ) STRICT`,
    `CREATE INDEX deleted_by_id ON deleted (tenant, kind, id)`,
    `CREATE INDEX deleted_of_thread ON deleted (tenant, thread_id)`,

    `CREATE TABLE deliveries (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      tenant TEXT NOT NULL,
      id TEXT NOT NULL,
      thread_id TEXT NOT NULL,
      body TEXT NOT NULL,
      due_ms INTEGER NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      UNIQUE (tenant, id),
      FOREIGN KEY (tenant, thread_id) REFERENCES threads (tenant, id) ON DELETE CASCADE
    ) STRICT`,
    `CREATE INDEX deliveries_of_thread ON deliveries (tenant, thread_id)`,
    `CREATE INDEX deliveries_due ON deliveries (due_ms)`,

    // `upload` is JSON: the copy of the file at an upstream.
    `CREATE TABLE files (
      tenant TEXT NOT NULL,
      id TEXT NOT NULL,
      thread_id TEXT,
      body TEXT NOT NULL,
      content BLOB,
      upload TEXT,
      expires_at INTEGER AS (body ->> '$.expires_at'),
      PRIMARY KEY (tenant, id),
      FOREIGN KEY (tenant, thread_id) REFERENCES threads (tenant, id) ON DELETE CASCADE
    ) STRICT`,
    `CREATE INDEX files_of_thread ON files (tenant, thread_id)`,
    `CREATE INDEX files_by_expiry ON files (tenant, expires_at) WHERE expires_at IS NOT NULL`,

    `CREATE TABLE containers (
      tenant TEXT NOT NULL,
      thread_id TEXT NOT NULL,
      upstream TEXT NOT NULL,
      body TEXT NOT NULL,
      PRIMARY KEY (tenant, thread_id, upstream),
      FOREIGN KEY (tenant, thread_id) REFERENCES threads (tenant, id) ON DELETE CASCADE
    ) STRICT`,

    `CREATE TABLE jobs (
      tenant TEXT NOT NULL,
      id TEXT NOT NULL,
      body TEXT NOT NULL,
      status TEXT NOT NULL AS (body ->> '$.status'),
      expires_at INTEGER NOT NULL AS (body ->> '$.expires_at'),
      PRIMARY KEY (tenant, id)
    ) STRICT`,
    `CREATE INDEX jobs_by_expiry ON jobs (tenant, expires_at)`,

    ...SEARCH_SCHEMA,
  ],
];

/** The schema version of this program. */
const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Migrates the schema to the version of this program, in one transaction. It always writes, even to
 * a file that is up to date, so that a file that cannot be written fails here.
 *
 * @throws {Error} if the database cannot be migrated
 */
export function migrate(database: DatabaseSync): void {
  database.prepare("BEGIN IMMEDIATE").run();
  try {
    // Another process may have migrated the file since the last check.
    assertOwnDatabase(database);
    for (const statement of MIGRATIONS.slice(schemaVersion(database)).flat()) {
      database.prepare(statement).run();
    }
    database.prepare(`PRAGMA application_id = ${APPLICATION_ID}`).run();
    database.prepare(`PRAGMA user_version = ${SCHEMA_VERSION}`).run();
    database.prepare("COMMIT").run();
  } catch (error) {
    if (database.isTransaction) database.prepare("ROLLBACK").run();
    throw error;
  }
}

/**
 * Checks that a file is new or belongs to this program. It does not write.
 *
 * @throws {Error} if the file has a newer schema version, or belongs to another program
 */
export function assertOwnDatabase(database: DatabaseSync): void {
  const version = schemaVersion(database);
  if (version > SCHEMA_VERSION) {
    throw new Error(
      `it has schema version ${version} but this program supports versions up to ${SCHEMA_VERSION}; update assistants-mcp`,
    );
  }
  const isUsed = database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() !== undefined;
  const id = database.prepare("PRAGMA application_id").get()?.application_id;
  if (isUsed && id !== APPLICATION_ID) {
    throw new Error("it belongs to another program; name another file");
  }
}

/** Returns the schema version of a file; 0 for a new one. */
function schemaVersion(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.user_version);
}
