import assert from "node:assert/strict";
import { stoppable } from "../../src/cli/data/_stoppable.ts";

const MIB = 1024 * 1024;

Deno.test("stoppable() does not retain items", async () => {
  function* megabytes() {
    for (let index = 0; index < 600; index++) yield new Uint8Array(MIB);
  }
  let most = 0;
  for await (const _ of stoppable(megabytes())) {
    most = Math.max(most, Deno.memoryUsage().external);
  }
  assert.ok(most < 400 * MIB, `${most}`);
});

Deno.test("stoppable() forwards errors of its items", async () => {
  async function* failing() {
    yield 1;
    await Promise.reject(new TypeError("broken"));
  }
  const items = stoppable(failing());
  assert.deepEqual(await items.next(), { done: false, value: 1 });
  await assert.rejects(items.next(), { message: "broken" });
});
