/** What users of the first Python server had beside its tools: an inspector, and a reference page. */

import assert from "node:assert/strict";
import { tools } from "../../src/tools/mod.ts";
import { hasNpx } from "../kit/npx.ts";
import { tempFolder } from "../kit/process.ts";
import { freePort } from "../kit/ports.ts";

const ROOT = new URL("../../", import.meta.url);

// Row P1.6 of the predecessors.
Deno.test(
  "`deno task inspect` opens the Inspector on the server",
  { timeout: 120_000 },
  async (t) => {
    if (!await hasNpx()) {
      return void await t.step({ name: "npx is not there", ignore: true, fn() {} });
    }
    await using folder = await tempFolder();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["task", "-q", "inspect"],
      cwd: ROOT,
      env: {
        OPENAI_BASE_URL: "offline:",
        XDG_DATA_HOME: folder.path,
        MCP_AUTO_OPEN_ENABLED: "false",
        CLIENT_PORT: String(freePort()),
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      // A group of its own, which ends with what the task has started.
      detached: true,
    }).spawn();
    const errors = child.stderr.text();
    let said = "";
    for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
      said += piece;
      if (/http:\S+\?MCP_INSPECTOR_API_TOKEN=\w+\s/.test(said)) break;
    }
    const [url] = /http:\S+\?MCP_INSPECTOR_API_TOKEN=\w+/.exec(said) ??
      assert.fail(said + await errors);
    const page = await fetch(url);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<title>[^<]*Inspector/);
    await new Deno.Command("sh", { args: ["-c", `kill -TERM -${child.pid}`] }).output();
    await child.status;
    await errors;
    await assert.rejects(fetch(url));
  },
);

// Row P1.6 of the predecessors.
Deno.test("docs/tools.md has input, output, errors and an example of every tool", async () => {
  const page = await Deno.readTextFile(new URL("docs/tools.md", ROOT));
  for (const { name } of tools) {
    const [, section = ""] = new RegExp(`\n### ${name}\n([^]*?)(?=\n##|$)`).exec(page) ?? [];
    assert.match(section, /\n\| Argument|It takes no arguments/, name);
    for (const part of ["Result: ", "[Errors]", `"name": "${name}"`]) {
      assert.ok(section.includes(part), `${name}: ${part}`);
    }
  }
});
