/** docs/install.md: runs every command that can run here, and checks the names in the others. */

import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { bundle } from "../../scripts/bundle.ts";
import { TARGETS } from "../../scripts/compile.ts";
import { BUNDLE_URL, REPOSITORY } from "../../scripts/_published.ts";
import { ENVIRONMENT_NAMES } from "../../src/config/mod.ts";
import { VERSION } from "../../src/shared/version.ts";
import { MCPB } from "../kit/npx.ts";
import { StdioProcess, tempFolder } from "../kit/process.ts";
import { freePort } from "../kit/ports.ts";

const root = new URL("../../", import.meta.url);
const page = await Deno.readTextFile(new URL("docs/install.md", root));

/** The lines of all blocks of commands, by their first words. */
const commands = [...page.matchAll(/^```sh\n([^]*?)^```$/gm)]
  .flatMap(([, block = ""]) => block.trimEnd().split("\n"));

const RAW = `${REPOSITORY.replace("github.com", "raw.githubusercontent.com")}/v${VERSION}/`;

Deno.test("install.md: every command is one that these tests know", () => {
  const known = [
    /^deno run /,
    /^deno task (bundle|compile|smoke)\b/,
    /^sha256sum /,
    /^npx /,
    /^docker (build|run|compose) /,
  ];
  for (const command of commands) assert.ok(known.some((it) => it.test(command)), command);
});

Deno.test({
  name: "install.md: the URL forms serve, with the permissions that they name",
  // They name the data folder of Linux.
  ignore: Deno.build.os !== "linux",
  async fn(t) {
    await using folder = await tempFolder();
    const code = `${folder.path}/assistants-mcp.js`;
    await bundle(code);
    await using host = serve(code);
    const forms = commands.filter((command) => command.startsWith("deno run "));
    assert.equal(forms.length, 3);
    assert.ok(forms[0]?.endsWith(` ${BUNDLE_URL}`), forms[0]);
    for (const [index, form] of forms.entries()) {
      await t.step(form.replaceAll(/--allow\S+ /g, ""), async () => {
        const home = `${folder.path}/home-${index}`;
        await Deno.mkdir(home);
        const port = freePort();
        // The sources need packages that only this machine's own cache is sure to have.
        const cache = form.includes("--import-map") ? await denoDir() : `${folder.path}/cache`;
        const args = form.replaceAll(RAW, `${host.url}/`).replaceAll("$HOME", home)
          .replaceAll("8001", String(port)).split(" ").slice(1);
        const own = ["--offline", ...args.includes("--http") ? [`--port=${port}`] : []];
        await using server = new StdioProcess(
          { HOME: home, DENO_DIR: cache, DENO_NO_PROMPT: "1" },
          own,
          { startArgs: args, cwd: home },
        );
        if (args.includes("--http")) {
          const health = await answering(`http://127.0.0.1:${port}/health`);
          assert.equal(health.status, "healthy");
          server.child.kill("SIGTERM");
          await server.ended();
        } else {
          await server.initialize();
          const answer = await server.callTool("ask_assistant", { message: "Hello" });
          assert.equal(answer.structuredContent.status, "completed");
          await server.endInput();
          assert.equal((await server.ended()).code, 0);
        }
        assert.ok(await Deno.stat(`${home}/.local/share/assistants-mcp/offline.db`));
      });
    }
  },
});

Deno.test("install.md: tasks, targets and checksums are those that there are", () => {
  const tasks = commands.filter((command) => command.startsWith("deno task "));
  for (const command of tasks) {
    const [, , task = "", ...args] = command.split(" ");
    assert.ok(Object.hasOwn(config.tasks, task), command);
    if (task === "compile") { for (const arg of args) assert.ok(Object.hasOwn(TARGETS, arg), arg); }
  }
  assert.ok(tasks.includes(`deno task compile ${Object.keys(TARGETS).join(" ")}`));
  const binaries = commands.join("\n").matchAll(/assistants-mcp-([a-z]+-[a-z0-9]+)/g);
  for (const [, target = ""] of binaries) assert.ok(Object.hasOwn(TARGETS, target), target);
  const npx = commands.filter((command) => command.startsWith("npx "));
  for (const command of npx) {
    const [, task = ""] = /^npx -y deno@[\d.]+ task (\S+)$/.exec(command) ?? [];
    assert.ok(Object.hasOwn(config.tasks, task) || command.includes(` ${MCPB} `), command);
  }
});

Deno.test("install.md: the image's commands name what the Dockerfile and compose.yaml have", async () => {
  const dockerfile = await Deno.readTextFile(new URL("Dockerfile", root));
  const compose = await Deno.readTextFile(new URL("compose.yaml", root));
  for (const command of commands.filter((command) => command.startsWith("docker "))) {
    const target = / --target (\S+)/.exec(command)?.[1];
    if (target !== undefined) assert.match(dockerfile, new RegExp(`^FROM .* AS ${target}$`, "m"));
    for (const [, name = ""] of command.matchAll(/ -e ([A-Z_]+)/g)) {
      assert.ok(ENVIRONMENT_NAMES.includes(name), name);
    }
    const port = / -p \d+:(\d+)/.exec(command)?.[1];
    if (port !== undefined) assert.ok(dockerfile.includes(`EXPOSE ${port}\n`), command);
    const volume = / -v [a-z]+:(\S+)/.exec(command)?.[1];
    if (volume !== undefined) assert.ok(dockerfile.includes(`XDG_DATA_HOME=${volume}`), command);
    const service = /^docker compose .*up (\S+)$/.exec(command)?.[1];
    if (service !== undefined) assert.match(compose, new RegExp(`^  ${service}:$`, "m"));
  }
  for (const [, name = ""] of compose.matchAll(/^ {6}([A-Z_]+):/gm)) {
    assert.ok(ENVIRONMENT_NAMES.includes(name), name);
  }
});

/** The bundle and the sources at the paths that the page has them under. */
function serve(code: string): AsyncDisposable & { url: string } {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async ({ url }) => {
      const { pathname } = new URL(url);
      const path = pathname.startsWith("/dist/") ? code : new URL(`.${pathname}`, root);
      const type = pathname.endsWith(".json") ? "application/json" : "text/plain";
      return new Response(await Deno.readFile(path), { headers: { "content-type": type } });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/** What is answered there as soon as somebody listens. */
async function answering(url: string): Promise<{ status: string }> {
  for (;;) {
    try {
      return await (await fetch(url)).json();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
