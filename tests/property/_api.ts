/** The real API under the official SDK: does the model's actions to it, and looks at all that it shows. */

import OpenAI from "openai";
import type { Action, NewMessage, Page } from "./_actions.ts";
import type { ManualClock } from "../kit/engine.ts";
import type { Turn, Upstream } from "./_upstream.ts";
import type { Json, Names } from "./_views.ts";

/** What came back of an action: an object of the API, or its refusal. */
export type Answer = { object: Json } | { refused: Json };

/** A call that is answered with events. */
export interface Heard {
  run: string;
  open: boolean;
  /** Deltas in a row count as one. */
  events: string[];
}

interface Parts {
  client: OpenAI;
  upstream: Upstream;
  clock: ManualClock;
  /** A request of the same client without the SDK. */
  get(path: string): Promise<Response>;
}

const TOOLS = ["look_up", "count"].map((name) => ({
  type: "function" as const,
  function: { name },
}));

export class Api {
  readonly heard: Heard[] = [];
  readonly #client: OpenAI;
  readonly #upstream: Upstream;
  readonly #clock: ManualClock;
  /** What the clock shows by the actions so far. */
  #now: number;
  readonly #get: Parts["get"];
  /** Each run's instructions, by which it is known at the upstream. */
  readonly #marks = new Map<string, string>();
  #marked = 0;

  constructor({ client, upstream, clock, get }: Parts) {
    this.#client = client;
    this.#upstream = upstream;
    this.#clock = clock;
    this.#now = clock.now();
    this.#get = get;
  }

  /** Does an action to the objects of those names. */
  async perform(action: Action, names: Names): Promise<Answer> {
    try {
      return { object: await this.#perform(action, (name) => names.idOf(name)) };
    } catch (error) {
      if (!(error instanceof OpenAI.APIError) || error.status === undefined) throw error;
      return { refused: { status: error.status, ...error.error as object } };
    }
  }

  /** Lets a moment pass that no action knows of: less than is left of the second. */
  linger(ms: number): void {
    this.#clock.advance(Math.max(0, Math.min(ms, 999 - this.#ahead)));
  }

  /** All objects of a list, oldest first; no sequence makes more than a page. */
  async all(path: string): Promise<Json[]> {
    const response = await this.#get(`${path}?limit=100&order=asc`);
    return (await response.json()).data;
  }

  /** The requests of a run to the upstream, oldest first. */
  turns(runId: string): readonly Turn[] {
    return this.#upstream.turnsOf(this.#marks.get(runId) ?? "");
  }

  /** Whether the upstream has nobody left who listens. */
  get allOver(): boolean {
    return [...this.#marks.values()].every((mark) =>
      this.#upstream.turnsOf(mark).every(({ over }) => over)
    );
  }

  /** By how many milliseconds the clock is ahead of the actions. */
  get #ahead(): number {
    return this.#clock.now() - this.#now;
  }

  async #perform(action: Action, id: (name: string) => string): Promise<Json> {
    const { assistants, threads } = this.#client.beta;
    const { messages, runs } = threads;
    switch (action.do) {
      case "create assistant":
        return await assistants.create({ model: "gpt-test", tools: action.tools ? TOOLS : [] });
      case "delete assistant":
        return await assistants.delete(id(action.assistant));
      case "create thread":
        return await threads.create({ messages: action.messages.map(bodyOf) });
      case "get thread":
        return await threads.retrieve(id(action.thread));
      case "modify thread":
        return await threads.update(id(action.thread), { metadata: action.metadata });
      case "delete thread":
        return await threads.delete(id(action.thread));
      case "create message":
        return await messages.create(id(action.thread), bodyOf(action.message));
      case "get message":
        return await messages.retrieve(id(action.message), { thread_id: id(action.thread) });
      case "modify message": {
        const { metadata } = action;
        const body = { thread_id: id(action.thread), metadata };
        return await messages.update(id(action.message), body);
      }
      case "delete message":
        return await messages.delete(id(action.message), { thread_id: id(action.thread) });
      case "list messages": {
        const filter = action.run === undefined ? {} : { run_id: id(action.run) };
        return pageOf(
          await messages.list(id(action.thread), { ...queryOf(action.page, id), ...filter }),
        );
      }
      case "create run": {
        const body = {
          ...this.#runBody(id(action.assistant), action.tools),
          additional_messages: action.messages.map(bodyOf),
        };
        return action.stream
          ? await this.#follow(await runs.create(id(action.thread), { ...body, stream: true }))
          : this.#mark(await runs.create(id(action.thread), body));
      }
      case "create thread and run": {
        const body = {
          ...this.#runBody(id(action.assistant), action.tools),
          thread: { messages: action.messages.map(bodyOf) },
        };
        return action.stream
          ? await this.#follow(await threads.createAndRun({ ...body, stream: true }))
          : this.#mark(await threads.createAndRun(body));
      }
      case "get run":
        return await runs.retrieve(id(action.run), { thread_id: id(action.thread) });
      case "modify run": {
        const { metadata } = action;
        return await runs.update(id(action.run), { thread_id: id(action.thread), metadata });
      }
      case "list runs":
        return pageOf(await runs.list(id(action.thread), queryOf(action.page, id)));
      case "cancel run":
        return await runs.cancel(id(action.run), { thread_id: id(action.thread) });
      case "submit": {
        const body = { thread_id: id(action.thread), tool_outputs: action.outputs };
        if (!action.stream) return await runs.submitToolOutputs(id(action.run), body);
        await this.#follow(
          await runs.submitToolOutputs(id(action.run), { ...body, stream: true }),
        );
        return null;
      }
      case "list steps": {
        const query = { thread_id: id(action.thread), ...queryOf(action.page, id) };
        return pageOf(await runs.steps.list(id(action.run), query));
      }
      case "upstream":
        await this.turns(id(action.run)).at(-1)?.say(action.said);
        return null;
      case "advance":
        this.#now += action.ms;
        this.#clock.advance(Math.max(0, -this.#ahead), { timers: !action.late });
        return null;
    }
  }

  #runBody(assistant_id: string, tools: boolean | null) {
    const instructions = `This is run ${this.#marked++}.`;
    return tools === null
      ? { assistant_id, instructions }
      : { assistant_id, instructions, tools: tools ? TOOLS : [] };
  }

  #mark(run: OpenAI.Beta.Threads.Run): OpenAI.Beta.Threads.Run {
    this.#marks.set(run.id, run.instructions);
    return run;
  }

  /** Notes the events as they come; resolves with the first run in them. */
  #follow(events: AsyncIterable<OpenAI.Beta.AssistantStreamEvent>): Promise<Json> {
    const first = Promise.withResolvers<Json>();
    const heard: Heard = { run: "", open: true, events: [] };
    this.heard.push(heard);
    const collect = async () => {
      for await (const { event, data } of events) {
        if (!event.endsWith(".delta") || heard.events.at(-1) !== event) heard.events.push(event);
        if (heard.run !== "" || !("object" in data) || data.object !== "thread.run") continue;
        heard.run = data.id;
        first.resolve(this.#mark(data));
      }
      heard.open = false;
    };
    collect().catch((error) => {
      heard.events.push(String(error));
      first.reject(error);
    });
    return first.promise;
  }
}

function bodyOf({ role, text }: NewMessage) {
  return { role, content: text };
}

/** All fields of a page: the SDK keeps the ids of its ends to itself. */
function pageOf(page: object): Json {
  return Reflect.get(page, "body");
}

function queryOf({ limit, descending, after, before }: Page, id: (name: string) => string) {
  return {
    limit,
    ...descending ? {} : { order: "asc" as const },
    ...after === undefined ? {} : { after: id(after) },
    ...before === undefined ? {} : { before: id(before) },
  };
}
