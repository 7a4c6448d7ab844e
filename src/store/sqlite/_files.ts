/** Files with their contents, and the code containers of threads. */

import type { Connection } from "./connection.ts";
import type { NewFile, StoredContainer, StoredFile } from "../file_store.ts";

/** SQL: selects the thread, so that nothing is inserted if it does not exist. */
const FROM_THREAD = "FROM threads WHERE tenant = :tenant AND id = :threadId";

/**
 * Inserts a file, and deletes the tenant's files that expired before it was created. A file of a
 * thread that does not exist is not inserted.
 */
export function insertFile(
  connection: Connection,
  tenant: string,
  threadId: string | null,
  { object, content }: NewFile,
): void {
  const { id, created_at } = object;
  connection.run("DELETE FROM files WHERE tenant = :tenant AND expires_at <= :created_at", {
    tenant,
    created_at,
  });
  const columns = "INSERT INTO files (tenant, id, thread_id, body, content)";
  const values = { tenant, threadId, id, body: JSON.stringify(object), content };
  connection.run(
    threadId === null
      ? `${columns} VALUES (:tenant, :id, :threadId, :body, :content)`
      : `${columns} SELECT tenant, :id, id, :body, :content ${FROM_THREAD}`,
    values,
  );
}

/** Returns a file without its content, or undefined if it does not exist. */
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

/** Returns the content of a file, or null if none is stored. */
export function findFileContent(
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

/** Records the copy of a file at an upstream. */
export function setFileUpload(
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

/** Deletes a file. Returns false if it does not exist. */
export function deleteFile(connection: Connection, tenant: string, id: string): boolean {
  const sql = "DELETE FROM files WHERE tenant = :tenant AND id = :id";
  return connection.run(sql, { tenant, id }) > 0;
}

/** Returns the container of a thread at an upstream. */
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

/** Records the container of a thread at an upstream; null deletes the record. */
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
        SELECT tenant, id, :upstream, :body ${FROM_THREAD}
        ON CONFLICT (tenant, thread_id, upstream) DO UPDATE SET body = excluded.body`,
      { ...values, body: JSON.stringify(container) },
    );
  }
}
