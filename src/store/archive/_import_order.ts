/** Inserts the staged objects of an import in the order that lists and replays need. */

import type { Connection } from "../sqlite/connection.ts";

/** Options of `insertStaged()`. */
export interface InsertOptions {
  tenant: string;
  /** Whether the source has the objects of a thread in their order. */
  inOrder: boolean;
  /** The time at which the threads are last used, in unix seconds. */
  nowS: number;
}

/**
 * SQL that determines for each list of the source whether it is oldest first (1) or newest first
 * (-1), for objects of the same second. The times of the other objects of the list decide. If they
 * do not, lists of the API count as newest first, and everything else as oldest first.
 */
const LIST_ORDERS = `CREATE TEMP TABLE list_orders AS
  SELECT kind, parent,
    CASE WHEN total(step) > 0 THEN 1 WHEN total(step) < 0 THEN -1 WHEN max(listed) THEN -1 ELSE 1 END
      AS direction
  FROM (
    SELECT kind, parent, listed, sign(created_at - lag(created_at)
      OVER (PARTITION BY kind, parent ORDER BY position)) AS step
    FROM (SELECT *, ${parentOf("staged")} AS parent FROM staged)
  )
  GROUP BY kind, parent`;

/** Inserts the staged objects that the database does not have. */
export function insertStaged(
  connection: Connection,
  { tenant, inOrder, nowS }: InsertOptions,
): void {
  if (!inOrder) {
    connection.run(LIST_ORDERS);
    connection.run("CREATE UNIQUE INDEX temp.list_order ON list_orders (kind, parent)");
  }
  function insert(kind: string, table: string, columns: Record<string, string>): void {
    const names = ["id", "created_at", "body", ...Object.keys(columns)];
    const values = ["s.id", "s.created_at", "s.body", ...Object.values(columns)];
    const order = inOrder ? "s.position" : `s.created_at, s.position * ${directionOf("s")}`;
    connection.run(
      `INSERT INTO ${table} (tenant, ${names.join(", ")})
        SELECT :tenant, ${values.join(", ")} FROM staged AS s
        WHERE s.kind = '${kind}' AND s.existing = 0 ORDER BY ${order}`,
      { tenant },
    );
  }
  const thread_id = "s.thread_id", run_id = "s.run_id";
  insert("assistant", "assistants", {});
  // OR IGNORE: a key that the tenant has used already still belongs to the earlier assistant.
  connection.run(
    `UPDATE OR IGNORE assistants SET idempotency_key = k.body FROM staged AS k
      WHERE k.kind = 'key' AND assistants.tenant = :tenant AND assistants.id = k.id
        AND assistants.idempotency_key IS NULL`,
    { tenant },
  );
  insert("thread", "threads", { used_at: String(nowS) });
  insert("run", "runs", { thread_id });
  insert("message", "messages", { thread_id, run_id });
  const messages_before = inOrder ? MESSAGE_BEFORE_BY_POSITION : MESSAGE_BEFORE_BY_TIME;
  insert("step", "steps", { thread_id, run_id, messages_before });
  connection.run(
    `INSERT INTO files (tenant, id, thread_id, body, content)
      SELECT :tenant, id, thread_id, body, content FROM staged
      WHERE kind = 'file' AND existing = 0 ORDER BY position`,
    { tenant },
  );
}

/**
 * SQL for the `seq` of the last message before a step in the source, or 0 if there is none. The
 * message may be of any thread, as for steps that were not imported. A message of another thread
 * counts only if it is new and so are all messages of the step's thread. Otherwise the `seq` of the
 * two threads cannot be compared.
 */
const MESSAGE_BEFORE_BY_POSITION = `coalesce(
  (SELECT seq FROM messages WHERE tenant = :tenant AND id =
    (SELECT m.id FROM staged AS m
      WHERE m.kind = 'message' AND m.position < s.position AND (m.thread_id = s.thread_id
        OR m.existing = 0 AND NOT EXISTS (SELECT 1 FROM staged AS k
          WHERE k.kind = 'message' AND k.thread_id = s.thread_id AND k.existing = 1))
      ORDER BY m.position DESC LIMIT 1)), 0)`;

/**
 * SQL for the `seq` of the last message of the thread that existed when a step began, or 0 if there
 * is none. A message of the same second that the run itself created counts only if the step that
 * created it comes first.
 */
const MESSAGE_BEFORE_BY_TIME = `coalesce(
  (SELECT seq FROM messages AS m
    WHERE m.tenant = :tenant AND m.thread_id = s.thread_id AND m.created_at <= s.created_at
      AND (m.created_at < s.created_at OR m.run_id IS NOT s.run_id OR EXISTS (
        SELECT 1 FROM staged AS w WHERE w.kind = 'step' AND w.run_id = s.run_id
          AND w.body ->> '$.step_details.message_creation.message_id' = m.id
          AND (w.created_at, w.position * ${directionOf("w")}) <
            (s.created_at, s.position * ${directionOf("s")})))
    ORDER BY m.created_at DESC, m.seq DESC LIMIT 1), 0)`;

/** SQL for the direction of the list of a staged row. */
function directionOf(row: string): string {
  return `(SELECT direction FROM list_orders AS l
    WHERE l.kind = ${row}.kind AND l.parent = ${parentOf(row)})`;
}

/** SQL for the id of the object whose list a staged row is in. */
function parentOf(row: string): string {
  return `CASE ${row}.kind WHEN 'step' THEN ${row}.run_id ELSE coalesce(${row}.thread_id, '') END`;
}
