/** What runs and image tools have produced, and threads keep: files with their contents, and the containers that code runs in. */

import type { Connection } from "./connection.ts";
import type { NewFile, StoredContainer, StoredFile } from "../file_store.ts";

/** Of a thread that is gone, nothing is kept. */
const IF_THREAD = "FROM threads WHERE tenant = :tenant AND id = :threadId";

export function insertFile(
  connection: Connection,
  tenant: string,
  threadId: string | null,
  { object, content }: NewFile,
): void {
  const { id, created_at: now } = object;
  connection.run("DELETE FROM files WHERE tenant = :tenant AND expires_at <= :now", {
    tenant,
    now,
  });
  const columns = "INSERT INTO files (tenant, id, thread_id, body, content)";
  const values = { tenant, threadId, id, body: JSON.stringify(object), content };
  connection.run(
    threadId === null
      ? `${columns} VALUES (:tenant, :id, :threadId, :body, :content)`
      : `${columns} SELECT tenant, :id, id, :body, :content ${IF_THREAD}`,
    values,
  );
}

export function findFile(
  connection: Connection,
  tenant: string,
  id: string,
): StoredFile | undefined {
  const row = connection.one(
    "SELECT body, upload FROM files WHERE tenant = :tenant AND id = :id",
    { tenant, id },
  );
  if (row === undefined) return undefined;
  return {
    object: JSON.parse(String(row.body)),
    upload: row.upload === null ? null : JSON.parse(String(row.upload)),
  };
}

export function contentOf(
  connection: Connection,
  tenant: string,
  id: string,
): Uint8Array<ArrayBuffer> | null {
  const row = connection.one(
    "SELECT content FROM files WHERE tenant = :tenant AND id = :id",
    { tenant, id },
  );
  return row?.content instanceof Uint8Array ? new Uint8Array(row.content) : null;
}

export function setUpload(
  connection: Connection,
  tenant: string,
  id: string,
  upload: StoredFile["upload"],
): void {
  connection.run(
    "UPDATE files SET upload = :upload WHERE tenant = :tenant AND id = :id",
    { tenant, id, upload: JSON.stringify(upload) },
  );
}

export function deleteFile(connection: Connection, tenant: string, id: string): boolean {
  const sql = "DELETE FROM files WHERE tenant = :tenant AND id = :id";
  return connection.run(sql, { tenant, id }) > 0;
}

export function findContainer(
  connection: Connection,
  tenant: string,
  threadId: string,
  upstream: string,
): StoredContainer | undefined {
  const row = connection.one(
    `SELECT body FROM containers
      WHERE tenant = :tenant AND thread_id = :threadId AND upstream = :upstream`,
    { tenant, threadId, upstream },
  );
  return row && JSON.parse(String(row.body));
}

export function setContainer(
  connection: Connection,
  tenant: string,
  threadId: string,
  upstream: string,
  container: StoredContainer | null,
): void {
  const values = { tenant, threadId, upstream };
  if (container === null) {
    connection.run(
      `DELETE FROM containers
        WHERE tenant = :tenant AND thread_id = :threadId AND upstream = :upstream`,
      values,
    );
  } else {
    connection.run(
      `INSERT INTO containers (tenant, thread_id, upstream, body)
        SELECT tenant, id, :upstream, :body ${IF_THREAD}
        ON CONFLICT (tenant, thread_id, upstream) DO UPDATE SET body = excluded.body`,
      { ...values, body: JSON.stringify(container) },
    );
  }
}
