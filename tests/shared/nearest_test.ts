import assert from "node:assert/strict";
import { nearest } from "../../src/shared/nearest.ts";

Deno.test("nearest() finds slips of the hand and nothing else", () => {
  const names = ["limit", "order", "after", "before", "thread_id"];
  assert.equal(nearest("limti", names), "limit");
  assert.equal(nearest("Limit", names), "limit");
  assert.equal(nearest("threadId", names), "thread_id");
  assert.equal(nearest("ordre", names), "order");
  assert.equal(nearest("metadata", names), undefined);
  assert.equal(nearest("", names), undefined);
});
