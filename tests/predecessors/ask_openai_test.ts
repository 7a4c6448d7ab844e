/** What users of the server for chat and images did. */

import assert from "node:assert/strict";
import { StdioProcess, tempFolder } from "../kit/process.ts";
import {
  gate,
  type ResponsesServer,
  startResponsesServer,
  status,
  text,
} from "../fakes/responses_server.ts";

// Row P5.1 of the predecessors.
Deno.test("ask-openai accepts query, model, temperature and max_tokens", async () => {
  await using chat = await openChat();
  const { server, upstream } = chat;
  upstream.enqueue(text("Paris."));
  const args = { query: "Capital of France?", model: "gpt-4", temperature: 0.7, max_tokens: 500 };
  const { result } = await server.request(1, "tools/call", { name: "ask-openai", arguments: args });
  assert.equal(result.structuredContent.text, "Paris.");
  assert.equal(result.structuredContent.status, "completed");
  const { body } = upstream.requests[0] ?? {};
  assert.deepEqual(
    [body?.input, body?.model, body?.temperature, body?.max_output_tokens],
    ["Capital of France?", "gpt-4", 0.7, 500],
  );

  const short = { name: "ask-openai", arguments: { query: "Hello" } };
  assert.ok((await server.request(2, "tools/call", short)).result.structuredContent.text);
  assert.equal(upstream.requests[1]?.body?.model, "gpt-6.1-terra");
});

// Row P5.1 of the predecessors.
Deno.test("ask-openai emits its answer as progress", async () => {
  await using chat = await openChat();
  const { server, upstream } = chat;
  const middle = gate();
  upstream.enqueue(text(["One, ", "two, ", middle, "three."]));
  await server.send({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "ask-openai", arguments: { query: "Count." }, _meta: { progressToken: "t" } },
  });
  let told = "";
  for (let count = 1;; count++) {
    const message = await server.next();
    if (message.id === 1) {
      assert.equal(message.result.structuredContent.text, "One, two, three.");
      break;
    }
    assert.equal(message.method, "notifications/progress");
    const { progressToken, progress } = message.params;
    assert.deepEqual([progressToken, progress], ["t", count]);
    told += message.params.message;
    // The answer is not complete before its first part was told.
    if (told === "One, two, ") middle.open();
  }
  assert.equal(told, "One, two, three.");
});

// Row P5.1 of the predecessors.
Deno.test("ask-openai returns within WAIT_S, and get-job returns the answer", async () => {
  await using chat = await openChat({ WAIT_S: "1" });
  const { server, upstream } = chat;
  const middle = gate();
  upstream.enqueue(text(["Once ", middle, "upon a time."]));
  const story = { name: "ask-openai", arguments: { query: "A story", max_tokens: 4000 } };
  const { result } = await server.request(1, "tools/call", story);
  const { job_id, ...rest } = result.structuredContent;
  assert.deepEqual(rest, { status: "in_progress", text: null, model: null, usage: null });
  middle.open();
  const fetched = await server.request(2, "tools/call", {
    name: "get-job",
    arguments: { job_id },
  });
  const job = fetched.result.structuredContent;
  assert.deepEqual([job.id, job.tool, job.status], [job_id, "ask_openai", "completed"]);
  assert.equal(job.result.text, "Once upon a time.");
});

// Row P5.1 of the predecessors.
Deno.test("ask-openai returns an upstream error in OpenAI's words", async () => {
  await using chat = await openChat();
  const { server, upstream } = chat;
  const message = "The model `gpt-3.5-turbo` does not exist or you do not have access to it.";
  upstream.enqueue(status(404, { body: { error: { message, code: "model_not_found" } } }));
  const args = { query: "Hello", model: "gpt-3.5-turbo" };
  const { result } = await server.request(1, "tools/call", { name: "ask-openai", arguments: args });
  assert.equal(result.isError, true);
  assert.ok(result.content[0].text.startsWith(`${message}\nlist_models shows`));
});

interface Chat extends AsyncDisposable {
  server: StdioProcess;
  upstream: ResponsesServer;
}

/** A server over standard streams, past its handshake. */
async function openChat(env: Record<string, string> = {}): Promise<Chat> {
  const folder = await tempFolder();
  const upstream = startResponsesServer();
  const server = new StdioProcess({
    OPENAI_API_KEY: "sk-test-0123456789",
    OPENAI_BASE_URL: upstream.url,
    DATABASE_URL: `sqlite:${folder.path}/test.db`,
    XDG_DATA_HOME: folder.path,
    ...env,
  });
  await server.initialize();
  return {
    server,
    upstream,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await upstream.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
