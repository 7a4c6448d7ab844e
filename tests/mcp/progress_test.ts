import assert from "node:assert/strict";
import fc from "fast-check";
import { Progress } from "../../src/mcp/progress.ts";

function recorder(): { sent: [number, string][]; progress: Progress } {
  const sent: [number, string][] = [];
  const progress = new Progress((count, message) => {
    sent.push([count, message]);
    return Promise.resolve();
  });
  return { sent, progress };
}

Deno.test("Progress sends the first text at once and collects the following", async () => {
  const { sent, progress } = recorder();
  progress.push("Hel");
  assert.deepEqual(sent, [[1, "Hel"]]);
  progress.push("lo ");
  progress.push("there");
  assert.equal(sent.length, 1);
  await progress.end();
  assert.deepEqual(sent, [[1, "Hel"], [2, "lo there"]]);
});

Deno.test("Progress loses no text and increases its count by one", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string(), { maxLength: 20 }), async (texts) => {
      const { sent, progress } = recorder();
      texts.forEach((text) => progress.push(text));
      await progress.end();
      assert.equal(sent.map(([, message]) => message).join(""), texts.join(""));
      assert.deepEqual(sent.map(([count]) => count), sent.map((_, index) => index + 1));
      assert.ok(sent.length <= 2);
    }),
    { numRuns: 30 },
  );
});

Deno.test("Progress sends nothing after its end, even if the client cannot be reached", async () => {
  let tries = 0;
  const progress = new Progress(() => {
    tries += 1;
    return Promise.reject(new Error("gone"));
  });
  progress.push("a");
  await progress.end();
  progress.push("b");
  await progress.end();
  assert.equal(tries, 1);
});
