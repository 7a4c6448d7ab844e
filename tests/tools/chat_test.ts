/** Errors of ask_assistant use the names of its own arguments. */

import assert from "node:assert/strict";
import { start } from "../predecessors/_server.ts";

Deno.test("ask_assistant rejects a message that is empty or too long, without calling the model", async () => {
  await using started = await start();
  const { call, refusal, upstream } = started;
  const { id: thread_id } = await call("create_thread");
  for (const where of [{}, { thread_id }]) {
    for (
      const [message, says] of [["", /it is empty/], [" \n", /it is empty/], [
        "x".repeat(256_001),
        /^Invalid 'message': string too long/,
      ]] as const
    ) {
      const { text, fields } = await refusal("ask_assistant", { message, ...where });
      assert.match(text, says);
      assert.match(text, /Correct 'message' and call again/);
      assert.deepEqual([fields.status, fields.param], [400, "message"]);
    }
  }
  assert.equal(upstream.requests.length, 0);
  assert.deepEqual((await call("list_messages", { thread_id }))["data"], []);
});
