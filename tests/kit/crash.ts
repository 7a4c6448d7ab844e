/** Servers that are killed in every state of a run, and what has to be left of their work. */

import assert from "node:assert/strict";
import { openStore } from "../../src/store/mod.ts";
import {
  functionCalls,
  gate,
  held,
  reply,
  type ResponsesServer,
  type Script,
  startResponsesServer,
  text,
} from "../fakes/responses_server.ts";
import { upstreamSettings } from "./every_client.ts";
import { StdioProcess, tempFolder } from "./process.ts";

/** Where a run is when its server is killed. */
export const STATES = [
  "queued",
  "in_progress before text",
  "in_progress with text",
  "requires_action",
  "in_progress after submit",
  "cancelling",
  "begun once more",
] as const;

export type State = typeof STATES[number];

/** How long a run may take to end from when the next server is up. */
const END_S = 30;

/** How many objects are being made while the server is killed. */
const WRITES = 12;

const ECHO = /^You said: /;

const HALF = () => text(["One, ", gate(), "two."]);

const CALLS = () => functionCalls([{ name: "count", arguments: {}, call_id: "call_1" }]);

const TOOL_OUTPUTS = [{ tool_call_id: "call_1", output: "1, 2, 3" }];

/** The tool that shows an object, with its arguments, and what has to be in its answer. */
type Kept = [tool: string, args: Record<string, unknown>, expected: object];

interface Ids {
  thread_id: string;
  run_id: string;
}

/** One database, with one server on it after the other. */
export class Lane implements AsyncDisposable {
  /** The state in which each kill has found its run, as it was stored. */
  readonly killed: string[] = [];
  /** What was acknowledged and is not there, or not as it was. */
  readonly lost: string[] = [];
  /** Runs that did not end in time, or not as they had to. */
  readonly stuck: string[] = [];
  acknowledged = 0;
  readonly #folder: AsyncDisposable & { path: string };
  readonly #upstream: ResponsesServer;
  #running: StdioProcess | undefined;
  #assistantId = "";
  readonly #objects: Kept[] = [];

  static async open(): Promise<Lane> {
    const folder = await tempFolder();
    const upstream = startResponsesServer();
    const lane = new Lane(folder, upstream);
    lane.#server = await lane.#start();
    const fields = {
      model: "gpt-test",
      tools: [{ type: "function", function: { name: "count" } }],
    };
    lane.#assistantId = (await lane.#call("create_assistant", fields)).id;
    lane.#keep("get_assistant", { assistant_id: lane.#assistantId }, { model: "gpt-test" });
    return lane;
  }

  private constructor(folder: AsyncDisposable & { path: string }, upstream: ResponsesServer) {
    this.#folder = folder;
    this.#upstream = upstream;
  }

  /** Brings a run into a state, kills the server, and looks at what the next one makes of it. */
  async kill(state: State): Promise<void> {
    const ids = await this.#begin(state);
    // A run is cancelled for its owner by somebody else, who stays.
    const successor = state === "cancelling" ? await this.#cancelElsewhere(ids) : undefined;
    await this.#killWhileWriting();
    const found = await this.#stateOf(ids);
    this.killed.push(found);
    this.#server = successor ?? await this.#start();
    await this.#settle(found, ids);
    await this.#lookAgain(this.#objects.slice(-2 * WRITES));
  }

  /** Looks at everything that was ever acknowledged. */
  async lookAtAll(): Promise<void> {
    await this.#lookAgain(this.#objects);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running?.[Symbol.asyncDispose]();
    await this.#upstream.close();
    await this.#folder[Symbol.asyncDispose]();
  }

  get #server(): StdioProcess {
    assert.ok(this.#running);
    return this.#running;
  }

  set #server(server: StdioProcess) {
    this.#running = server;
  }

  async #start(): Promise<StdioProcess> {
    const server = new StdioProcess(upstreamSettings(this.#folder, this.#upstream));
    try {
      await server.initialize();
      return server;
    } catch (cause) {
      const { code, stderr } = await server.ended();
      throw new Error(`The server did not start (${code}): ${stderr}`, { cause });
    }
  }

  async #begin(state: State): Promise<Ids> {
    const thread = await this.#call("create_thread", { metadata: { state } });
    const thread_id: string = thread.id;
    this.#keep("get_thread", { thread_id }, { metadata: { state } });
    const content = `Count, ${state}.`;
    const message = await this.#call("create_message", { thread_id, role: "user", content });
    this.#keep("get_message", { thread_id, message_id: message.id }, { id: message.id });

    const hold = gate();
    const asked = this.#upstream.requests.length;
    this.#upstream.enqueue(...scriptsFor(state, hold));
    const assistant_id = this.#assistantId;
    const run = await this.#call("create_run", { thread_id, assistant_id, metadata: { state } });
    const ids = { thread_id, run_id: run.id };
    this.#keep("get_run", ids, { metadata: { state } });
    if (state === "requires_action" || state === "in_progress after submit") {
      const { run } = await this.#call("wait_for_run", { ...ids, wait_s: END_S });
      assert.equal(run.status, "requires_action");
    }
    if (state === "in_progress after submit") {
      await this.#call("submit_tool_outputs", { ...ids, tool_outputs: TOOL_OUTPUTS });
    }
    if (state === "begun once more") await this.#killOnce(asked + 2, ids);
    if (state !== "requires_action") await hold.reached;
    if (state === "queued" || state === "requires_action") return ids;
    // The upstream has gone further than the server may have.
    const wanted = state === "in_progress with text" ? "with text" : "in_progress";
    while (!(await this.#stateOf(ids)).includes(wanted)) await this.#call("get_run", ids);
    return ids;
  }

  /** Kills the first server of a run, and waits till the next one has begun it once more. */
  async #killOnce(requests: number, ids: Ids): Promise<void> {
    await this.#upstream.received(requests - 1);
    await this.#killWhileWriting();
    this.killed.push(await this.#stateOf(ids));
    this.#server = await this.#start();
    await this.#upstream.received(requests);
  }

  async #cancelElsewhere(ids: Ids): Promise<StdioProcess> {
    const other = await this.#start();
    const { structuredContent } = await other.callTool("cancel_run", { ...ids });
    assert.equal(structuredContent.status, "cancelling");
    return other;
  }

  /** Kills the server in the middle of writes; those that it has answered are acknowledged. */
  async #killWhileWriting(): Promise<void> {
    const server = this.#server;
    const names = Array.from({ length: WRITES }, (_, index) => `write ${index}`);
    for (const name of names) {
      const params = { name: "create_thread", arguments: { metadata: { name } } };
      await server.send({ jsonrpc: "2.0", id: name, method: "tools/call", params });
    }
    let left = Math.floor(Math.random() * WRITES);
    for (;;) {
      if (left-- === 0) server.child.kill("SIGKILL");
      const message = await server.next();
      if (message === undefined) break;
      const thread = message.result?.structuredContent;
      if (!names.includes(message.id) || thread === undefined) continue;
      this.#keep("get_thread", { thread_id: thread.id }, { metadata: { name: message.id } });
    }
    await server[Symbol.asyncDispose]();
  }

  /** The state of a run as it is stored. */
  async #stateOf({ thread_id, run_id }: Ids): Promise<string> {
    const store = openStore(`sqlite:${this.#folder.path}/test.db`);
    try {
      let attempt: number | undefined;
      const run = await store.forTenant("default").commitRun(run_id, ({ lease }) => {
        attempt = lease?.attempt;
        return undefined;
      });
      if (run === undefined) return "gone";
      if (run.status !== "in_progress" && run.status !== "queued") return run.status;
      if (attempt === 2) return `${run.status}, begun once more`;
      const query = { limit: 10, order: "asc", thread_id, run_id } as const;
      const { data: steps } = await store.forTenant("default").list("step", query);
      if (steps.some(({ type }) => type === "tool_calls")) return `${run.status} after submit`;
      if (run.status === "queued") return "queued";
      const { data: messages } = await store.forTenant("default").list("message", query);
      const hasText = messages.some(({ content }) => content.length > 0);
      return `in_progress ${hasText ? "with" : "before"} text`;
    } finally {
      await store.close();
    }
  }

  /** Waits till a run has ended as it has to by the state in which its server was killed. */
  async #settle(found: string, ids: Ids): Promise<void> {
    const wait = () => this.#call("wait_for_run", { ...ids, wait_s: END_S });
    const started = performance.now();
    let { run, messages } = await wait();
    if (found === "requires_action" && run.status === "requires_action") {
      await this.#call("submit_tool_outputs", { ...ids, tool_outputs: TOOL_OUTPUTS });
      ({ run, messages } = await wait());
    }
    const took = (performance.now() - started) / 1000;
    const expected = endOf(found);
    const last = messages.at(-1)?.content[0]?.text.value ?? "";
    const whole = expected !== "completed" || ECHO.test(last);
    if (run.status !== expected || !whole || took > END_S) {
      this.stuck.push(`${found}: ${run.status} after ${took.toFixed(1)} s, saying "${last}"`);
    }
    const steps = await this.#call("list_run_steps", { ...ids });
    for (const object of [...messages, ...steps.data]) {
      if (object.status === "in_progress") this.stuck.push(`${found}: ${object.id} in progress`);
    }
  }

  async #lookAgain(objects: readonly Kept[]): Promise<void> {
    for (const [tool, args, expected] of objects) {
      const result = await this.#server.callTool(tool, args);
      try {
        assert.ok(!result.isError, result.content[0]?.text);
        assert.partialDeepStrictEqual(result.structuredContent, expected);
      } catch (error) {
        this.lost.push(`${tool} ${JSON.stringify(args)}: ${error}`);
      }
    }
  }

  #keep(tool: string, args: Record<string, unknown>, expected: object): void {
    this.acknowledged++;
    this.#objects.push([tool, args, expected]);
  }

  // deno-lint-ignore no-explicit-any -- objects of every shape
  async #call(name: string, args: Record<string, unknown>): Promise<any> {
    const result = await this.#server.callTool(name, args);
    assert.ok(!result.isError, `${name}: ${result.content[0]?.text}`);
    return result.structuredContent;
  }
}

/** What the upstream says so that a run gets into a state and stays there; the gate is reached then. */
function scriptsFor(state: State, hold: ReturnType<typeof gate>): Script[] {
  switch (state) {
    case "queued":
      return [held(hold, text("Never said."))];
    case "in_progress before text":
    case "cancelling":
      return [reply([hold])];
    case "in_progress with text":
      return [text(["One, ", hold, "two."])];
    case "requires_action":
      return [CALLS()];
    case "in_progress after submit":
      return [CALLS(), reply([hold])];
    case "begun once more":
      return [HALF(), text(["One, ", hold, "two."])];
  }
}

/** How a run has to end whose server was killed in this state. */
function endOf(found: string): string {
  if (found === "cancelling" || found === "cancelled") return "cancelled";
  return found.endsWith("begun once more") ? "failed" : "completed";
}
