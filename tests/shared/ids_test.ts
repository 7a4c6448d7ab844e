import assert from "node:assert/strict";
import { newId } from "../../src/shared/ids.ts";

Deno.test("newId() is a prefix and 24 characters, all of them as likely as the others", () => {
  const counts = new Map<string, number>();
  const ids = new Set<string>();
  const total = 20_000;
  for (let i = 0; i < total; i++) {
    const id = newId("msg");
    assert.match(id, /^msg_[A-Za-z0-9]{24}$/);
    ids.add(id);
    for (const character of id.slice(4)) counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  assert.equal(ids.size, total);
  assert.equal(counts.size, 62);
  const expected = total * 24 / 62;
  let chiSquare = 0;
  for (const count of counts.values()) chiSquare += (count - expected) ** 2 / expected;
  // 61 degrees of freedom: above 140 once in a hundred million times.
  assert.ok(chiSquare < 140, `chi-square ${chiSquare}`);
});
