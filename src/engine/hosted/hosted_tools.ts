/** The hosted tools of a run: what they are asked to work with, and what becomes of what they leave. */

import type OpenAI from "openai";
import { type Clock, unixSeconds } from "../../shared/clock.ts";
import { newFileId } from "../../shared/ids.ts";
import type { Run, StoredContainer, Thread } from "../../store/mod.ts";
import { type At, upstreamFileId, upstreamFileIds } from "./upstream_files.ts";
import { statusOf } from "../objects/failures.ts";
import { fileSearchOf, rankingOf, toolTypes } from "./tool_settings.ts";
import { indexed } from "./_wait_until_indexed.ts";
import { containerFile, type Fetched, imageAt } from "./_produced_files.ts";

/** What a request for a response says of hosted tools. */
export interface HostedRequest {
  tools: OpenAI.Responses.Tool[];
  /** The container that the code works in; undefined where there is none yet. */
  container: string | undefined;
  /** The id by which the upstream knows a file. */
  fileId(id: string): Promise<string>;
}

/** What a run does with what hosted tools leave at the upstream. */
export interface Hosted {
  /** As the results of searches are ranked. */
  readonly ranking: OpenAI.Beta.Threads.Runs.FileSearchToolCall.FileSearch.RankingOptions;
  /** Remembers in which container the code ran. */
  usedContainer(id: string): Promise<void>;
  /** Keeps a file that is in a container; returns its id here. */
  keepFile(containerId: string, fileId: string, filename: string): Promise<string>;
  /** Keeps an image that code has put out; returns its id here. */
  keepImage(url: string): Promise<string>;
}

export interface HostedOptions extends At {
  clock: Clock;
  run: Run;
  /** Aborted when the run needs the upstream no more. */
  signal: AbortSignal;
}

export class HostedTools implements Hosted {
  readonly #options: HostedOptions;
  readonly ranking: Hosted["ranking"];
  #container: StoredContainer | undefined;
  /** What a container that the upstream makes is to have in it. */
  #fileIds: string[] = [];
  /** The files that were kept, by their ids in their containers. */
  readonly #kept = new Map<string, Promise<string>>();

  constructor(options: HostedOptions) {
    this.#options = options;
    this.ranking = rankingOf(options.run);
  }

  /**
   * Makes ready what the tools work with: files are indexed, and in their container.
   *
   * @throws {Error} what the upstream refuses
   */
  async prepare(): Promise<HostedRequest> {
    const { run } = this.#options;
    const types = toolTypes(run);
    const thread = types.has("file_search") || types.has("code_interpreter")
      ? await this.#thread()
      : undefined;
    const tools: OpenAI.Responses.Tool[] = [];
    if (types.has("file_search")) {
      const ids = union(
        run.tool_resources?.file_search?.vector_store_ids,
        thread?.tool_resources?.file_search?.vector_store_ids,
      );
      const own = thread?.tool_resources?.file_search?.vector_store_ids ?? [];
      for (const id of own) await indexed(this.#options, id);
      if (ids.length > 0) tools.push(fileSearchOf(run, ids));
    }
    if (types.has("code_interpreter")) {
      tools.push(
        await this.#codeInterpreter(union(
          run.tool_resources?.code_interpreter?.file_ids,
          thread?.tool_resources?.code_interpreter?.file_ids,
        )),
      );
    }
    return {
      tools,
      container: this.#container?.id,
      fileId: (id) => upstreamFileId(this.#options, id, this.#options.signal),
    };
  }

  async usedContainer(id: string): Promise<void> {
    if (this.#container?.id === id) return;
    await this.#keepContainer({ id, file_ids: this.#fileIds });
  }

  keepFile(containerId: string, fileId: string, filename: string): Promise<string> {
    const key = `${containerId}\n${fileId}`;
    const kept = this.#kept.get(key) ??
      this.#keep(filename, containerFile(this.#options, containerId, fileId));
    this.#kept.set(key, kept);
    return kept;
  }

  async keepImage(url: string): Promise<string> {
    const { image, filename } = imageAt(this.#options, url);
    return await this.#keep(filename, image);
  }

  async #keep(filename: string, fetching: Promise<Fetched>): Promise<string> {
    const { store, clock, run } = this.#options;
    const { content, bytes, lost } = await fetching;
    const object = {
      id: newFileId(),
      object: "file" as const,
      bytes,
      created_at: unixSeconds(clock),
      filename,
      purpose: "assistants_output" as const,
      ...lost === undefined
        ? { status: "processed" as const }
        : { status: "error" as const, status_details: lost },
    };
    await store.putFile(run.thread_id, { object, content });
    return object.id;
  }

  async #codeInterpreter(ids: string[]): Promise<OpenAI.Responses.Tool> {
    const { store, run, upstreamId, signal } = this.#options;
    const kept = await store.getContainer(run.thread_id, upstreamId);
    if (kept !== undefined && await this.#isAlive(kept.id)) {
      await this.#fill(kept, ids);
      return { type: "code_interpreter", container: kept.id };
    }
    if (kept !== undefined) await this.#keepContainer(null);
    this.#fileIds = ids;
    const file_ids = await upstreamFileIds(this.#options, ids, signal);
    return { type: "code_interpreter", container: { type: "auto", file_ids } };
  }

  async #isAlive(id: string): Promise<boolean> {
    const { client, signal } = this.#options;
    try {
      const { status } = await client.containers.retrieve(id, { signal });
      return status !== "expired" && status !== "deleted";
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  }

  /** Puts the files into the container that are not in it yet. */
  async #fill(kept: StoredContainer, ids: string[]): Promise<void> {
    const { client, signal } = this.#options;
    this.#container = kept;
    const missing = ids.filter((id) => !kept.file_ids.includes(id));
    if (missing.length === 0) return;
    for (const file_id of await upstreamFileIds(this.#options, missing, signal)) {
      await client.containers.files.create(kept.id, { file_id }, { signal });
    }
    await this.#keepContainer({ id: kept.id, file_ids: [...kept.file_ids, ...missing] });
  }

  async #keepContainer(container: StoredContainer | null): Promise<void> {
    const { store, run, upstreamId } = this.#options;
    this.#container = container ?? undefined;
    await store.setContainer(run.thread_id, upstreamId, container);
  }

  async #thread(): Promise<Thread | undefined> {
    const { store, run } = this.#options;
    return await store.get("thread", run.thread_id);
  }
}

function union(left: readonly string[] = [], right: readonly string[] = []): string[] {
  return [...new Set([...left, ...right])];
}
