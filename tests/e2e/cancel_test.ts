import assert from "node:assert/strict";
import { gate, type ResponsesServer, text } from "../fakes/responses_server.ts";
import { objectOf, type TestClient } from "../kit/mcp_clients.ts";
import { testEveryClient } from "../kit/every_client.ts";
import { Notices } from "./_notices.ts";

testEveryClient({
  "cancelling ask_openai stops the upstream": cancelAnswer,
  "cancelling wait_for_run leaves the run alone": cancelWait,
});

async function cancelAnswer(client: TestClient, upstream: ResponsesServer): Promise<void> {
  for (const progress of [{}, new Notices()]) {
    const middle = gate();
    const script = text(["One, ", middle, "two."]);
    upstream.enqueue(script);
    const stop = new AbortController();
    const options = { ...progress, signal: stop.signal };
    const rejected = assert.rejects(client.callTool("ask_openai", { query: "Count." }, options));
    await middle.reached;
    await client.begun();
    stop.abort();
    await rejected;
    await script.gone;
  }
  const after = await client.callTool("ask_openai", { query: "Still there?" });
  assert.equal(objectOf(after).text, 'You said: "Still there?".');
}

async function cancelWait(client: TestClient, upstream: ResponsesServer): Promise<void> {
  const middle = gate();
  upstream.enqueue(text(["One, ", middle, "two."]));
  const started = await client.callTool("ask_assistant", { message: "Count.", wait_s: 0 });
  const { thread_id, run_id, status } = objectOf(started);
  assert.equal(status, "queued");
  await middle.reached;

  const stop = new AbortController();
  const notices = new Notices();
  const options = { ...notices, signal: stop.signal };
  const rejected = assert.rejects(client.callTool("wait_for_run", { thread_id, run_id }, options));
  await notices.said("\n");
  stop.abort();
  await rejected;

  middle.open();
  const waited = await client.callTool("wait_for_run", { thread_id, run_id });
  const { run, messages } = objectOf(waited);
  assert.equal(run.status, "completed");
  assert.equal(messages[0].content[0].text.value, "One, two.");
}
