/** The roadmap of the TypeScript server, which it never came to; search, bulk and files stand beside this. */

import assert from "node:assert/strict";
import OpenAI from "openai";
import { upstreamSettings } from "../kit/every_client.ts";
import { startHttp, tempFolder } from "../kit/process.ts";
import { functionCalls, startResponsesServer, text } from "../fakes/responses_server.ts";

const SECRET = "whsec_" + new Uint8Array(24).fill(3).toBase64();

// Row P3.5 of the predecessors.
Deno.test("the official SDK streams and calls tools, and webhooks report run events", async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  await using receiver = startReceiver();
  await using server = await startHttp({
    ...upstreamSettings(folder, upstream),
    WEBHOOK_URL: receiver.url,
    WEBHOOK_SECRET: SECRET,
  });
  const client = new OpenAI({ apiKey: "any", baseURL: server.url.replace(/\/mcp$/, "/v1") });
  const assistant = await client.beta.assistants.create({
    model: "gpt-test",
    tools: [{ type: "function", function: { name: "get_weather" } }],
  });
  const thread = await client.beta.threads.create({
    messages: [{ role: "user", content: "Do I need a coat?" }],
  });
  upstream.enqueue(functionCalls([{ name: "get_weather", arguments: { city: "Oslo" } }]));
  const asked = await client.beta.threads.runs
    .stream(thread.id, { assistant_id: assistant.id }).finalRun();
  const [call] = asked.required_action?.submit_tool_outputs.tool_calls ?? [];
  assert.equal(call?.function.name, "get_weather");

  upstream.enqueue(text(["Take ", "a coat."]));
  const pieces: string[] = [];
  const answering = client.beta.threads.runs.submitToolOutputsStream(asked.id, {
    thread_id: thread.id,
    tool_outputs: [{ tool_call_id: call.id, output: "rain" }],
  }).on("textDelta", ({ value }) => pieces.push(value ?? ""));
  assert.equal((await answering.finalRun()).status, "completed");
  assert.equal(pieces.join(""), "Take a coat.");

  const told = [await receiver.next(), await receiver.next()];
  assert.deepEqual(told.map(({ type, data }) => [type, data.id]).sort(), [
    ["run.completed", asked.id],
    ["run.requires_action", asked.id],
  ]);
});

// Row P3.5 of the predecessors.
Deno.test("logs, metrics and documentation cover the whole interface", async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  const server = await startHttp({
    ...upstreamSettings(folder, upstream),
    ENVIRONMENT: "production",
  });
  const origin = server.url.replace(/\/mcp$/, "");
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(origin + path, init);
    assert.equal(response.status, 200, path);
    return { requestId: response.headers.get("x-request-id"), text: await response.text() };
  };
  const headers = { "content-type": "application/json" };
  const chat = await ask("/assistant/chat", {
    method: "POST",
    headers,
    body: JSON.stringify({ message: "Hello" }),
  });
  assert.match(
    (await ask("/metrics")).text,
    /^assistants_mcp_runs_total\{status="completed"\} 1$/m,
  );
  assert.equal(JSON.parse((await ask("/openapi.json")).text).openapi, "3.1.0");
  assert.match((await ask("/docs")).text, /\/assistant\/chat/);
  await server[Symbol.asyncDispose]();
  const lines = (await server.stderr).trim().split("\n").filter((line) => line.startsWith("{"));
  const records = lines.map((line) => JSON.parse(line));
  assert.ok(records.some((record) => JSON.stringify(record).includes(String(chat.requestId))));
});

interface Told {
  type: string;
  data: { id: string };
}

/** Who is told; each event is checked as OpenAI's SDK does. */
function startReceiver() {
  const events: Told[] = [];
  let arrived = Promise.withResolvers<void>();
  const sdk = new OpenAI({ apiKey: "none", webhookSecret: SECRET });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const body = await request.text();
    await sdk.webhooks.verifySignature(body, request.headers);
    events.push(JSON.parse(body));
    arrived.resolve();
    return new Response();
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    async next(): Promise<Told> {
      for (;;) {
        const event = events.shift();
        if (event) return event;
        await arrived.promise;
        arrived = Promise.withResolvers();
      }
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
