/** A key that a model server repeats in what it streams. */

import assert from "node:assert/strict";
import { KeyFilter } from "../../src/gateway/key_filter.ts";

const KEY = "sk-sk-0123456789";
const TEXT = `data: "${KEY}"\n\ndata: "Grüße 👋 sk-sk-sk-0123456789 sk-sk-01234567 ${KEY}${KEY}`;
const CLEAN = `data: "[key]"\n\ndata: "Grüße 👋 sk-[key] sk-sk-01234567 [key][key]`;

function filtered(key: string | undefined, ...pieces: Uint8Array<ArrayBuffer>[]): string {
  const filter = new KeyFilter(key);
  const passed = [...pieces.map((piece) => filter.add(piece)), filter.rest()];
  const decoder = new TextDecoder();
  return passed.map((bytes) => decoder.decode(bytes, { stream: true })).join("");
}

Deno.test("KeyFilter finds the key wherever the bytes are cut, and passes on the rest", () => {
  const bytes = new TextEncoder().encode(TEXT);
  assert.equal(filtered(KEY, bytes), CLEAN);
  for (let at = 1; at < bytes.length; at++) {
    assert.equal(filtered(KEY, bytes.slice(0, at), bytes.slice(at)), CLEAN);
  }
  assert.equal(filtered(KEY, ...Array.from(bytes, (byte) => Uint8Array.of(byte))), CLEAN);
});

Deno.test("KeyFilter holds nothing back that can be no key", () => {
  const event = new TextEncoder().encode('data: {"delta": "sk-sk"}\n\n');
  assert.deepEqual(new KeyFilter(KEY).add(event), event);
});

Deno.test("KeyFilter leaves all as it is where there is no key, or none that is a secret", () => {
  const bytes = new TextEncoder().encode(TEXT);
  for (const key of [undefined, "", "data"]) assert.equal(filtered(key, bytes), TEXT);
});
