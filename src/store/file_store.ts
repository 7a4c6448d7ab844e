/** Files and code containers of one tenant. */

import type { KeptContainer, KeptFile, StoredFile } from "./stored.ts";

/** Stores the files that runs and image tools produce, and the containers of threads. */
export interface FileStore {
  /**
   * Stores a file, and deletes the tenant's files that expired before it was created.
   *
   * @param threadId the thread with which the file is deleted; if that thread does not exist, the
   *   file is not stored. With null, the file belongs to no thread and has an expiry.
   */
  putFile(threadId: string | null, file: StoredFile): Promise<void>;

  /** Returns a file without its content, or undefined if it does not exist. */
  getFile(id: string): Promise<KeptFile | undefined>;

  /** Returns the content of a file, or null if none is stored. */
  getFileContent(id: string): Promise<Uint8Array<ArrayBuffer> | null>;

  /** Records the copy of a file at an upstream. */
  setFileUpload(id: string, upload: KeptFile["upload"]): Promise<void>;

  /** Deletes a file. Returns false if it does not exist. */
  deleteFile(id: string): Promise<boolean>;

  /** Returns the container of a thread at an upstream. */
  getContainer(threadId: string, upstream: string): Promise<KeptContainer | undefined>;

  /** Records the container of a thread at an upstream; null deletes the record. */
  setContainer(
    threadId: string,
    upstream: string,
    container: KeptContainer | null,
  ): Promise<void>;
}
