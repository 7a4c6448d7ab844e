/**
 * The schema of the search index and of the metadata filters of lists.
 *
 * Triggers keep both up to date, so that every writer of an object is covered: runs, imports, and the
 * deletion of a whole thread.
 */

import { indexRowid, indexScope } from "./search.ts";

/** The index does not store the texts; to remove an entry, SQLite needs its original text again. */
const MESSAGE_WORDS = [
  `CREATE VIRTUAL TABLE message_words USING fts5(scope, said, content = '', columnsize = 0,
    tokenize = 'unicode61 remove_diacritics 2')`,
  // Overwrites removed entries at once, instead of at the next merge.
  "INSERT INTO message_words (message_words, rank) VALUES ('secure-delete', 1)",
  // Smaller pages make each step of a merge shorter, so that no write waits long for one.
  "INSERT INTO message_words (message_words, rank) VALUES ('pgsz', 2000)",
];

/** SQL condition: the message is indexed; messages in progress are not. */
function isIndexed(row: string): string {
  return `${row}.status IS NOT 'in_progress'`;
}

/** SQL values of the index entry of a message. */
function entryValues(row: string): string {
  const text = `(SELECT group_concat(
      coalesce(part.value ->> '$.text.value', part.value ->> '$.refusal'), char(10)
      ORDER BY part.key) FROM json_each(${row}.body, '$.content') AS part)`;
  return `${indexRowid(`${row}.created_at`, `${row}.seq`)}, ${indexScope(row)}, ${text}`;
}

const ADD_ENTRY = `INSERT INTO message_words (rowid, scope, said) SELECT ${
  entryValues("NEW")
} WHERE ${isIndexed("NEW")}`;

const REMOVE_ENTRY = `INSERT INTO message_words (message_words, rowid, scope, said)
  SELECT 'delete', ${entryValues("OLD")} WHERE ${isIndexed("OLD")}`;

const MESSAGE_TRIGGERS = [
  `CREATE TRIGGER message_added AFTER INSERT ON messages BEGIN ${ADD_ENTRY}; END`,
  `CREATE TRIGGER message_changed AFTER UPDATE OF tenant, body ON messages
    WHEN OLD.tenant <> NEW.tenant OR OLD.status IS NOT NEW.status
      OR OLD.body -> '$.content' IS NOT NEW.body -> '$.content'
    BEGIN ${REMOVE_ENTRY}; ${ADD_ENTRY}; END`,
  `CREATE TRIGGER message_deleted AFTER DELETE ON messages
    BEGIN INSERT INTO unsaid SELECT ${entryValues("OLD")} WHERE ${isIndexed("OLD")}; END`,
];

/**
 * Index entries of deleted messages, to be removed later. In a large index, overwriting a single
 * entry takes milliseconds, and a thread may have thousands.
 */
const DELETED_ENTRIES = `CREATE TABLE unsaid (
  place INTEGER PRIMARY KEY,
  scope TEXT NOT NULL,
  said TEXT
) STRICT`;

/** Metadata of the objects that are listed per tenant, in the order of the lists. */
const LABELS = `CREATE TABLE labels (
  tenant TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (tenant, kind, name, value, created_at, seq)
) STRICT, WITHOUT ROWID`;

function labelsOf(row: string, kind: string): string {
  return `SELECT ${row}.tenant, '${kind}', key, value, ${row}.created_at, ${row}.seq
    FROM json_each(${row}.body, '$.metadata') WHERE type = 'text'`;
}

/** Changes of `tenant` need no trigger: moving a tenant updates `labels` like every other table. */
function labelTriggers(kind: string, table: string): string[] {
  const insert = `INSERT INTO labels ${labelsOf("NEW", kind)}`;
  const remove = `DELETE FROM labels
    WHERE (tenant, kind, name, value, created_at, seq) IN (${labelsOf("OLD", kind)})`;
  return [
    `CREATE TRIGGER ${kind}_labelled AFTER INSERT ON ${table} BEGIN ${insert}; END`,
    `CREATE TRIGGER ${kind}_relabelled AFTER UPDATE OF body ON ${table}
      WHEN OLD.body -> '$.metadata' IS NOT NEW.body -> '$.metadata'
      BEGIN ${remove}; ${insert}; END`,
    `CREATE TRIGGER ${kind}_unlabelled AFTER DELETE ON ${table} BEGIN ${remove}; END`,
  ];
}

export const SEARCH_SCHEMA: readonly string[] = [
  ...MESSAGE_WORDS,
  DELETED_ENTRIES,
  ...MESSAGE_TRIGGERS,
  LABELS,
  ...labelTriggers("assistant", "assistants"),
  ...labelTriggers("thread", "threads"),
];
