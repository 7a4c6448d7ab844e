import { LLMock } from "@copilotkit/aimock";
import assert from "node:assert/strict";
import { objectOf } from "../kit/mcp_clients.ts";
import { upstreamSettings } from "../kit/every_client.ts";
import { StdioProcess, tempFolder } from "../kit/process.ts";

// aimock leaves a timer of its own behind.
Deno.test("over stdio ask_assistant returns the text of an aimock fixture", {
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  const mock = new LLMock({ port: 0 });
  mock.onMessage("What is the capital of Norway?", { content: "Oslo, says the fixture." });
  mock.onMessage("And of Sweden?", { content: "Stockholm, says the fixture." });
  await mock.start();
  try {
    await using folder = await tempFolder();
    await using server = new StdioProcess(upstreamSettings(folder, { url: `${mock.url}/v1` }));
    await server.initialize();
    const first = objectOf(
      await server.callTool("ask_assistant", { message: "What is the capital of Norway?" }),
    );
    assert.deepEqual(
      [first.status, first.response],
      ["completed", "Oslo, says the fixture."],
    );
    const second = objectOf(
      await server.callTool("ask_assistant", {
        message: "And of Sweden?",
        thread_id: first.thread_id,
      }),
    );
    assert.equal(second.response, "Stockholm, says the fixture.");
    const answer = objectOf(await server.callTool("ask_openai", { query: "And of Sweden?" }));
    assert.equal(answer.text, "Stockholm, says the fixture.");
  } finally {
    await mock.stop();
  }
});
