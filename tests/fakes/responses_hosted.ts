/** What the scripted upstream keeps and runs by itself, and the output items of its hosted tools. */

import { type FakeContainer, FakeContainers } from "./responses_containers.ts";
import { FakeFiles } from "./responses_files.ts";
import { FakeImages } from "./responses_images.ts";
import { type Answerer, failure, type NextId, strings } from "./responses_route.ts";
import type { Json } from "./responses_script.ts";
import { FakeVectorStores, type Indexing } from "./responses_vector_stores.ts";

export type HostedTool = "file_search" | "code_interpreter";

export class Hosted {
  readonly files: FakeFiles;
  readonly vectorStores: FakeVectorStores;
  readonly containers: FakeContainers;
  readonly images = new FakeImages();
  readonly #tools: readonly HostedTool[];

  constructor(nextId: NextId, tools: readonly HostedTool[], indexing?: Indexing) {
    this.#tools = tools;
    this.files = new FakeFiles(nextId);
    this.vectorStores = new FakeVectorStores(this.files, nextId, indexing);
    this.containers = new FakeContainers(this.files, nextId);
  }

  readonly answer: Answerer = async (asked) => {
    return await this.files.answer(asked) ?? await this.vectorStores.answer(asked) ??
      await this.containers.answer(asked) ?? await this.images.answer(asked);
  };

  /** What a request for a response is refused with for its tools and files, if it is. */
  refusal(request: Json): Response | undefined {
    for (const tool of toolsOf(request)) {
      if (tool.type === "function") continue;
      if (!this.#tools.some((type) => type === tool.type)) {
        return failure(400, `Unsupported tool type: ${tool.type}`, null, "tools");
      }
      for (const id of strings(tool.vector_store_ids)) {
        if (this.vectorStores.all.has(id)) continue;
        return failure(404, `Vector store with id '${id}' not found.`);
      }
      const { container } = tool;
      if (typeof container === "string" && !this.containers.all.has(container)) {
        return failure(404, `Container with id '${container}' not found.`);
      }
      const refused = this.#missing(strings(Object(container).file_ids));
      if (refused !== undefined) return refused;
    }
    return this.#missing(imagesOf(request.input));
  }

  /** The container of a request's code interpreter; an automatic one is made when it is first needed. */
  container(request: Json): FakeContainer {
    const tool = toolsOf(request).find(({ type }) => type === "code_interpreter");
    const asked = tool?.container;
    const known = typeof asked === "string" ? this.containers.all.get(asked) : undefined;
    const made = known ?? this.containers.create(strings(Object(asked).file_ids));
    if (made instanceof Response) throw new Error("The container's files are gone.");
    return made;
  }

  /** What a search of the request's vector stores finds. */
  search(request: Json, queries: readonly string[]): Json[] {
    const tool = toolsOf(request).find(({ type }) => type === "file_search");
    const limit = Number(tool?.max_num_results ?? 20);
    return this.vectorStores.find(strings(tool?.vector_store_ids), queries.join(" "))
      .slice(0, limit);
  }

  #missing(ids: string[]): Response | undefined {
    const missing = ids.filter((id) => !this.files.all.has(id));
    if (missing.length === 0) return undefined;
    return failure(404, `Files [${missing.join(", ")}] were not found`);
  }
}

function toolsOf({ tools }: Json): Json[] {
  return Array.isArray(tools) ? tools : [];
}

function imagesOf(input: unknown): string[] {
  if (!Array.isArray(input)) return [];
  return input.flatMap(({ content }) => Array.isArray(content) ? content : [])
    .flatMap(({ type, file_id }) => type === "input_image" && file_id ? [String(file_id)] : []);
}
