/** The scripted upstream's files and uploads. */

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

export interface FakeFile {
  object: Json & { id: string; filename: string; bytes: number; purpose: string };
  content: Uint8Array<ArrayBuffer>;
}

/** The files of the upstream by their ids; a test may look, add and delete. */
export class FakeFiles {
  readonly all = new Map<string, FakeFile>();
  readonly #nextId: NextId;
  readonly #uploads = new Map<string, { object: Json; parts: Map<string, Blob> }>();

  constructor(nextId: NextId) {
    this.#nextId = nextId;
  }

  add(filename: string, content: Uint8Array<ArrayBuffer> | string, purpose = "assistants") {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const id = this.#nextId("file").replace("_", "-");
    const file: FakeFile = {
      object: {
        id,
        object: "file",
        bytes: bytes.length,
        created_at: nowS(),
        filename,
        purpose,
        status: "processed",
      },
      content: bytes,
    };
    this.all.set(id, file);
    return file;
  }

  readonly answer: Answerer = async (asked) => {
    const { segments: [root, id = "", part, ...rest] } = asked;
    if (root === "uploads") return await this.#upload(asked);
    if (root !== "files" || rest.length > 0) return undefined;
    if (id === "") return await this.#collection(asked);
    const file = this.all.get(id);
    if (file === undefined) return failure(404, `No such File object: ${id}`, null, "id");
    if (part === "content") {
      const { purpose } = file.object;
      if (/^(assistants|user_data|vision)$/.test(purpose)) {
        return failure(400, `Not allowed to download files of purpose: ${purpose}`);
      }
      return download(file.content);
    }
    if (part !== undefined) return undefined;
    if (asked.method === "DELETE") {
      this.all.delete(id);
      return Response.json({ id, object: "file", deleted: true });
    }
    return Response.json(file.object);
  };

  async #collection({ method, form, query }: Asked): Promise<Response> {
    if (method === "GET") {
      const purpose = query.get("purpose");
      const objects = [...this.all.values()].map(({ object }) => object)
        .filter((object) => purpose === null || object.purpose === purpose);
      return page(objects, query);
    }
    const file = form?.get("file");
    const purpose = form?.get("purpose");
    if (!(file instanceof File)) return failure(400, "Missing required parameter: 'file'.");
    if (typeof purpose !== "string") return failure(400, "Missing required parameter: 'purpose'.");
    if (!/^(assistants|batch|fine-tune|vision|user_data|evals)$/.test(purpose)) {
      return failure(400, `'${purpose}' is not one of the purposes.`, null, "purpose");
    }
    const added = this.add(file.name, new Uint8Array(await file.arrayBuffer()), purpose);
    const seconds = form?.get("expires_after[seconds]");
    if (typeof seconds === "string") added.object.expires_at = nowS() + Number(seconds);
    return Response.json(added.object);
  }

  async #upload({ method, segments: [, id = "", action], body, form }: Asked) {
    if (method !== "POST") return undefined;
    if (id === "") {
      const { filename, purpose, bytes } = body;
      const object = {
        id: this.#nextId("upload"),
        object: "upload",
        created_at: nowS(),
        expires_at: nowS() + 3600,
        status: "pending",
        filename,
        purpose,
        bytes,
      };
      this.#uploads.set(object.id, { object, parts: new Map() });
      return Response.json(object);
    }
    const upload = this.#uploads.get(id);
    if (upload === undefined) return failure(404, `No such Upload object: ${id}`);
    switch (action) {
      case "parts": {
        const data = form?.get("data");
        if (!(data instanceof Blob)) return failure(400, "Missing required parameter: 'data'.");
        const part = {
          id: this.#nextId("part"),
          object: "upload.part",
          created_at: nowS(),
          upload_id: id,
        };
        upload.parts.set(part.id, data);
        return Response.json(part);
      }
      case "complete": {
        const parts = strings(body.part_ids).flatMap((part) => upload.parts.get(part) ?? []);
        const content = new Uint8Array(await new Blob(parts).arrayBuffer());
        if (content.length !== upload.object.bytes) {
          return failure(400, `Expected ${upload.object.bytes} bytes, got ${content.length}.`);
        }
        const { filename, purpose } = upload.object;
        const { object: file } = this.add(String(filename), content, String(purpose));
        return Response.json(Object.assign(upload.object, { status: "completed", file }));
      }
      case "cancel":
        return Response.json(Object.assign(upload.object, { status: "cancelled" }));
    }
    return undefined;
  }
}
