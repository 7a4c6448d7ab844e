/** The scripted upstream's vector stores: a search finds the files in which a word of the query stands. */

import type { FakeFiles } from "./responses_files.ts";
import {
  type Answerer,
  type Asked,
  failure,
  type NextId,
  nowS,
  page,
  strings,
} from "./responses_route.ts";
import type { Json } from "./responses_script.ts";

/** What becomes of a file in a store when somebody looks at it for the `looks`-th time. */
export type Indexing = (filename: string, looks: number) => "in_progress" | "completed" | "failed";

export interface FakeStore {
  object: Json & { id: string };
  files: Map<string, Json & { id: string }>;
  batches: Map<string, { object: Json; files: string[] }>;
}

/** The SDK's helpers look again after so many milliseconds. */
const POLL = { headers: { "openai-poll-after-ms": "5" } };

export class FakeVectorStores {
  readonly all = new Map<string, FakeStore>();
  readonly #files: FakeFiles;
  readonly #nextId: NextId;
  readonly #indexing: Indexing;
  readonly #looks = new Map<unknown, number>();

  /** @param indexing a file is ready when it is looked at for the second time, unless told */
  constructor(
    files: FakeFiles,
    nextId: NextId,
    indexing: Indexing = (_, looks) => looks > 1 ? "completed" : "in_progress",
  ) {
    this.#files = files;
    this.#nextId = nextId;
    this.#indexing = indexing;
  }

  readonly answer: Answerer = (asked) => {
    const { method, segments: [root, id = "", part, ...rest], body, query } = asked;
    if (root !== "vector_stores") return undefined;
    if (id === "") return method === "GET" ? this.#list(query) : this.#create(body);
    const store = this.all.get(id);
    if (store === undefined) return failure(404, `Vector store ${id} not found.`);
    switch (part) {
      case undefined:
        return this.#store(store, method, body);
      case "search":
        return this.#search(store, body);
      case "files":
        return this.#inStore(store, asked, rest);
      case "file_batches":
        return this.#batch(store, asked, rest);
    }
    return undefined;
  };

  /** The texts that a search in these stores finds. */
  find(ids: readonly string[], words: string) {
    const wanted = words.toLowerCase().split(/\W+/).filter((word) => word.length > 2);
    return ids.flatMap((id) => [...this.all.get(id)?.files.values() ?? []]).flatMap((file) => {
      const found = this.#files.all.get(file.id);
      if (found === undefined || file.status !== "completed") return [];
      const text = new TextDecoder().decode(found.content);
      const hits = wanted.filter((word) => text.toLowerCase().includes(word)).length;
      const score = hits / Math.max(wanted.length, 1);
      const { attributes = {} } = file;
      return hits > 0
        ? [{ file_id: file.id, filename: found.object.filename, score, attributes, text }]
        : [];
    }).sort((left, right) => right.score - left.score);
  }

  #list(query: URLSearchParams): Response {
    return page([...this.all.values()].map((store) => this.#shown(store)), query);
  }

  #create(body: Json): Response {
    const file_ids = strings(body.file_ids);
    const missing = this.#missing(file_ids);
    if (missing !== undefined) return missing;
    const created_at = nowS();
    const store: FakeStore = {
      object: {
        id: this.#nextId("vs"),
        object: "vector_store",
        created_at,
        name: body.name ?? null,
        metadata: body.metadata ?? {},
        last_active_at: created_at,
        ...expiry(body.expires_after),
      },
      files: new Map(),
      batches: new Map(),
    };
    this.all.set(store.object.id, store);
    for (const file of file_ids) this.#attach(store, { ...body, file_id: file });
    return Response.json(this.#shown(store));
  }

  #store(store: FakeStore, method: string, body: Json): Response {
    const { id } = store.object;
    if (method === "DELETE") {
      this.all.delete(id);
      return Response.json({ id, object: "vector_store.deleted", deleted: true });
    }
    if (method === "POST") {
      const { name, metadata, expires_after } = body;
      if (name !== undefined) store.object.name = name;
      if (metadata !== undefined) store.object.metadata = metadata ?? {};
      if (expires_after !== undefined) Object.assign(store.object, expiry(expires_after));
    }
    return Response.json(this.#shown(store), POLL);
  }

  #search({ object: { id } }: FakeStore, { query, max_num_results = 10 }: Json): Response {
    const queries = [query].flat().map(String);
    const data = this.find([id], queries.join(" ")).slice(0, Number(max_num_results))
      .map(({ text, ...result }) => ({ ...result, content: [{ type: "text", text }] }));
    return Response.json({
      object: "vector_store.search_results.page",
      search_query: queries,
      data,
      has_more: false,
      next_page: null,
    });
  }

  #inStore(store: FakeStore, { method, body, query }: Asked, [id, part]: string[]) {
    if (id === undefined) {
      if (method === "GET") return this.#listFiles(store, [...store.files.keys()], query);
      const missing = this.#missing([String(body.file_id)]);
      return missing ?? Response.json(this.#attach(store, body), POLL);
    }
    const file = store.files.get(id);
    if (file === undefined) {
      return failure(404, `No file found with id '${id}' in vector store '${store.object.id}'.`);
    }
    if (part === "content") {
      const text = new TextDecoder().decode(this.#files.all.get(id)?.content);
      return Response.json({
        object: "vector_store.file_content.page",
        data: [{ type: "text", text }],
        has_more: false,
        next_page: null,
      });
    }
    if (part !== undefined) return undefined;
    if (method === "DELETE") {
      store.files.delete(id);
      return Response.json({ id, object: "vector_store.file.deleted", deleted: true });
    }
    if (method === "POST") file.attributes = body.attributes ?? {};
    return Response.json(this.#looked(file), POLL);
  }

  #batch(store: FakeStore, { method, body, query }: Asked, [id = "", part]: string[]) {
    if (id === "") {
      if (method !== "POST") return undefined;
      const files = Array.isArray(body.files)
        ? body.files.map((file: Json) => ({ ...body, ...file }))
        : strings(body.file_ids).map((file_id) => ({ ...body, file_id }));
      const ids = files.map((file) => String(Reflect.get(file, "file_id")));
      const missing = this.#missing(ids);
      if (missing !== undefined) return missing;
      for (const file of files) this.#attach(store, file);
      const object = {
        id: this.#nextId("vsfb"),
        object: "vector_store.files_batch",
        created_at: nowS(),
        vector_store_id: store.object.id,
      };
      store.batches.set(object.id, { object, files: ids });
      return Response.json(this.#shownBatch(store, object.id), POLL);
    }
    const batch = store.batches.get(id);
    if (batch === undefined) return failure(404, `No file batch found with id '${id}'.`);
    if (part === "files") return this.#listFiles(store, batch.files, query);
    if (part === "cancel") {
      for (const file of this.#of(store, batch.files)) {
        if (file.status === "in_progress") file.status = "cancelled";
      }
    } else for (const file of this.#of(store, batch.files)) this.#looked(file);
    return Response.json(this.#shownBatch(store, id), POLL);
  }

  #attach(store: FakeStore, { file_id, attributes, chunking_strategy }: Json): Json {
    const id = String(file_id);
    const size = this.#files.all.get(id)?.object.bytes ?? 0;
    const strategy = Object(chunking_strategy);
    const file = {
      id,
      object: "vector_store.file",
      usage_bytes: size,
      created_at: nowS(),
      vector_store_id: store.object.id,
      status: "in_progress",
      last_error: null,
      attributes: attributes ?? {},
      chunking_strategy: strategy.type === "static" ? strategy : {
        type: "static",
        static: { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 },
      },
    };
    store.files.set(id, file);
    store.object.last_active_at = nowS();
    return this.#looked(file);
  }

  /** The file as it is after one more look. */
  #looked(file: Json & { id: string }): Json {
    const looks = (this.#looks.get(file) ?? 0) + 1;
    this.#looks.set(file, looks);
    if (file.status !== "in_progress") return file;
    file.status = this.#indexing(this.#files.all.get(file.id)?.object.filename ?? "", looks);
    if (file.status === "failed") {
      file.last_error = { code: "unsupported_file", message: "The file type is not supported." };
    }
    return file;
  }

  #listFiles(store: FakeStore, ids: string[], query: URLSearchParams): Response {
    const filter = query.get("filter");
    const files = this.#of(store, ids).map((file) => this.#looked(file))
      .filter(({ status }) => filter === null || status === filter);
    return page(files, query);
  }

  #of(store: FakeStore, ids: string[]) {
    return ids.flatMap((id) => store.files.get(id) ?? []);
  }

  #shown(store: FakeStore): Json {
    const files = [...store.files.values()];
    for (const file of files) this.#looked(file);
    const file_counts = counts(files);
    return {
      ...store.object,
      usage_bytes: files.reduce((sum, { usage_bytes }) => sum + Number(usage_bytes), 0),
      file_counts,
      status: file_counts.in_progress > 0 ? "in_progress" : "completed",
    };
  }

  #shownBatch(store: FakeStore, id: string): Json {
    const { object = {}, files = [] } = store.batches.get(id) ?? {};
    const file_counts = counts(this.#of(store, files));
    const status = file_counts.in_progress > 0
      ? "in_progress"
      : file_counts.cancelled > 0
      ? "cancelled"
      : "completed";
    return { ...object, status, file_counts };
  }

  #missing(ids: string[]): Response | undefined {
    const missing = ids.filter((id) => !this.#files.all.has(id));
    if (missing.length === 0) return undefined;
    return failure(404, `Files [${missing.join(", ")}] were not found`);
  }
}

function counts(files: readonly Json[]) {
  const of = (status: string) => files.filter((file) => file.status === status).length;
  return {
    in_progress: of("in_progress"),
    completed: of("completed"),
    failed: of("failed"),
    cancelled: of("cancelled"),
    total: files.length,
  };
}

function expiry(expires_after: unknown): Json {
  const days = Number(Object(expires_after).days);
  return expires_after
    ? { expires_after, expires_at: nowS() + days * 86_400 }
    : { expires_after: null, expires_at: null };
}
