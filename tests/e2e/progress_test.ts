import assert from "node:assert/strict";
import { gate, type ResponsesServer, text } from "../fakes/responses_server.ts";
import { objectOf, type TestClient } from "../kit/mcp_clients.ts";
import { testEveryClient } from "../kit/every_client.ts";
import { Notices } from "./_notices.ts";

testEveryClient({ "the text comes as progress before the result": followText });

async function followText(client: TestClient, upstream: ResponsesServer): Promise<void> {
  const cases = [
    { tool: "ask_openai", args: { query: "Count." }, field: "text", statuses: "" },
    {
      tool: "ask_assistant",
      args: { message: "Count." },
      field: "response",
      statuses: "queued\nin_progress\n",
    },
  ];
  for (const { tool, args, field, statuses } of cases) {
    const [middle, end] = [gate(), gate()];
    upstream.enqueue(text(["One, ", middle, "two, ", "three.", end]));
    const notices = new Notices();
    let answered = false;
    const answering = client.callTool(tool, args, notices).finally(() => answered = true);
    await notices.said("One, ");
    middle.open();
    // Both SDKs may drop a notification that they read in one piece with the result.
    await notices.said("three.");
    await end.reached;
    assert.equal(answered, false);
    end.open();

    assert.equal(objectOf(await answering)[field], "One, two, three.");
    assert.equal(notices.text, `${statuses}One, two, three.`);
    assert.deepEqual(
      notices.all.map(({ progress, total }) => [progress, total]),
      notices.all.map((_, index) => [index + 1, undefined]),
    );
  }
}
