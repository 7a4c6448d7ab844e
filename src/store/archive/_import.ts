/**
 * An import: objects are gathered beside the database, in whatever order they come, and enter it
 * in one transaction, in the order in which lists are to show them.
 */

import type { Connection, Values } from "../sqlite/connection.ts";
import { insertStaged } from "./_import_order.ts";
import { TABLES } from "../sqlite/objects.ts";
import type { Kind, Objects } from "../objects.ts";

/** Where in its source something stands. */
export interface Place {
  line: number;
  /** Counted from 0, in a list or an array. */
  item?: number;
  /** In a list of the API, which shows the newest first unless it was asked otherwise. */
  listed?: boolean;
}

export type Staged =
  | { kind: Kind; object: Objects[Kind] }
  | { kind: "key"; assistantId: string; key: string }
  | { kind: "file"; threadId: string | null; object: { id: string }; content: Uint8Array | null };

export interface ImportOptions {
  tenant: string;
  /** Leaves objects out that are there already, instead of refusing. */
  skipExisting: boolean;
  /** Unix seconds; as if the threads were used then. */
  now: number;
}

/** How many objects have come in, and how many were there before. */
export type ImportCounts = Record<Kind | "file", { added: number; skipped: number }>;

/** Something that cannot come in, and where it stands. */
export class ImportError extends Error {
  override readonly name = "ImportError";
  constructor(readonly place: Place, message: string) {
    super(message);
  }
}

const STAGED = [
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
    known INTEGER NOT NULL DEFAULT 0,
    UNIQUE (kind, id)
  ) STRICT`,
  "CREATE INDEX temp.staged_of_thread ON staged (kind, thread_id, known)",
  "CREATE INDEX temp.staged_of_run ON staged (kind, run_id)",
];

const KINDS = ["assistant", "thread", "message", "run", "step", "file"] as const;

const TABLES_OF: Record<Kind | "file", string> = { ...TABLES, file: "files" };

export class Import {
  readonly #connection: Connection;
  readonly #options: ImportOptions;
  /** Objects that the source has more than once. */
  readonly #twins = new Map<string, number>();

  private constructor(connection: Connection, options: ImportOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** Makes room beside the database, which goes with the connection. */
  static async start(connection: Connection, options: ImportOptions): Promise<Import> {
    await connection.write(() => STAGED.forEach((sql) => connection.run(sql)));
    await connection.prepare(() => connection.run("BEGIN"));
    return new Import(connection, options);
  }

  /** @throws {ImportError} as a rejection, for an ID that has come before */
  stage(entry: Staged, place: Place): Promise<void> {
    return this.#connection.prepare(() => {
      const values = { ...rowOf(entry), kind: entry.kind };
      const added = this.#connection.run(
        `INSERT INTO staged
            (line, item, listed, kind, id, thread_id, run_id, created_at, body, content)
          VALUES
            (:line, :item, :listed, :kind, :id, :thread_id, :run_id, :created_at, :body, :content)
          ON CONFLICT DO NOTHING`,
        {
          ...values,
          line: place.line,
          item: place.item ?? null,
          listed: Number(place.listed ?? false),
        },
      );
      if (added > 0) return;
      if (!this.#options.skipExisting) throw this.#twin(values, place);
      this.#twins.set(entry.kind, (this.#twins.get(entry.kind) ?? 0) + 1);
    });
  }

  /**
   * Takes in what was gathered.
   *
   * @param inOrder whether it came in the order in which the objects of a thread came to be; else
   *   their times say that, and within one second their places
   * @throws {ImportError} as a rejection, for what cannot come in; then nothing has
   */
  async finish(inOrder: boolean): Promise<ImportCounts> {
    const { tenant, skipExisting, now } = this.#options;
    await this.#connection.prepare((connection) => connection.run("COMMIT"));
    const counts = await this.#connection.write((connection) => {
      markKnown(connection, tenant);
      if (!skipExisting) assertNewIds(connection);
      assertNoOrphans(connection, tenant);
      insertStaged(connection, { tenant, inOrder, now });
      return KINDS.map((kind) => [kind, this.#count(kind)]);
    });
    this.#connection.emptyLog();
    return Object.fromEntries(counts);
  }

  #twin({ kind, id }: { kind: string; id: string }, place: Place): ImportError {
    const sql = "SELECT line FROM staged WHERE kind = :kind AND id = :id";
    const line = this.#connection.one(sql, { kind, id })?.line;
    return new ImportError(
      place,
      `${id} stands on line ${line} already; --skip-existing takes the first`,
    );
  }

  #count(kind: Kind | "file"): { added: number; skipped: number } {
    const row = this.#connection.one(
      `SELECT count(*) AS all_of_them, coalesce(sum(known), 0) AS known FROM staged
        WHERE kind = :kind`,
      { kind },
    );
    const known = Number(row?.known);
    return {
      added: Number(row?.all_of_them) - known,
      skipped: known + (this.#twins.get(kind) ?? 0),
    };
  }
}

function rowOf(entry: Staged): Values & { id: string } {
  const none = { thread_id: null, run_id: null, created_at: null, content: null };
  switch (entry.kind) {
    case "key":
      return { ...none, id: entry.assistantId, body: entry.key };
    case "file": {
      const { threadId, object, content } = entry;
      return { ...none, id: object.id, thread_id: threadId, body: JSON.stringify(object), content };
    }
    default: {
      const { object } = entry;
      return {
        ...none,
        id: object.id,
        created_at: object.created_at,
        thread_id: "thread_id" in object ? object.thread_id : null,
        run_id: "run_id" in object ? object.run_id : null,
        body: JSON.stringify(object),
      };
    }
  }
}

function markKnown(connection: Connection, tenant: string): void {
  for (const kind of KINDS) {
    connection.run(
      `UPDATE staged SET known = 1 WHERE kind = '${kind}' AND EXISTS
        (SELECT 1 FROM ${TABLES_OF[kind]} AS kept
          WHERE kept.tenant = :tenant AND kept.id = staged.id)`,
      { tenant },
    );
  }
}

function assertNewIds(connection: Connection): void {
  assertNoneFound(
    connection,
    "known = 1",
    {},
    (id) => `${id} is in the database already; --skip-existing leaves such objects out`,
  );
}

/** What others belong to has to come with them, or to be there. */
function assertNoOrphans(connection: Connection, tenant: string): void {
  assertNoneFound(
    connection,
    `thread_id IS NOT NULL AND NOT ${isSomewhere("thread", "staged.thread_id")}`,
    { tenant },
    (id, { thread_id }) =>
      `${id} is of the thread ${thread_id}, which is neither in the file nor in the database`,
  );
  assertNoneFound(
    connection,
    `kind = 'step' AND NOT ${
      isSomewhere("run", "staged.run_id", "AND other.thread_id = staged.thread_id")
    }`,
    { tenant },
    (id, { run_id, thread_id }) =>
      `${id} is of the run ${run_id} of the thread ${thread_id}, which is neither in the file nor ` +
      "in the database",
  );
  assertNoneFound(
    connection,
    `kind = 'key' AND NOT EXISTS
      (SELECT 1 FROM staged AS other WHERE other.kind = 'assistant' AND other.id = staged.id)`,
    {},
    (id) => `the assistant ${id} is not in the file`,
  );
}

/** Holds in SQL where the object is staged or in the database. */
function isSomewhere(kind: "thread" | "run", id: string, condition = ""): string {
  const found = `other.id = ${id} ${condition}`;
  return `(EXISTS (SELECT 1 FROM staged AS other WHERE other.kind = '${kind}' AND ${found})
    OR EXISTS (SELECT 1 FROM ${TABLES[kind]} AS other WHERE other.tenant = :tenant AND ${found}))`;
}

/** @throws {ImportError} for the first object that the condition holds for */
function assertNoneFound(
  connection: Connection,
  condition: string,
  values: Values,
  reason: (id: string, row: Record<string, unknown>) => string,
): void {
  const row = connection.one(
    `SELECT line, item, id, thread_id, run_id FROM staged WHERE ${condition}
      ORDER BY position LIMIT 1`,
    values,
  );
  if (row === undefined) return;
  const place = { line: Number(row.line), item: row.item === null ? undefined : Number(row.item) };
  throw new ImportError(place, reason(String(row.id), row));
}
