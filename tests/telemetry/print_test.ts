/** The output of commands on standard error contains no secret. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { minimalEnv, offline, runCommand, SERVER_ARGS, tempFolder } from "../kit/process.ts";

/** A secret without a recognizable format. */
const SECRET = "planted-secret-of-the-process";

Deno.test("a warning contains no secret of the settings", async () => {
  await using folder = await tempFolder();
  const { code, stderr } = await runCommand([`--env-file=/none/${SECRET}/sk-0123456789abcdef`], {
    ...offline(folder),
    OPENAI_API_KEY: SECRET,
  });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /The env file "\/none\/\[key\]\/\[key\]" does not exist/);
});

Deno.test("a startup error contains no secret of the settings", async () => {
  const { code, stderr } = await runCommand([`--database-url=sqlite:/proc/${SECRET}/x.db`], {
    OPENAI_API_KEY: SECRET,
  });
  assert.equal(code, 1);
  assert.match(stderr, /Cannot open the database "\/proc\/\[key\]\/x\.db"/);
  assert.ok(!stderr.includes(SECRET), stderr);
});

for (const where of ["in a promise", "in a callback"]) {
  Deno.test(`an error ${where} ends the process without printing a secret`, async () => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", fileURLToPath(import.meta.resolve("./_crash.ts")), SECRET, where],
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(stderr);
    assert.equal(code, 1);
    assert.match(text, /^assistants-mcp: unexpected error: Error: Outer \[key\]\./);
    assert.match(text, /header: "\[key\]"/);
    assert.ok(!text.includes(SECRET), text);
  });
}

Deno.test("a .env file in the working directory is not read", async () => {
  await using folder = await tempFolder();
  await Deno.writeTextFile(`${folder.path}/.env`, "PORT=none\nOPENAI_BASE_URL=none\n");
  const start = (args: string[]) =>
    new Deno.Command(Deno.execPath(), {
      args: [...SERVER_ARGS, ...args],
      cwd: folder.path,
      env: { ...minimalEnv(), ...offline(folder) },
      clearEnv: true,
      stdin: "null",
    }).output();
  assert.equal((await start([])).code, 0);
  assert.equal((await start(["--env-file=.env"])).code, 2);
});
