/** The utility tools of the FastAPI gateway. */

import assert from "node:assert/strict";
import { start } from "./_server.ts";

// Row P4.4 of the predecessors.
Deno.test("echo and calculate work, and calculate rejects anything but arithmetic", async () => {
  await using started = await start({ TOOLSETS: "default,utility" });
  const { call, refusal, upstream } = started;
  const text = 'Grüße, "Welt"\n\u0000😀';
  assert.deepEqual(await call("echo", { text }), { text });
  assert.deepEqual(await call("calculate", { expression: "2 + 2 * 10" }), { result: 22 });
  assert.deepEqual(await call("calculate", { expression: "(1 + 2) ** 3 / 9" }), { result: 3 });
  for (
    const expression of [
      "__import__('os').system('touch /tmp/owned')",
      "open('/etc/passwd').read()",
      "Deno.exit()",
      "[x for x in (1,2)]",
    ]
  ) {
    const { text, fields } = await refusal("calculate", { expression });
    assert.match(text, /^Cannot calculate the expression: .* at position \d+/);
    assert.deepEqual([fields["status"], fields["param"]], [400, "expression"]);
  }
  // The server is still there, and nobody was asked.
  assert.deepEqual(await call("calculate", { expression: "1" }), { result: 1 });
  assert.equal(upstream.requests.length, 0);
});
