import {
  Client,
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type Transport,
} from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { type ElicitRequest, ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import assert from "node:assert/strict";
import { Confirmations, type ConfirmMode } from "../../src/mcp/mod.ts";
import { errorOf, objectOf } from "../kit/mcp_clients.ts";
import { upstreamSettings } from "../kit/every_client.ts";
import { openSession, post, serveHttp, type TestServer, toolCall } from "../kit/http_server.ts";
import { minimalEnv, SERVER_ARGS, tempFolder, type ToolResult } from "../kit/process.ts";
import { startResponsesServer } from "../fakes/responses_server.ts";

type Action = "accept" | "decline" | "cancel";

interface Person extends AsyncDisposable {
  /** The questions that the person was asked. */
  questions: string[];
  call(name: string, args?: Record<string, unknown>): Promise<ToolResult>;
}

/** Connects a client whose person gives these answers. */
type Connect = (url: string, answer: () => Action) => Promise<Person>;

const INFO = { name: "test", version: "1.0.0" };
const CAN_ASK = { capabilities: { elicitation: {} } };

const CLIENTS: Record<string, Connect> = {
  "v2 client, 2026-07-28": (url, answer) =>
    connectV2(new StreamableHTTPClientTransport(new URL(url)), "modern", answer),
  "v2 client, 2025-11-25": (url, answer) =>
    connectV2(new StreamableHTTPClientTransport(new URL(url)), "legacy", answer),
  "v2 client over HTTP+SSE": (url, answer) =>
    connectV2(new SSEClientTransport(new URL(url.replace(/mcp$/, "sse"))), "legacy", answer),
  "v1 client": async (url, answer) => {
    const client = new ClientV1(INFO, CAN_ASK);
    const questions: string[] = [];
    client.setRequestHandler(ElicitRequestSchema, ({ params }: ElicitRequest) => {
      questions.push(params.message);
      return answered(answer());
    });
    await client.connect(new HttpV1(new URL(url)));
    return {
      questions,
      call: async (name, args = {}) =>
        await client.callTool({ name, arguments: args }) as ToolResult,
      [Symbol.asyncDispose]: () => client.close(),
    };
  },
};

async function connectV2(
  transport: Transport,
  era: "legacy" | "modern",
  answer: () => Action,
): Promise<Person> {
  const client = new Client(INFO, {
    ...CAN_ASK,
    ...(era === "modern" && { versionNegotiation: { mode: "auto" } }),
  });
  const questions: string[] = [];
  client.setRequestHandler("elicitation/create", ({ params }) => {
    questions.push(params.message);
    return answered(answer());
  });
  await client.connect(transport);
  assert.equal(client.getProtocolEra(), era);
  return {
    questions,
    call: async (name, args = {}) => await client.callTool({ name, arguments: args }) as ToolResult,
    [Symbol.asyncDispose]: () => client.close(),
  };
}

function answered(action: Action) {
  return action === "accept" ? { action, content: {} } : { action };
}

/** Starts a server that asks for confirmations. */
function serveAsking(mode: ConfirmMode): TestServer {
  const server = serveHttp();
  server.service.confirmations = new Confirmations(mode);
  return server;
}

/** Advances the wall clock of this process until it is disposed; the SDK offers no other clock. */
function advanceClock(ms: number): Disposable {
  const { now } = Date;
  Date.now = () => now() + ms;
  return { [Symbol.dispose]: () => void (Date.now = now) };
}

async function useIt({ questions, call }: Person, setAnswer: (action: Action) => void) {
  const { id } = objectOf(await call("create_thread"));
  assert.deepEqual(questions, []);
  for (const action of ["decline", "cancel"] as const) {
    setAnswer(action);
    const { text, fields } = errorOf(await call("delete_thread", { thread_id: id }));
    assert.match(text, /^The person did not agree to delete_thread\. Nothing was done\.\n/);
    assert.deepEqual([fields["code"], fields["retryable"]], ["declined", false]);
    objectOf(await call("get_thread", { thread_id: id }));
  }
  setAnswer("accept");
  const deleted = objectOf(await call("thread-delete", { thread_id: id }));
  assert.deepEqual([deleted.id, deleted.deleted], [id, true]);
  assert.equal(questions.length, 3);
  assert.match(questions[0] ?? "", new RegExp(`^Delete thread, thread_id "${id}"\\? Delete a `));
  // Invalid arguments are reported without a question.
  errorOf(await call("delete_thread", { thread_id: 5 }));
  assert.equal(questions.length, 3);
}

for (const [name, connect] of Object.entries(CLIENTS)) {
  Deno.test(`deletes need a confirmation over HTTP with the ${name}`, async () => {
    await using server = serveAsking("require");
    let action: Action = "accept";
    await using person = await connect(server.url, () => action);
    await useIt(person, (next) => action = next);
  });
}

for (const era of ["legacy", "modern"] as const) {
  // The SDK's transport leaves timers behind.
  const options = { sanitizeOps: false, sanitizeResources: false };
  Deno.test(`CONFIRM_DELETES=ask asks over stdio, ${era} era`, options, async () => {
    await using folder = await tempFolder();
    await using upstream = startResponsesServer();
    let action: Action = "accept";
    const transport = new StdioClientTransport({
      command: Deno.execPath(),
      args: SERVER_ARGS,
      env: { ...minimalEnv(), ...upstreamSettings(folder, upstream), CONFIRM_DELETES: "ask" },
      stderr: "inherit",
    });
    await using person = await connectV2(transport, era, () => action);
    await useIt(person, (next) => action = next);
  });
}

Deno.test("if the client cannot ask, ask deletes and require refuses", async () => {
  for (const mode of ["ask", "require"] as const) {
    await using server = serveAsking(mode);
    const { origin, url } = server;
    const session = { "mcp-session-id": await openSession(url) };
    const ways: Record<string, (name: string, args: object) => Promise<ToolResult>> = {
      session: (name, args) => answerTo(url, toolCall(name, { ...args }), session),
      plain: (name, args) => answerTo(url, toolCall(name, { ...args })),
      modern: (name, args) => modern(url, name, args),
    };
    for (const [way, call] of Object.entries(ways)) {
      const { id } = objectOf(await call("create_thread", {}));
      const result = await call("delete_thread", { thread_id: id });
      if (mode === "ask") assert.equal(objectOf(result).deleted, true, way);
      else {
        const { text, fields } = errorOf(result);
        assert.match(text, /^delete_thread needs a person's agreement here \(CONFIRM_DELETES\)/);
        assert.deepEqual([fields["status"], fields["code"]], [403, "confirmation_required"]);
        objectOf(await call("get_thread", { thread_id: id }));
      }
    }
    const made = await (await post(`${origin}/mcp/call?tool_name=create_thread`, {})).json();
    const over = await post(`${origin}/mcp/call?tool_name=delete_thread`, {
      thread_id: made.structuredContent.id,
    });
    assert.equal(over.status, mode === "ask" ? 200 : 403);
    await over.body?.cancel();
  }
});

Deno.test("a confirmation is valid once, for ten minutes, for one call of one tenant", async () => {
  await using server = serveAsking("ask");
  const { url } = server;
  const thread = async (): Promise<string> => objectOf(await modern(url, "create_thread", {})).id;
  const ask = async (thread_id: string): Promise<string> => {
    const question = await modern(url, "delete_thread", { thread_id }, { elicitation: {} });
    const { resultType, requestState, inputRequests } = question as Asked;
    assert.equal(resultType, "input_required");
    assert.equal(inputRequests["confirm"]?.method, "elicitation/create");
    assert.ok(!requestState.includes(thread_id));
    return requestState;
  };
  const retry = (name: string, args: object, requestState: unknown) =>
    modern(url, name, args, { elicitation: {} }, {
      requestState,
      inputResponses: { confirm: { action: "accept", content: {} } },
    });
  const refused = async (result: Promise<ToolResult>) =>
    assert.equal(errorOf(await result).fields["code"], "invalid_confirmation");

  const [first, second] = [await thread(), await thread()];
  const state = await ask(first);
  await refused(retry("delete_thread", { thread_id: second }, state));
  await refused(retry("delete_assistant", { assistant_id: first }, state));
  const [version, body = "", mac = ""] = state.split(".");
  for (
    const forged of [`${version}.${body}.${flipped(mac)}`, `${version}.${flipped(body)}.${mac}`]
  ) {
    await refused(retry("delete_thread", { thread_id: first }, forged));
  }
  await refused(retry("delete_thread", { thread_id: first }, ""));
  const other = new Confirmations("ask");
  const own = server.service.confirmations;
  server.service.confirmations = other;
  await refused(retry("delete_thread", { thread_id: first }, state));
  server.service.confirmations = own;
  objectOf(await retry("delete_thread", { thread_id: first }, state));
  await refused(retry("delete_thread", { thread_id: first }, state));

  const late = await ask(second);
  {
    using _ = advanceClock(10 * 60_000 + 1000);
    await refused(retry("delete_thread", { thread_id: second }, late));
  }
  objectOf(await modern(url, "get_thread", { thread_id: second }));

  // An answer without a question does not count.
  const again = await modern(url, "delete_thread", { thread_id: second }, { elicitation: {} }, {
    inputResponses: { confirm: { action: "accept", content: {} } },
  });
  assert.equal((again as Asked).resultType, "input_required");
});

Deno.test("a confirmation of one tenant is not valid for another", async () => {
  await using server = serveHttp({ passthrough: { inUrl: false } });
  server.service.confirmations = new Confirmations("ask");
  const as = (key: string, extra: object = {}) =>
    modern(server.url, "delete_thread", { thread_id: "thread_1" }, { elicitation: {} }, extra, {
      "x-openai-api-key": key,
    });
  const { requestState } = await as("sk-one-0123456789") as Asked;
  const extra = { requestState, inputResponses: { confirm: { action: "accept", content: {} } } };
  const codeOf = async (result: Promise<ToolResult>) => errorOf(await result).fields["code"];
  assert.equal(await codeOf(as("sk-two-0123456789", extra)), "invalid_confirmation");
  // The right tenant's call gets as far as the thread, which does not exist.
  assert.notEqual(await codeOf(as("sk-one-0123456789", extra)), "invalid_confirmation");
});

/** Returns the text with another first character. */
function flipped(text: string): string {
  return (text.startsWith("A") ? "B" : "A") + text.slice(1);
}

interface Asked extends ToolResult {
  resultType: string;
  requestState: string;
  inputRequests: Record<string, { method: string }>;
}

/** Makes one call in protocol 2026-07-28 and returns the raw result. */
function modern(
  url: string,
  name: string,
  args: object,
  capabilities: object = {},
  extra: object = {},
  headers: Record<string, string> = {},
): Promise<ToolResult> {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": capabilities,
  };
  const params = { name, arguments: args, ...extra, _meta };
  return answerTo(url, { jsonrpc: "2.0", id: 1, method: "tools/call", params }, {
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    "mcp-name": name,
    ...headers,
  });
}

async function answerTo(
  url: string,
  message: object,
  headers: Record<string, string> = {},
): Promise<ToolResult> {
  const text = await (await post(url, message, { headers })).text();
  const data = [...text.matchAll(/^data: (\{.*)$/gm)].at(-1)?.[1];
  const { result, error } = JSON.parse(data ?? text);
  assert.ok(result, JSON.stringify(error));
  return result;
}
