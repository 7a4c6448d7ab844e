/** The staging table of an import: a temporary table, deleted with the connection. */

import type { Place } from "./_import_error.ts";
import type { Connection, Values } from "../sqlite/connection.ts";
import type { Kind, Objects } from "../objects.ts";

/** An entry of an import. */
export type Staged =
  | { kind: Kind; object: Objects[Kind] }
  /** The idempotency key that an assistant was created with. */
  | { kind: "key"; assistantId: string; key: string }
  | { kind: "file"; threadId: string | null; object: { id: string }; content: Uint8Array | null };

/** `position` is the order in the source; `existing` is 1 if the database has the object already. */
const TABLE = [
  `CREATE TEMP TABLE staged (
    position INTEGER PRIMARY KEY,
    line INTEGER NOT NULL,
    item INTEGER,
    listed INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    thread_id TEXT,
    run_id TEXT,
    created_at INTEGER,
    body TEXT NOT NULL,
    content BLOB,
    existing INTEGER NOT NULL DEFAULT 0,
    UNIQUE (kind, id)
  ) STRICT`,
  "CREATE INDEX temp.staged_of_thread ON staged (kind, thread_id, existing)",
  "CREATE INDEX temp.staged_of_run ON staged (kind, run_id)",
];

/** Creates the staging table. A connection can have only one. */
export function createStaging(connection: Connection): void {
  for (const sql of TABLE) connection.run(sql);
}

/** Stages an entry. Returns false if an entry of that kind and id is already staged. */
export function stageEntry(connection: Connection, entry: Staged, place: Place): boolean {
  const added = connection.run(
    `INSERT INTO staged
        (line, item, listed, kind, id, thread_id, run_id, created_at, body, content)
      VALUES
        (:line, :item, :listed, :kind, :id, :thread_id, :run_id, :created_at, :body, :content)
      ON CONFLICT DO NOTHING`,
    {
      ...rowOf(entry),
      kind: entry.kind,
      line: place.line,
      item: place.item ?? null,
      listed: Number(place.listed ?? false),
    },
  );
  return added > 0;
}

/** Returns the id of the object that an entry belongs to. */
export function idOf(entry: Staged): string {
  return entry.kind === "key" ? entry.assistantId : entry.object.id;
}

function rowOf(entry: Staged): Values {
  const row = { id: idOf(entry), thread_id: null, run_id: null, created_at: null, content: null };
  switch (entry.kind) {
    case "key":
      return { ...row, body: entry.key };
    case "file": {
      const { threadId, object, content } = entry;
      return { ...row, thread_id: threadId, body: JSON.stringify(object), content };
    }
    default: {
      const { object } = entry;
      return {
        ...row,
        created_at: object.created_at,
        thread_id: "thread_id" in object ? object.thread_id : null,
        run_id: "run_id" in object ? object.run_id : null,
        body: JSON.stringify(object),
      };
    }
  }
}
