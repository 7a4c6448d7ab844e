import assert from "node:assert/strict";
import { FatalError } from "../../src/shared/errors.ts";
import { storeToken } from "../../src/http/mod.ts";

Deno.test("storeToken() makes a token once, for the owner's eyes only", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const first = storeToken(`${folder}/data`);
    assert.equal(first.isNew, true);
    assert.match(first.token, /^[0-9a-f]{64}$/);
    assert.deepEqual(storeToken(`${folder}/data`), { ...first, isNew: false });
    const mode = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;
    assert.equal(mode(first.path), 0o600);
    assert.equal(mode(`${folder}/data`), 0o700);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("storeToken() says what to set when it cannot write", async () => {
  const file = await Deno.makeTempFile();
  try {
    assert.throws(() => storeToken(file), (error: unknown) => {
      assert.ok(error instanceof FatalError);
      assert.match(error.message, /^Cannot store the access token in .* Set MCP_AUTH_TOKEN/);
      return true;
    });
  } finally {
    await Deno.remove(file);
  }
});
