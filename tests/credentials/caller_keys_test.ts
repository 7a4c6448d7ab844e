import assert from "node:assert/strict";
import { ApiError } from "../../src/shared/errors.ts";
import { CallerKeys } from "../../src/credentials/caller_keys.ts";
import type { Credential } from "../../src/gateway/mod.ts";

const MINUTE_MS = 60_000;
const KEY = "sk-ada-0123456789abcdef";

const refused = new ApiError("Incorrect API key provided.", { status: 401 });
const silent = new ApiError("Nobody there.", { status: 502 });

/** Keys at a model server whose answer and whose clock the test sets. */
function keysAt(upstream = "https://api.openai.com/v1") {
  const state = { answer: undefined as ApiError | undefined, asked: [] as string[], now: 0 };
  const keys = new CallerKeys({
    upstream,
    check(key = "") {
      state.asked.push(key);
      return Promise.resolve(state.answer);
    },
    clock: { now: () => state.now, after: () => () => {} },
  });
  return { keys, state };
}

async function admit(keys: CallerKeys, key = KEY): Promise<Credential> {
  return await keys.admit(key);
}

Deno.test("CallerKeys makes a tenant of the key and its server, and says neither", async () => {
  const { keys } = keysAt();
  const credential = await admit(keys);
  assert.match(credential.tenant, /^[0-9a-f]{32}$/);
  assert.equal(credential.apiKey, KEY);
  assert.equal(await admit(keys), credential);
  assert.deepEqual(keys.credentialOf(KEY), credential);
  assert.notEqual((await admit(keys, `${KEY}x`)).tenant, credential.tenant);
  assert.notEqual((await admit(keysAt("http://other/v1").keys)).tenant, credential.tenant);
});

Deno.test("CallerKeys asks at first, and again after five minutes", async () => {
  const { keys, state } = keysAt();
  await Promise.all([admit(keys), admit(keys)]);
  assert.equal(state.asked.length, 1);
  state.now = 5 * MINUTE_MS - 1;
  await admit(keys);
  assert.equal(state.asked.length, 1);
  state.now = 5 * MINUTE_MS;
  await admit(keys);
  assert.equal(state.asked.length, 2);
});

Deno.test("CallerKeys closes the door when a key that was good is refused", async () => {
  const { keys, state } = keysAt();
  await admit(keys);
  state.now = 5 * MINUTE_MS;
  state.answer = refused;
  await assert.rejects(admit(keys), refused);
  // A refusal holds for a minute.
  await assert.rejects(admit(keys), refused);
  assert.equal(state.asked.length, 2);
  state.now += MINUTE_MS;
  state.answer = undefined;
  await admit(keys);
  assert.equal(state.asked.length, 3);
});

Deno.test("CallerKeys lets in no key that nobody could check, and keeps none out that was good", async () => {
  const { keys, state } = keysAt();
  state.answer = silent;
  await assert.rejects(admit(keys), silent);
  state.answer = undefined;
  const credential = await admit(keys);
  state.now = 5 * MINUTE_MS;
  state.answer = silent;
  assert.equal(await admit(keys), credential);
  state.now += 30_000;
  state.answer = refused;
  await assert.rejects(admit(keys), refused);
});

Deno.test("CallerKeys does not forget good keys for guessed ones", async () => {
  const { keys, state } = keysAt();
  await admit(keys);
  state.answer = refused;
  for (let index = 0; index < 10_001; index++) {
    await assert.rejects(admit(keys, `sk-guess-${index}`));
  }
  const asked = state.asked.length;
  await admit(keys);
  assert.equal(state.asked.length, asked);
});

Deno.test("CallerKeys refuses what is no key without asking", async () => {
  const { keys, state } = keysAt();
  for (const key of ["", "a b", "a\nb", "a\0", "\u00e9", "x".repeat(1025)]) {
    await assert.rejects(admit(keys, key), { status: 401, code: "invalid_api_key" });
  }
  assert.deepEqual(state.asked, []);
});
