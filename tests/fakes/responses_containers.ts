/** The scripted upstream's containers, in which no code runs: what a script says is in them is in them. */

import type { FakeFiles } from "./responses_files.ts";
import {
  type Answerer,
  type Asked,
  download,
  failure,
  type NextId,
  nowS,
  page,
  strings,
} from "./responses_route.ts";
import type { Json } from "./responses_script.ts";

export interface FakeContainer {
  object: Json & { id: string };
  files: Map<string, { object: Json & { id: string }; content: Uint8Array<ArrayBuffer> }>;
}

export class FakeContainers {
  /** By their ids; one that a test deletes here has expired. */
  readonly all = new Map<string, FakeContainer>();
  readonly #files: FakeFiles;
  readonly #nextId: NextId;

  constructor(files: FakeFiles, nextId: NextId) {
    this.#files = files;
    this.#nextId = nextId;
  }

  readonly answer: Answerer = async (asked) => {
    const { method, segments: [root, id = "", part, ...rest], body, query } = asked;
    if (root !== "containers") return undefined;
    if (id === "") {
      if (method === "GET") return page([...this.all.values()].map(({ object }) => object), query);
      const made = this.create(strings(body.file_ids), String(body.name));
      return made instanceof Response ? made : Response.json(made.object);
    }
    const container = this.all.get(id);
    if (container === undefined) return failure(404, `Container with id '${id}' not found.`);
    if (part === "files") return await this.#inContainer(container, asked, rest);
    if (part !== undefined) return undefined;
    if (method !== "DELETE") return Response.json(container.object);
    this.all.delete(id);
    return Response.json({ id, object: "container.deleted", deleted: true });
  };

  /** A new container with files of the upstream in it, or the refusal of files that are not there. */
  create(file_ids: readonly string[], name = "auto"): FakeContainer | Response {
    const container: FakeContainer = {
      object: {
        id: this.#nextId("cntr"),
        object: "container",
        created_at: nowS(),
        status: "running",
        expires_after: { anchor: "last_active_at", minutes: 20 },
        last_active_at: nowS(),
        memory_limit: "1g",
        name,
      },
      files: new Map(),
    };
    for (const id of file_ids) {
      const file = this.#files.all.get(id);
      if (file === undefined) return failure(404, `Files [${id}] were not found`);
      this.put(container, file.object.filename, file.content, "user");
    }
    this.all.set(container.object.id, container);
    return container;
  }

  /** Puts a file into a container, as the code in it would. */
  put(
    container: FakeContainer,
    filename: string,
    content: Uint8Array<ArrayBuffer>,
    source: "user" | "assistant" = "assistant",
  ) {
    const object = {
      id: this.#nextId("cfile"),
      object: "container.file",
      created_at: nowS(),
      container_id: container.object.id,
      bytes: content.length,
      path: `/mnt/data/${filename}`,
      source,
    };
    container.files.set(object.id, { object, content });
    return object;
  }

  async #inContainer(container: FakeContainer, asked: Asked, [id, part]: string[]) {
    const { method, body, form, query } = asked;
    if (id === undefined) {
      const files = [...container.files.values()].map(({ object }) => object);
      if (method === "GET") return page(files, query);
      const given = form?.get("file");
      if (given instanceof File) {
        const content = new Uint8Array(await given.arrayBuffer());
        return Response.json(this.put(container, given.name, content, "user"));
      }
      const file_id = String(body.file_id ?? form?.get("file_id"));
      const file = this.#files.all.get(file_id);
      if (file === undefined) return failure(404, `Files [${file_id}] were not found`);
      return Response.json(this.put(container, file.object.filename, file.content, "user"));
    }
    const file = container.files.get(id);
    if (file === undefined) return failure(404, `Container file with id '${id}' not found.`);
    if (part === "content") return download(file.content);
    if (part !== undefined) return undefined;
    if (method !== "DELETE") return Response.json(file.object);
    container.files.delete(id);
    return Response.json({ id, object: "container.file.deleted", deleted: true });
  }
}
