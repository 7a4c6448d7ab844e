/** From the staged rows of an import into the tables, so that lists and replays have the right order. */

import type { Connection } from "../sqlite/connection.ts";

export interface StagedOrder {
  tenant: string;
  /** The rows' positions are the order in which things came to be. */
  inOrder: boolean;
  /** Unix seconds; as if the threads were used then. */
  now: number;
}

/**
 * Within one second the places in the source decide, read forwards or backwards as the times of
 * the others of the list say; where these say nothing, lists of the API have the newest first.
 */
const DIRECTIONS = `CREATE TEMP TABLE directions AS
  SELECT kind, parent,
    CASE WHEN total(way) > 0 THEN 1 WHEN total(way) < 0 THEN -1 WHEN max(listed) THEN -1 ELSE 1 END
      AS way
  FROM (
    SELECT kind, parent, listed, sign(created_at - lag(created_at)
      OVER (PARTITION BY kind, parent ORDER BY position)) AS way
    FROM (SELECT *, ${parentOf("staged")} AS parent FROM staged)
  )
  GROUP BY kind, parent`;

export function insertStaged(connection: Connection, { tenant, inOrder, now }: StagedOrder): void {
  if (!inOrder) {
    connection.run(DIRECTIONS);
    connection.run("CREATE UNIQUE INDEX temp.direction ON directions (kind, parent)");
  }
  function insert(kind: string, table: string, columns: Record<string, string>): void {
    const names = ["id", "created_at", "body", ...Object.keys(columns)];
    const values = ["s.id", "s.created_at", "s.body", ...Object.values(columns)];
    const order = inOrder ? "s.position" : `s.created_at, s.position * ${wayOf("s")}`;
    connection.run(
      `INSERT INTO ${table} (tenant, ${names.join(", ")})
        SELECT :tenant, ${values.join(", ")} FROM staged AS s
        WHERE s.kind = '${kind}' AND s.known = 0 ORDER BY ${order}`,
      { tenant },
    );
  }
  const thread_id = "s.thread_id", run_id = "s.run_id";
  insert("assistant", "assistants", {});
  // A key that the tenant has used already stays with what it has made.
  connection.run(
    `UPDATE OR IGNORE assistants SET idempotency_key = k.body FROM staged AS k
      WHERE k.kind = 'key' AND assistants.tenant = :tenant AND assistants.id = k.id
        AND assistants.idempotency_key IS NULL`,
    { tenant },
  );
  insert("thread", "threads", { used_at: String(now) });
  insert("run", "runs", { thread_id });
  insert("message", "messages", { thread_id, run_id });
  const messages_before = inOrder ? MESSAGE_BEFORE_BY_PLACE : MESSAGE_BEFORE_BY_TIME;
  insert("step", "steps", { thread_id, run_id, messages_before });
  connection.run(
    `INSERT INTO files (tenant, id, thread_id, body, content)
      SELECT :tenant, id, thread_id, body, content FROM staged
      WHERE kind = 'file' AND known = 0 ORDER BY position`,
    { tenant },
  );
}

/**
 * The number of the last message that stands before a step in the source, of whichever thread, as
 * it is where nothing was imported; 0 where there is none. Messages that were here before have
 * numbers that say nothing of those of other threads.
 */
const MESSAGE_BEFORE_BY_PLACE = `coalesce(
  (SELECT seq FROM messages WHERE tenant = :tenant AND id =
    (SELECT m.id FROM staged AS m
      WHERE m.kind = 'message' AND m.position < s.position AND (m.thread_id = s.thread_id
        OR m.known = 0 AND NOT EXISTS (SELECT 1 FROM staged AS k
          WHERE k.kind = 'message' AND k.thread_id = s.thread_id AND k.known = 1))
      ORDER BY m.position DESC LIMIT 1)), 0)`;

/**
 * The number of the last message that was there when a step began; 0 where there is none. Of the
 * messages of the same second, one that the run itself has written was there if its step came first.
 */
const MESSAGE_BEFORE_BY_TIME = `coalesce(
  (SELECT seq FROM messages AS m
    WHERE m.tenant = :tenant AND m.thread_id = s.thread_id AND m.created_at <= s.created_at
      AND (m.created_at < s.created_at OR m.run_id IS NOT s.run_id OR EXISTS (
        SELECT 1 FROM staged AS w WHERE w.kind = 'step' AND w.run_id = s.run_id
          AND w.body ->> '$.step_details.message_creation.message_id' = m.id
          AND (w.created_at, w.position * ${wayOf("w")}) <
            (s.created_at, s.position * ${wayOf("s")})))
    ORDER BY m.created_at DESC, m.seq DESC LIMIT 1), 0)`;

/** Forwards or backwards, in SQL. */
function wayOf(row: string): string {
  return `(SELECT way FROM directions AS d
    WHERE d.kind = ${row}.kind AND d.parent = ${parentOf(row)})`;
}

/** What a list is of, in SQL. */
function parentOf(row: string): string {
  return `CASE ${row}.kind WHEN 'step' THEN ${row}.run_id ELSE coalesce(${row}.thread_id, '') END`;
}
