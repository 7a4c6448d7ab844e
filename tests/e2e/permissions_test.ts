/**
 * Least privilege: what the server may do where it is started as `deno task start` starts it, which
 * is how every test of this folder starts it too.
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { denoArgs } from "../../scripts/start.ts";
import { loadConfig, permissionFlags } from "../../src/config/mod.ts";
import { minimalEnv, offline, StdioProcess, tempFolder } from "../kit/process.ts";

/** Where the probe's files and commands are, and the folders that are expected. */
const LINUX = Deno.build.os === "linux";

/** What a program tries that has the server's permissions and bad intentions. */
const PROBE = `
const tries = {
  readOther: () => Deno.readTextFile("/etc/passwd"),
  readProject: () => Deno.readTextFile(new URL("deno.json", "${new URL(
  "../../",
  import.meta.url,
)}")),
  writeOther: () => Deno.writeTextFile("probe.txt", ""),
  run: () => new Deno.Command("ls").output(),
  otherHost: () => Deno.connect({ hostname: "127.0.0.1", port: Number(Deno.args[0]) }),
  listen: () => Deno.listen({ port: 0 }),
  system: () => Deno.hostname(),
  ffi: () => Deno.dlopen("libc.so.6", {}),
  importCode: () => import("http://127.0.0.1:9/x.js"),
};
const results = { environment: Deno.env.get("PLANTED") ?? "unset" };
for (const [name, attempt] of Object.entries(tries)) {
  try {
    await attempt();
    results[name] = "done";
  } catch (error) {
    results[name] = error instanceof Deno.errors.NotCapable || /Requires .* access/.test(error.message)
      ? "refused"
      : String(error);
  }
}
console.log(JSON.stringify(results));
Deno.exit();
`;

const ALL_REFUSED = {
  environment: "unset",
  readOther: "refused",
  readProject: "refused",
  writeOther: "refused",
  run: "refused",
  otherHost: "refused",
  listen: "refused",
  system: "refused",
  ffi: "refused",
  importCode: "refused",
};

/** What came of the probe under these permissions. */
async function probe(flags: readonly string[]): Promise<Record<string, string>> {
  await using folder = await tempFolder();
  const cwd = folder.path;
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const path = `${cwd}/probe.js`;
  await Deno.writeTextFile(path, PROBE);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-prompt", "--no-config", ...flags, path, String(listener.addr.port)],
    cwd,
    env: { ...minimalEnv(), PLANTED: "secret" },
    clearEnv: true,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return JSON.parse(decoder.decode(stdout) || decoder.decode(stderr));
}

Deno.test({
  name: "under the permissions of its settings the server may do nothing else",
  ignore: !LINUX,
  async fn() {
    await using folder = await tempFolder();
    const config = (args: string[]) => {
      const loaded = loadConfig(args, { env: { ...minimalEnv(), ...offline(folder) } });
      assert.ok("config" in loaded);
      return loaded.config;
    };
    const settings = [
      [],
      ["--http", "--port=4321"],
      ["--openai-base-url=http://127.0.0.1:1/v1", `--file-dirs=${folder.path}`],
    ];
    for (const args of settings) {
      assert.deepEqual(await probe(permissionFlags(config(args))), ALL_REFUSED);
    }
  },
});

Deno.test({
  name: "the probe notices what is not refused",
  ignore: !LINUX,
  async fn() {
    const { importCode, ...results } = await probe(["--allow-all"]);
    assert.match(importCode ?? "", /refused|unreachable|error/i);
    assert.notEqual(importCode, "refused");
    assert.deepEqual(results, {
      environment: "secret",
      readOther: "done",
      readProject: "done",
      writeOther: "done",
      run: "done",
      otherHost: "done",
      listen: "done",
      system: "done",
      ffi: "done",
    });
  },
});

Deno.test({
  name: "denoArgs() grants the hosts and folders that the settings name",
  ignore: !LINUX,
  fn() {
    const env = { HOME: "/home/x", OPENAI_BASE_URL: "https://models.example/v1" };
    const project = fileURLToPath(new URL("../../", import.meta.url));
    const granted = (args: string[]) =>
      denoArgs(args, env).filter((arg) => /^--allow-(net|read|write)|^-P/.test(arg))
        .map((arg) => arg.replace(new RegExp(`[,=]${project}src,${project}deno.json$`), ""));
    const data = "/home/x/.local/share/assistants-mcp";
    assert.deepEqual(granted([]), [
      "--allow-net=models.example:443",
      `--allow-read=${data}`,
      `--allow-write=${data}`,
    ]);
    assert.deepEqual(
      granted([
        "--http",
        "--host=::1",
        "--database-url=sqlite:/db/x.db",
        "--image-output-dir=/images",
        "--file-dirs=/in,/also",
        "--env-file=my.env",
      ]),
      [
        "--allow-net=models.example:443,[::1]:8001",
        `--allow-read=/db,${data},/images,/in,/also,my.env`,
        `--allow-write=/db,${data},/images`,
      ],
    );
    assert.deepEqual(granted(["--offline", "--database-url=sqlite::memory:"]), ["--allow-read"]);
    assert.deepEqual(granted(["export", "all.jsonl"]), ["-P=serve"]);
    assert.throws(
      () => granted(["--image-output-dir=/a,b"]),
      /Deno's permission flags cannot contain "\/a,b", because commas .* use a path without a comma/,
    );
  },
});

Deno.test("deno task start serves with no more, and stops when it is told to", async () => {
  await using folder = await tempFolder();
  await using server = new StdioProcess({ ...offline(folder) }, ["--file-dirs", folder.path], {
    startArgs: ["task", "-q", "start"],
  });
  await server.initialize();
  const answer = await server.callTool("ask_assistant", { message: "Hello" });
  assert.equal(answer.structuredContent.status, "completed");
  await server.endInput();
  assert.equal((await server.ended()).code, 0);
});
