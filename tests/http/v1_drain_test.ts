import OpenAI from "openai";
import assert from "node:assert/strict";
import { drain } from "../../src/cli/serve/_http.ts";
import { upstreamSettings } from "../kit/every_client.ts";
import { serveHttp } from "../kit/http_server.ts";
import { refused, startHttp, tempFolder } from "../kit/process.ts";
import { gate, startResponsesServer, text } from "../fakes/responses_server.ts";

const options = { timeout: 20_000 };

Deno.test(
  "/v1: streams under way go on after SIGTERM, to their end",
  options,
  async () => {
    await using folder = await tempFolder();
    await using upstream = startResponsesServer();
    await using server = await startHttp(upstreamSettings(folder, upstream));
    const gates = [gate(), gate()];
    upstream.enqueue(...gates.map((middle) => text(["One, ", middle, "two."])));
    const openai = new OpenAI({ baseURL: new URL("/v1", server.url).href, apiKey: "any" });

    const assistant = await openai.beta.assistants.create({ model: "gpt-test" });
    const thread = await openai.beta.threads.create({
      messages: [{ role: "user", content: "Hi" }],
    });
    const run = openai.beta.threads.runs.stream(thread.id, { assistant_id: assistant.id });
    await gates[0]?.reached;
    const response = openai.responses.stream({ model: "gpt-test", input: "Hi" });
    await gates[1]?.reached;

    server.child.kill("SIGTERM");
    await refused(server.url);
    for (const { open } of gates) open();
    assert.equal((await run.finalRun()).status, "completed");
    assert.equal((await response.finalResponse()).output_text, "One, two.");
    assert.equal((await server.child.status).code, 0);
  },
);

Deno.test("/v1: a stream that goes on for too long is told why it ends", options, async () => {
  await using server = serveHttp();
  server.upstream.enqueue(text(["One, ", gate(), "two."]), text(["One, ", gate(), "two."]));
  const openai = new OpenAI({ baseURL: `${server.origin}/v1`, apiKey: "any" });
  const assistant = await openai.beta.assistants.create({ model: "gpt-test" });
  const run = openai.beta.threads.createAndRunStream({ assistant_id: assistant.id });
  const response = openai.responses.stream({ model: "gpt-test", input: "Hi" });
  await server.upstream.received(2);
  const ends = [run.finalRun(), response.finalResponse()].map((end) =>
    assert.rejects(end, /The server is shutting down/)
  );
  const { mcp, service: { calls }, backend } = server;
  await drain({ server, mcp, calls, backend }, 50);
  await Promise.all(ends);
});
