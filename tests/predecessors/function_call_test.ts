import { LLMock } from "@copilotkit/aimock";
import assert from "node:assert/strict";
import { upstreamSettings } from "../kit/every_client.ts";
import { StdioProcess, tempFolder } from "../kit/process.ts";
import { objectOf } from "./_server.ts";

// aimock leaves a timer of its own behind.
// Row P1.4 of the predecessors.
Deno.test("a function call of an aimock fixture goes through requires_action and back", {
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  const mock = new LLMock({ port: 0 });
  const question = "How is the weather in Oslo?";
  mock.on({ userMessage: question, hasToolResult: false }, {
    toolCalls: [{ name: "get_weather", arguments: '{"city":"Oslo"}' }],
  });
  mock.on({ userMessage: question, toolResultContains: "snow" }, {
    content: "Take a warm coat, says the fixture.",
  });
  await mock.start();
  try {
    await using folder = await tempFolder();
    await using server = new StdioProcess(upstreamSettings(folder, { url: `${mock.url}/v1` }));
    await server.initialize();
    const tools = [{ type: "function", function: { name: "get_weather" } }];
    const asked = objectOf(await server.callTool("ask_assistant", { message: question, tools }));
    assert.equal(asked["status"], "requires_action", JSON.stringify(asked));
    const { thread_id, run_id, required_action } = asked;
    const [call] = required_action["submit_tool_outputs"]["tool_calls"];
    assert.deepEqual(call["function"], { name: "get_weather", arguments: '{"city":"Oslo"}' });

    await server.callTool("submit_tool_outputs", {
      thread_id,
      run_id,
      tool_outputs: [{ tool_call_id: call["id"], output: "snow, -4 C" }],
    });
    const { run, messages } = objectOf(
      await server.callTool("wait_for_run", { thread_id, run_id }),
    );
    assert.equal(run["status"], "completed", JSON.stringify(run["last_error"]));
    const [answer] = messages;
    assert.equal(
      answer["content"][0]["text"]["value"],
      "Take a warm coat, says the fixture.",
    );
  } finally {
    await mock.stop();
  }
});
