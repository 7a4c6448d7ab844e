/** Looks at everything that an engine is asked and answers, and keeps what has been seen of each operation. */

import assert from "node:assert/strict";
import OpenAI from "openai";
import { frames, type Json, type Setup } from "../kit/engine.ts";
import type { Contract, ContractOperation } from "./document.ts";
import { EVENTS } from "./stream_events.ts";

/** What has been seen of an operation. */
export interface Seen {
  /** The fields of requests that it has taken, as paths such as `tools[].type`. */
  fields: Set<string>;
  query: Set<string>;
  answered: boolean;
  /** Refusals by their kind: see `REFUSALS`. */
  refusals: Set<string>;
  events: Set<string>;
}

/** What there is to be refused: by the code, or where there is none by the words. */
const REFUSALS: [kind: string, test: (error: Json) => boolean][] = [
  "No … found with id '…'.",
  "Can't add messages to … while a run … is active.",
  "Can't delete messages of … while a run … is active.",
  "Thread … already has an active run ….",
  'Runs in status "…" do not accept tool outputs.',
  "Expected tool outputs for call_ids […], got […]",
  "Cannot cancel run with status '…'.",
  "We could not parse the JSON body of your request.…",
  "Files […] were not found",
  "The server is shutting down.…",
].map((words) => [words, ({ message }) => patternOf(words).test(String(message))]);

export class Checker {
  readonly seen: ReadonlyMap<string, Seen>;
  readonly #contract: Contract;
  readonly #streams: Promise<void>[] = [];

  constructor(contract: Contract) {
    this.#contract = contract;
    this.seen = new Map(contract.operations.map(({ id }) => [id, nothing()]));
  }

  /** The SDK on the engine, with every answer checked. */
  clientOf(setup: Setup): OpenAI {
    return new OpenAI({
      apiKey: "x",
      baseURL: "http://engine",
      maxRetries: 0,
      fetch: (url, init) => this.fetch(setup, new Request(url, init)),
    });
  }

  /** The setup with an engine whose every answer is checked. */
  over(setup: Setup): Setup {
    const fetch: Setup["engine"]["fetch"] = (request) =>
      this.fetch(setup, new Request(request.url, request));
    return { ...setup, engine: { ...setup.engine, fetch } };
  }

  /** Sends a request to the engine; what it answers is checked. */
  async fetch({ engine, caller }: Setup, request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const below = pathname.replace(/^\/v1/, "");
    const operation = this.#contract.operations.find(({ method, path }) =>
      method === request.method && path.test(below)
    );
    assert.ok(operation, `${request.method} ${pathname} is in the contract`);
    const sent = await request.clone().text();
    const response = await engine.fetch(request, caller);
    assert.match(response.headers.get("x-request-id") ?? "", /^req_/);
    await this.#check(operation, { sent, query: [...searchParams.keys()] }, response.clone());
    return response;
  }

  /** Waits until all streams have been looked at to their end. */
  async streamsRead(): Promise<void> {
    await Promise.all(this.#streams);
  }

  of(id: string): Seen {
    const seen = this.seen.get(id);
    assert.ok(seen, `${id} is in the contract`);
    return seen;
  }

  async #check(
    { id, response: schema }: ContractOperation,
    { sent, query }: { sent: string; query: string[] },
    response: Response,
  ): Promise<void> {
    const seen = this.of(id);
    if (response.ok) {
      for (const field of sent === "" ? [] : fieldsOf(JSON.parse(sent))) seen.fields.add(field);
      for (const name of query) seen.query.add(name);
    }
    if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
      this.#streams.push(this.#checkEvents(id, response));
      return;
    }
    const body = await response.json();
    if (response.ok) {
      this.#valid(schema, body, id);
      seen.answered = true;
      return;
    }
    this.#valid("ErrorResponse", body, id);
    const { status } = response;
    const kind = kindOf(body.error);
    assert.ok(kind, `${id} refuses with an error of the contract: ${JSON.stringify(body.error)}`);
    // After any other status the SDK would send it again.
    const expected = kind.startsWith("The server is")
      ? [503, "server_error"]
      : [/^(No|Files) /.test(kind) ? 404 : 400, "invalid_request_error"];
    assert.deepEqual([status, body.error.type], expected, `${id}: ${body.error.message}`);
    seen.refusals.add(kind);
  }

  async #checkEvents(id: string, response: Response): Promise<void> {
    for await (const { event, data } of frames(response)) {
      this.of(id).events.add(event);
      if (event === "done") assert.equal(data, "[DONE]");
      else this.#valid(EVENTS[event] ?? `(none for ${event})`, data, event);
    }
  }

  #valid(schema: string, value: unknown, where: string): void {
    assert.deepEqual(
      this.#contract.errors(schema, value),
      [],
      `${where} answers a valid ${schema}`,
    );
  }
}

/** The paths of what a body says, as `tools[].function.name`. */
export function fieldsOf(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => fieldsOf(each, `${path}[]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => {
    const at = path === "" ? name : `${path}.${name}`;
    return [at, ...fieldsOf(each, at)];
  });
}

function kindOf(error: Json): string | undefined {
  if (typeof error.code === "string") return error.code;
  return REFUSALS.find(([, test]) => test(error))?.[0];
}

/** Matches a message whose words are those between the dots. */
function patternOf(words: string): RegExp {
  const parts = words.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}

function nothing(): Seen {
  return {
    fields: new Set(),
    query: new Set(),
    answered: false,
    refusals: new Set(),
    events: new Set(),
  };
}
