/**
 * Two tenants do whatever they like, over MCP and REST, also with the ids of the other: neither
 * ever sees an id or a text of the other, or changes anything of theirs.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { openSession, post, serveHttp, type TestServer, toolCall } from "../kit/http_server.ts";

const NAMES = ["ada", "ben"] as const;
type Name = (typeof NAMES)[number];

const VIAS = ["rest", "json-rpc", "session"] as const;
type Via = (typeof VIAS)[number];

const ACTIONS = [
  "create_assistant",
  "create_thread",
  "create_message",
  "ask_assistant",
  "chat",
  "ask_openai",
  "get",
  "modify",
  "delete",
  "list",
  "list_within",
  "get_within",
  "run",
] as const;

interface Step {
  who: Name;
  via: Via;
  action: (typeof ACTIONS)[number];
  /** Which of the ids there are, of both tenants. */
  pick: number;
}

// deno-lint-ignore no-explicit-any -- tests look into answers of every shape
type Json = any;

interface Made {
  id: string;
  owner: Name;
  kind: string;
  /** The thread that it is in. */
  thread?: string;
}

const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  who: fc.constantFrom(...NAMES),
  via: fc.constantFrom(...VIAS),
  action: fc.constantFrom(...ACTIONS),
  pick: fc.nat({ max: 10_000 }),
});

const MADE_BY = new Map([
  ["assistant", "assistant"],
  ["thread", "thread"],
  ["thread.message", "message"],
  ["thread.run", "run"],
  ["thread.run.step", "run_step"],
]);

class World {
  readonly #server: TestServer;
  readonly #tag = crypto.randomUUID().slice(0, 8);
  readonly #made: Made[] = [];
  readonly #sessions = new Map<Name, string>();
  #texts = 0;

  constructor(server: TestServer) {
    this.#server = server;
  }

  async do({ who, via, action, pick }: Step): Promise<void> {
    const threads = this.#made.filter(({ kind }) => kind === "thread");
    const any = this.#made[pick % Math.max(this.#made.length, 1)];
    const thread = threads[pick % Math.max(threads.length, 1)];
    const secret = `secret of ${who} ${this.#tag} ${this.#texts++}`;
    switch (action) {
      case "create_assistant":
        return await this.#call(who, via, action, { name: secret, model: "gpt-test" });
      case "create_thread":
        return await this.#call(who, via, action, { metadata: { secret } });
      case "create_message":
        return await this.#call(who, via, action, { ...on(thread), role: "user", content: secret });
      case "ask_assistant":
        return await this.#call(who, via, action, { ...on(thread), message: secret });
      case "chat":
        return await this.#chat(who, { ...on(thread), message: secret, stream: pick % 2 === 0 });
      case "ask_openai":
        return await this.#call(who, via, action, { query: secret, wait_s: 0 });
      case "list":
        return await this.#call(who, via, pick % 2 === 0 ? "list_assistants" : "list_threads", {});
      case "list_within":
        return await this.#call(who, via, pick % 2 === 0 ? "list_messages" : "list_runs", {
          ...on(thread),
        });
      case "run":
        return await this.#call(who, via, "create_run", {
          ...on(thread),
          assistant_id: this.#made.find(({ kind }) => kind === "assistant")?.id ?? "asst_none",
        });
      case "get":
      case "get_within":
        if (any === undefined) return;
        if (any.kind === "job") {
          return await this.#call(who, via, "get_job", { job_id: any.id, wait_s: 0 });
        }
        return await this.#call(who, via, `get_${any.kind}`, idsOf(any));
      case "modify":
      case "delete":
        if (any === undefined || any.kind === "job" || any.kind === "run_step") return;
        if (action === "delete" && any.kind === "run") {
          return await this.#call(who, via, "cancel_run", idsOf(any));
        }
        return await this.#call(who, via, `${action}_${any.kind}`, {
          ...idsOf(any),
          ...(action === "modify" && { metadata: { secret } }),
        });
    }
  }

  async #call(who: Name, via: Via, tool: string, args: Record<string, unknown>): Promise<void> {
    const text = await this.#send(who, via, tool, args);
    this.#check(who, args, text);
    const body = JSON.parse(text);
    const object = via === "rest" ? body.structuredContent : body.result.structuredContent;
    const stranger = this.#made.find(({ id, owner }) =>
      owner !== who && Object.values(args).includes(id)
    );
    if (stranger === undefined) return this.#keep(who, object);
    assert.equal(object, undefined, `${who} ${tool} ${JSON.stringify(args)}: ${text}`);
  }

  async #send(who: Name, via: Via, tool: string, args: Record<string, unknown>): Promise<string> {
    const headers = keyOf(who);
    if (via === "rest") {
      const url = `${this.#server.origin}/mcp/call?tool_name=${tool}`;
      return await (await post(url, args, { headers })).text();
    }
    if (via === "session") {
      const session = this.#sessions.get(who) ?? await openSession(this.#server.url, headers);
      this.#sessions.set(who, session);
      headers["mcp-session-id"] = session;
    }
    const text = await (await post(this.#server.url, toolCall(tool, args), { headers })).text();
    // In a session a call that takes long is answered by an event.
    return /^data: (\{.*)$/m.exec(text)?.[1] ?? text;
  }

  async #chat(who: Name, body: Record<string, unknown>): Promise<void> {
    const url = `${this.#server.origin}/assistant/chat`;
    const text = await (await post(url, body, { headers: keyOf(who) })).text();
    this.#check(who, body, text);
    const json = /^event: done\ndata: (.*)$/m.exec(text)?.[1] ?? text;
    if (json.startsWith("{")) this.#keep(who, JSON.parse(json));
  }

  /** Nothing of the other is in it, but what the caller has sent. */
  #check(who: Name, sent: Record<string, unknown>, text: string): void {
    const other = NAMES.find((name) => name !== who);
    assert.ok(!text.includes(`secret of ${other}`), `${who} sees a text: ${text}`);
    const known = JSON.stringify(sent);
    for (const { id, owner } of this.#made) {
      if (owner === who || known.includes(id)) continue;
      assert.ok(!text.includes(id), `${who} sees ${id}: ${text}`);
    }
  }

  /** Remembers whose an object is. */
  #keep(who: Name, object: Json): void {
    if (typeof object !== "object" || object === null || object.deleted) return;
    const add = (id: unknown, kind: string, thread?: string) => {
      if (typeof id !== "string" || this.#made.some((made) => made.id === id)) return;
      this.#made.push({ id, kind, owner: who, thread });
    };
    for (const item of object.data ?? [object]) {
      const kind = MADE_BY.get(item.object);
      if (kind !== undefined) add(item.id, kind, item.thread_id);
    }
    add(object.job_id, "job");
    add(object.assistant_id, "assistant");
    if (object.run_id !== undefined) {
      add(object.thread_id, "thread");
      add(object.run_id, "run", object.thread_id);
    }
  }
}

function on(thread: Made | undefined): { thread_id?: string } {
  return thread === undefined ? {} : { thread_id: thread.id };
}

function idsOf({ id, kind, thread }: Made): Record<string, string> {
  return { [`${kind}_id`]: id, ...(thread !== undefined && { thread_id: thread }) };
}

function keyOf(who: Name): Record<string, string> {
  return { "x-openai-api-key": `sk-${who}-0123456789abcdef` };
}

Deno.test(
  "two tenants see nothing of each other, whatever they do",
  { timeout: 120_000 },
  async () => {
    await using server = serveHttp({ passthrough: { inUrl: false }, maxSessions: 1000 });
    await fc.assert(
      fc.asyncProperty(fc.array(stepArbitrary, { minLength: 10, maxLength: 40 }), async (steps) => {
        const world = new World(server);
        for (const step of steps) await world.do(step);
      }),
      { numRuns: 60 },
    );
  },
);
