// deno-lint-ignore-file no-console -- command-line script
/**
 * `deno task demo`: a conversation through the server. An MCP client starts the server as a child
 * process, creates an assistant, sends messages in a thread, answers a function call and prints each
 * step. It uses the model server if OPENAI_API_KEY is set, otherwise the offline model. The database
 * is temporary.
 */

import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { getDefaultEnvironment, StdioClientTransport } from "@modelcontextprotocol/client/stdio";

interface Run {
  id: string;
  status: string;
  last_error: { message: string } | null;
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number } | null;
}

interface Turn {
  status: string;
  thread_id: string;
  run_id: string;
  required_action: {
    submit_tool_outputs: {
      tool_calls: { id: string; function: { name: string; arguments: string } }[];
    };
  } | null;
}

interface Message {
  id: string;
  role: string;
  content: { type: string; text?: { value: string } }[];
}

interface Step {
  id: string;
  type: string;
  status: string;
}

const QUESTION = "In one sentence: what is a thread in the Assistants API?";
const FOLLOW_UP = "And what is a run? One sentence again.";
const CALLING = "Use get_weather: what should I wear in Oslo today? One sentence.";

/** A function that the assistant can call; this program returns its output. */
const GET_WEATHER = {
  type: "function",
  function: {
    name: "get_weather",
    description: "Today's weather in a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};
const WEATHER = { sky: "rain", temperature_c: 7 };

const root = fileURLToPath(new URL("../", import.meta.url));
const serverArgs = [
  "run",
  "-q",
  "--no-prompt",
  "-P=serve",
  `--config=${root}deno.json`,
  `${root}src/main.ts`,
];

const folder = await Deno.makeTempDir({ prefix: "assistants-mcp-demo-" });
try {
  await demo(`sqlite:${folder}/demo.db`);
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function demo(databaseUrl: string): Promise<void> {
  const offline = !Deno.env.get("OPENAI_API_KEY");
  print(
    "Model",
    offline ? "the offline model (set OPENAI_API_KEY to use a model server)" : "a model server",
  );

  const client = new Client({ name: "demo", version: "1.0.0" });
  await client.connect(
    new StdioClientTransport({
      command: Deno.execPath(),
      args: serverArgs,
      env: {
        ...getDefaultEnvironment(),
        LOG_LEVEL: "warning",
        ...inheritedEnv(),
        DATABASE_URL: databaseUrl,
        ...(offline && { OPENAI_BASE_URL: "offline:" }),
      },
      stderr: "inherit",
    }),
  );
  try {
    await converse(client);
  } finally {
    await client.close();
  }
  console.log(`\nConfiguration for your MCP client:\n\n${clientConfig()}`);
}

async function converse(client: Client): Promise<void> {
  const { tools } = await client.listTools();
  const { name = "server", version } = client.getServerVersion() ?? {};
  print("Server", `${name} ${version} over stdio, ${tools.length} tools`);

  const assistant = await call<{ id: string; name: string; model: string }>(
    client,
    "create_assistant",
    { name: "Guide", instructions: "You explain APIs briefly and plainly." },
  );
  print("Assistant", `${assistant.id}: "${assistant.name}" on ${assistant.model}`);

  const thread = await call<{ id: string }>(client, "create_thread", {});
  print("Thread", thread.id);

  const ids = { thread_id: thread.id };
  const message = await call<Message>(client, "create_message", {
    ...ids,
    role: "user",
    content: QUESTION,
  });
  print("Message", `${message.id}, ${message.role}: ${textOf(message)}`);

  const startedAtMs = performance.now();
  const run = await call<Run>(client, "create_run", { ...ids, assistant_id: assistant.id });
  print("Run", `${run.id} is ${run.status}`);
  const waited = await call<{ run: Run; messages: Message[] }>(client, "wait_for_run", {
    ...ids,
    run_id: run.id,
  });
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  print("", `${waited.run.status} after ${seconds} s${reasonOf(waited.run)}`);
  for (const answer of waited.messages) print("Answer", textOf(answer));

  const steps = await call<{ data: Step[] }>(client, "list_run_steps", { ...ids, run_id: run.id });
  for (const step of steps.data) print("Run step", `${step.id}: ${step.type}, ${step.status}`);
  printUsage(waited.run.usage);

  const turn = await call<{ status: string; response: string; usage: Run["usage"] }>(
    client,
    "ask_assistant",
    { ...ids, assistant_id: assistant.id, message: FOLLOW_UP },
  );
  console.log("\nThe same with one call, ask_assistant:");
  print("Message", FOLLOW_UP);
  print("Answer", turn.response);
  printUsage(turn.usage);
  const calling = await callFunction(client, { ...ids, assistant_id: assistant.id });
  const ends = [waited.run.status, turn.status, calling];
  if (ends.some((status) => status !== "completed")) {
    throw new Error(`Not all runs completed: ${ends.join(", ")}.`);
  }
}

/** Holds a turn in which the assistant calls a function; returns the status of the run. */
async function callFunction(
  client: Client,
  ids: { thread_id: string; assistant_id: string },
): Promise<string> {
  console.log("\nWith a function tool:");
  print("Message", CALLING);
  const { run_id, thread_id, required_action, status } = await call<Turn>(
    client,
    "ask_assistant",
    { ...ids, message: CALLING, tools: [GET_WEATHER] },
  );
  if (required_action === null) return `${status} without a call`;
  const { tool_calls } = required_action.submit_tool_outputs;
  const output = JSON.stringify(WEATHER);
  for (const { function: { name, arguments: args } } of tool_calls) {
    print("Call", `${name}(${args})`);
  }
  print("Output", output);

  const handle = { thread_id, run_id };
  const tool_outputs = tool_calls.map(({ id }) => ({ tool_call_id: id, output }));
  await call(client, "submit_tool_outputs", { ...handle, tool_outputs });
  const { run, messages } = await call<{ run: Run; messages: Message[] }>(
    client,
    "wait_for_run",
    handle,
  );
  for (const answer of messages) print("Answer", textOf(answer));
  printUsage(run.usage);
  return run.status + reasonOf(run);
}

async function call<T>(
  client: Client,
  name: string,
  args: Record<string, unknown>,
): Promise<T> {
  const result = await client.callTool({ name, arguments: args });
  if (result.isError) throw new Error(`${name} failed: ${JSON.stringify(result.content)}`);
  return result.structuredContent as T;
}

function textOf({ content }: Message): string {
  return content.map((part) => part.text?.value ?? `[${part.type}]`).join("\n");
}

function reasonOf({ last_error }: Run): string {
  return last_error === null ? "" : `: ${last_error.message}`;
}

function printUsage(usage: Run["usage"]): void {
  if (usage === null) return;
  const { prompt_tokens, completion_tokens, total_tokens } = usage;
  print("Tokens", `${prompt_tokens} in, ${completion_tokens} out, ${total_tokens} total`);
}

function print(label: string, text: string): void {
  console.log(`${label.padEnd(10)} ${text}`);
}

/** Returns the variables of this shell for the server: the model settings, and those of Deno. */
function inheritedEnv(): Record<string, string> {
  const model = ["OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"];
  // The cache of Deno, and its certificates for downloads.
  const deno = ["DENO_DIR", "DENO_CERT", "DENO_TLS_CA_STORE", "NODE_EXTRA_CA_CERTS"];
  const found = [...model, "DEFAULT_MODEL", ...deno].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(found);
}

/** Returns a client configuration that starts this clone with the same Deno, or with npx if that started it. */
function clientConfig(): string {
  const throughNpx = Deno.execPath().includes("_npx");
  const server = throughNpx
    ? { command: "npx", args: ["-y", `deno@${Deno.version.deno}`, ...serverArgs] }
    : { command: Deno.execPath(), args: serverArgs };
  const env = { OPENAI_API_KEY: "sk-..." };
  return JSON.stringify({ mcpServers: { assistants: { ...server, env } } }, null, 2);
}
