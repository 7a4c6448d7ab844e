/** Files and code containers of one tenant. */

/** Stores the files that runs and image tools produce, and the containers of threads. */
export interface FileStore {
  /**
   * Stores a file, and deletes the tenant's files that expired before this one was created.
   *
   * @param threadId the thread that the file is deleted with; if that thread does not exist, the file
   *   is not stored. Null for a file that belongs to no thread and has an expiry.
   */
  putFile(threadId: string | null, file: NewFile): Promise<void>;

  /** Returns a file without its content, or undefined if it does not exist. */
  getFile(id: string): Promise<StoredFile | undefined>;

  /** Returns the content of a file, or null if none is stored. */
  getFileContent(id: string): Promise<Uint8Array<ArrayBuffer> | null>;

  /** Records the copy of a file at an upstream. */
  setFileUpload(id: string, upload: StoredFile["upload"]): Promise<void>;

  /** Deletes a file. Returns false if it does not exist. */
  deleteFile(id: string): Promise<boolean>;

  /** Returns the container of a thread at an upstream. */
  getContainer(threadId: string, upstream: string): Promise<StoredContainer | undefined>;

  /** Records the container of a thread at an upstream; null deletes the record. */
  setContainer(
    threadId: string,
    upstream: string,
    container: StoredContainer | null,
  ): Promise<void>;
}

/** A file that a run or an image tool has produced, as the API returns it. */
export interface FileObject {
  id: string;
  object: "file";
  bytes: number;
  created_at: number;
  /** Unix seconds after which the file may be deleted; if unset, it is deleted with its thread. */
  expires_at?: number;
  filename: string;
  purpose: "assistants_output";
  /** `error` if the content was not stored; `status_details` has the reason. */
  status: "processed" | "error";
  status_details?: string;
}

/** A file to store, with its content. */
export interface NewFile {
  object: FileObject;
  content: Uint8Array<ArrayBuffer> | null;
}

/** A file in the store, without its content. */
export interface StoredFile {
  object: FileObject;
  /** The copy of the file at an upstream: the fingerprint of that upstream, and the file's id there. */
  upload: { upstream: string; file_id: string } | null;
}

/** The container in which a thread's code runs, and the ids of the files that were added to it. */
export interface StoredContainer {
  id: string;
  file_ids: string[];
}
