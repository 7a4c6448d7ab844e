/** The bundle as a binary: what it may do, what is in it, and that it serves where one can be made. */

import assert from "node:assert/strict";
import { bundle } from "../../scripts/bundle.ts";
import { compile, CompileError, ownTarget, TARGETS } from "../../scripts/compile.ts";
import { ENVIRONMENT_NAMES } from "../../src/config/mod.ts";
import { minimalEnv, tempFolder } from "../kit/process.ts";

const PERMISSIONS = {
  allow_env: ENVIRONMENT_NAMES,
  deny_env: null,
  ignore_env: [],
  allow_net: [],
  deny_net: null,
  allow_ffi: null,
  deny_ffi: null,
  allow_read: [],
  deny_read: null,
  ignore_read: null,
  allow_run: null,
  deny_run: null,
  allow_sys: null,
  deny_sys: null,
  allow_write: [],
  deny_write: null,
  deny_import: [],
  prompt: false,
};

/** Variables of the one who compiles, of which nothing may be left. */
const PLANTED = { OTEL_DENO: "true", OPENAI_API_KEY: "sk-planted-0123456789abcdef" };

Deno.test("the bundle passes the smoke test", async () => {
  await using folder = await tempFolder();
  const code = `${folder.path}/assistants-mcp.js`;
  await bundle(code);
  const start = ["run", "-q", "--no-prompt", "-A", "--no-config", code];
  assert.deepEqual(await smoke(Deno.execPath(), ...start), { code: 0, passed: true });
});

Deno.test("the smoke test fails on what is no such server", async () => {
  assert.deepEqual(await smoke(Deno.execPath(), "eval", "1"), { code: 1, passed: false });
});

const target = ownTarget();

Deno.test({
  name: "a binary has these permissions, and nothing of the machine that made it",
  ignore: target === undefined || Deno.build.os !== "linux",
  async fn() {
    assert.ok(target);
    await using folder = await tempFolder();
    const code = `${folder.path}/assistants-mcp.js`;
    await bundle(code);
    // Stands in for the runtime, which may be out of reach: only what is put behind it is looked at.
    const env = { ...Deno.env.toObject(), ...PLANTED, DENORT_BIN: Deno.execPath() };
    const path = await compile(code, target, { folder: folder.path, env });

    const binary = await Deno.readFile(path);
    const added = new TextDecoder("latin1").decode(
      binary.subarray((await Deno.stat(Deno.execPath())).size - 4096),
    );
    const metadata = JSON.parse(/\{"argv":\[\].*?"app_name":"[^"]*"\}/.exec(added)?.[0] ?? "");
    const { allow_import: _defaults, ...permissions } = metadata.permissions;
    assert.deepEqual(permissions, PERMISSIONS);
    assert.equal(metadata.app_name, "assistants-mcp");
    assert.equal(metadata.entrypoint_key, "assistants-mcp.js");
    assert.deepEqual(metadata.unstable_config.features, ["no-legacy-abort"]);
    assert.deepEqual(metadata.env_vars_from_env_file, {});
    assert.equal(metadata.otel_config.tracing_enabled, false);
    assert.equal(metadata.ca_data, null);
    for (const secret of [...Object.values(PLANTED).slice(1), folder.path, Deno.cwd()]) {
      assert.ok(!added.includes(secret), secret);
    }

    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", binary)).toHex();
    const name = path.slice(folder.path.length + 1);
    assert.equal(await Deno.readTextFile(`${path}.sha256`), `${hash}  ${name}\n`);
  },
});

Deno.test("where the runtime is out of reach, compile() says so in one line", async () => {
  await using folder = await tempFolder();
  const code = `${folder.path}/assistants-mcp.js`;
  await Deno.writeTextFile(code, "");
  const env = {
    ...minimalEnv(),
    DENO_DIR: `${folder.path}/cache`,
    HTTPS_PROXY: "http://127.0.0.1:9",
  };
  await assert.rejects(compile(code, "windows-x64", { folder: folder.path, env }), (error) => {
    assert.ok(error instanceof CompileError);
    assert.equal(
      error.message,
      "Cannot compile for windows-x64: Deno's runtime cannot be downloaded from dl.deno.land; " +
        `set DENORT_BIN to a denort ${Deno.version.deno} for it, or copy ` +
        `denort-${TARGETS["windows-x64"]}.zip to dl/release/v${Deno.version.deno} in DENO_DIR`,
    );
    return true;
  });
});

Deno.test("the binary of this machine passes the smoke test, where its runtime can be had", async () => {
  if (target === undefined) return;
  await using folder = await tempFolder();
  const code = `${folder.path}/assistants-mcp.js`;
  await bundle(code);
  let path: string;
  try {
    path = await compile(code, target, { folder: folder.path });
  } catch (error) {
    assert.match(error instanceof CompileError ? error.message : "", /cannot be downloaded/);
    // deno-lint-ignore no-console -- who reads the log has to know what was not tried
    console.warn("No binary was tried: Deno's runtime for compiled programs is out of reach.");
    return;
  }
  assert.deepEqual(await smoke(path), { code: 0, passed: true });
});

/** What `deno task smoke` says of a command. */
async function smoke(...command: string[]): Promise<{ code: number; passed: boolean }> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "-q", "smoke", ...command],
    env: minimalEnv(),
    clearEnv: true,
    stdin: "null",
    stderr: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  return {
    code,
    passed: /^assistants-mcp \d+\.\d+\.\d+: \d+ tools, and a conversation of/.test(text),
  };
}
