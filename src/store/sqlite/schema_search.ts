/**
 * The part of the schema by which messages are searched and lists are filtered. Triggers keep it,
 * whoever writes an object: a run, an import, a thread that goes with all that is in it.
 */

import { placeInIndex, scopeOf } from "./search.ts";

/** The texts themselves stay in the messages; an entry is taken out with the text that made it. */
const MESSAGE_WORDS = [
  `CREATE VIRTUAL TABLE message_words USING fts5(scope, said, content = '', columnsize = 0,
    tokenize = 'unicode61 remove_diacritics 2')`,
  // What is deleted is gone at once, and not with the next merge.
  "INSERT INTO message_words (message_words, rank) VALUES ('secure-delete', 1)",
  // Merges go by so many pages at a time: with smaller ones no message waits long for one.
  "INSERT INTO message_words (message_words, rank) VALUES ('pgsz', 2000)",
];

/** A message that is being written is not searched yet. */
function isSaid(row: string): string {
  return `${row}.status IS NOT 'in_progress'`;
}

/** The values of a message's entry. */
function entryOf(row: string): string {
  const said = `(SELECT group_concat(
      coalesce(part.value ->> '$.text.value', part.value ->> '$.refusal'), char(10)
      ORDER BY part.key) FROM json_each(${row}.body, '$.content') AS part)`;
  return `${placeInIndex(`${row}.created_at`, `${row}.seq`)}, ${scopeOf(row)}, ${said}`;
}

const ADD_ENTRY = `INSERT INTO message_words (rowid, scope, said) SELECT ${entryOf("NEW")} WHERE ${
  isSaid("NEW")
}`;

const TAKE_ENTRY = `INSERT INTO message_words (message_words, rowid, scope, said)
  SELECT 'delete', ${entryOf("OLD")} WHERE ${isSaid("OLD")}`;

const MESSAGE_TRIGGERS = [
  `CREATE TRIGGER message_added AFTER INSERT ON messages BEGIN ${ADD_ENTRY}; END`,
  `CREATE TRIGGER message_changed AFTER UPDATE OF tenant, body ON messages
    WHEN OLD.tenant <> NEW.tenant OR OLD.status IS NOT NEW.status
      OR OLD.body -> '$.content' IS NOT NEW.body -> '$.content'
    BEGIN ${TAKE_ENTRY}; ${ADD_ENTRY}; END`,
  `CREATE TRIGGER message_deleted AFTER DELETE ON messages
    BEGIN INSERT INTO unsaid SELECT ${entryOf("OLD")} WHERE ${isSaid("OLD")}; END`,
];

/**
 * Entries of messages that are gone. Overwriting the words of one takes milliseconds where there are
 * many, and a thread may have thousands.
 */
const UNSAID = `CREATE TABLE unsaid (
  place INTEGER PRIMARY KEY,
  scope TEXT NOT NULL,
  said TEXT
) STRICT`;

/** The metadata of what is listed for a whole tenant, in the order of the lists. */
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

/** A tenant's labels are moved like its other rows. */
function labelTriggers(kind: string, table: string): string[] {
  const add = `INSERT INTO labels ${labelsOf("NEW", kind)}`;
  const take = `DELETE FROM labels
    WHERE (tenant, kind, name, value, created_at, seq) IN (${labelsOf("OLD", kind)})`;
  return [
    `CREATE TRIGGER ${kind}_labelled AFTER INSERT ON ${table} BEGIN ${add}; END`,
    `CREATE TRIGGER ${kind}_relabelled AFTER UPDATE OF body ON ${table}
      WHEN OLD.body -> '$.metadata' IS NOT NEW.body -> '$.metadata'
      BEGIN ${take}; ${add}; END`,
    `CREATE TRIGGER ${kind}_unlabelled AFTER DELETE ON ${table} BEGIN ${take}; END`,
  ];
}

export const SEARCH_SCHEMA: readonly string[] = [
  ...MESSAGE_WORDS,
  UNSAID,
  ...MESSAGE_TRIGGERS,
  LABELS,
  ...labelTriggers("assistant", "assistants"),
  ...labelTriggers("thread", "threads"),
];
