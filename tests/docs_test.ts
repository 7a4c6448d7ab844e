/** The documentation: generated texts are current, and everything that the pages name exists. */

import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import { derivedFiles } from "../scripts/docs.ts";
import { slug } from "../scripts/_markdown.ts";
import { isDefault } from "../scripts/_tools_guide.ts";
import { commandEntries } from "../src/config/commands.ts";
import { ENVIRONMENT_NAMES } from "../src/config/environment.ts";
import { flagName, settingEntries } from "../src/config/settings.ts";
import { aliasesOf } from "../src/mcp/names.ts";
import { tools } from "../src/tools/mod.ts";

const root = new URL("../", import.meta.url);

/** Variables of tests and clients. */
const OTHER_VARIABLES = ["CONTRACT_DIR", "DENORT_BIN", "DENO_DIR"];

const FLAGS = new Set([
  "--help",
  "--version",
  "--env-file",
  ...settingEntries.flatMap(([name, { secret, shorthand }]) => [
    ...secret ? [] : [`--${flagName(name)}`],
    ...shorthand ? [`--${shorthand.flag}`] : [],
  ]),
  ...commandEntries.flatMap(([, { flags }]) => Object.keys(flags).map((flag) => `--${flag}`)),
]);

/** Flags of other programs. */
const OTHER_FLAGS = [
  "--protocol-era",
  "--target",
  "--allow-env",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--ignore-env",
  "--import-map",
];

const TOOL_NAMES = new Set(tools.flatMap((tool) => [tool.name, ...aliasesOf(tool)]));

/** Names of result fields that look like names of tools. */
const OTHER_NAMES = ["search_query"];

/** Matches the start of a snake_case name that must be a tool's. */
const TOOL_VERB =
  /^(create|list|get|retrieve|modify|update|delete|cancel|submit|ask|wait_for|upload|edit|search)_/;

interface Page {
  path: string;
  text: string;
  /** Contents of code spans. */
  spans: string[];
  /** Contents of fenced blocks. */
  blocks: string[];
}

async function readPages(): Promise<Page[]> {
  const paths = ["README.md", "CONTRIBUTING.md"];
  for await (const { name } of Deno.readDir(new URL("docs/", root))) {
    if (name.endsWith(".md")) paths.push(`docs/${name}`);
  }
  return await Promise.all(
    paths.map(async (path) => pageOf(path, await Deno.readTextFile(new URL(path, root)))),
  );
}

function pageOf(path: string, text: string): Page {
  const fence = /^```.*\n([^]*?)^```$/gm;
  const blocks = [...text.matchAll(fence)].map(([, block = ""]) => block);
  const spans = [...text.replace(fence, "").matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);
  return { path, text, spans, blocks };
}

/** Returns the settings, flags, tools and tasks that a page names and the project does not have. */
function unknownNames({ spans, blocks }: Page): string[] {
  const code = [...spans, ...blocks].join("\n");
  const variables = [...ENVIRONMENT_NAMES, ...OTHER_VARIABLES];
  const words = code.match(/(?<![\w/])[A-Z][A-Z0-9]*(_[A-Z0-9]+)+(?!\w)/g) ?? [];
  const settings = words.filter((word) => !variables.includes(word));

  const ofServer = code.match(/(?<=task (-q )?start(:http)?\b.*)--[a-z][a-z-]*/g) ?? [];
  const alone = spans.flatMap((span) => span.match(/^--[a-z][a-z-]*/) ?? []);
  const flags = [...ofServer, ...alone].filter((flag) =>
    !FLAGS.has(flag) && !OTHER_FLAGS.includes(flag)
  );

  const names = spans.filter((span) => /^[a-z]+(_[a-z]+)+$/.test(span) && TOOL_VERB.test(span));
  const unknownTools = names.filter((name) => !TOOL_NAMES.has(name) && !OTHER_NAMES.includes(name));

  const tasks = [...code.matchAll(/\b(?:deno|deno@[\d.]+) task (?:-q )?([a-z][a-z:]*)/g)]
    .map(([, task = ""]) => task).filter((task) => !Object.hasOwn(config.tasks, task));
  return [...settings, ...flags, ...unknownTools, ...tasks];
}

/** Returns the anchors of a page's headings. */
function anchorsOf({ text }: Page): string[] {
  const headings = text.replace(/^```.*\n[^]*?^```$/gm, "").matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = ""]) => slug(heading));
}

/** Returns the relative links of a page that do not resolve. */
async function brokenLinks(page: Page, pages: readonly Page[]): Promise<string[]> {
  const broken: string[] = [];
  for (const [, link = ""] of page.text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(link)) continue;
    const [file = "", anchor] = link.split("#");
    const path = file === "" ? page.path : new URL(file, `file:///${page.path}`).pathname.slice(1);
    const target = pages.find((page) => page.path === path);
    const exists = target !== undefined || await isThere(path);
    const found = anchor === undefined ||
      target !== undefined && anchorsOf(target).includes(anchor);
    if (!exists || !found) broken.push(`${page.path}: ${link}`);
  }
  return broken;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(new URL(path, root));
    return true;
  } catch {
    return false;
  }
}

Deno.test("the generated texts are current", async () => {
  for (const { path, current, wanted } of await derivedFiles(root)) {
    assert.ok(current === wanted, `${path} is stale: run "deno task docs".`);
  }
});

Deno.test("every relative link in README, CONTRIBUTING and docs resolves", async () => {
  const pages = await readPages();
  const broken = await Promise.all(pages.map((page) => brokenLinks(page, pages)));
  assert.deepEqual(broken.flat(), []);
});

Deno.test("the README links every page", async () => {
  const [readme, ...pages] = await readPages();
  assert.ok(readme !== undefined && pages.length > 0);
  const unlinked = pages.filter(({ path }) => !readme.text.includes(`](${path})`));
  assert.deepEqual(unlinked.map(({ path }) => path), []);
});

Deno.test("every setting, flag, tool and task that the pages name exists", async () => {
  for (const page of await readPages()) assert.deepEqual(unknownNames(page), [], page.path);
});

Deno.test("the checks of the pages notice what does not exist", async () => {
  const page = pageOf(
    "docs/planted.md",
    "`OPENAI_KEY` `--ofline` `create_robot` `deno task fly` `WAIT_S=5` `--http` `get_run`\n" +
      "[a](missing.md) [b](#nowhere) [c](../README.md) [d](https://example.com/x.md)\n" +
      "# Here\n[e](#here)\n```sh\ndeno task start --prot 1 --port 1\n```\n",
  );
  assert.deepEqual(unknownNames(page), ["OPENAI_KEY", "--prot", "--ofline", "create_robot", "fly"]);
  assert.deepEqual(await brokenLinks(page, [page]), [
    "docs/planted.md: missing.md",
    "docs/planted.md: #nowhere",
  ]);
});

Deno.test("the README has at most 150 lines", async () => {
  const readme = await readReadme();
  assert.ok(readme.text.trimEnd().split("\n").length <= 150);
});

Deno.test("every command in the README is a task that needs npx only, and CI runs demo and test", async () => {
  const commands = commandsOf(await readReadme());
  const tasks = commands.flatMap((command) =>
    /^npx -y deno@2\.9\.6 task ([a-z:]+)/.exec(command)?.[1] ?? []
  );
  assert.deepEqual(commands.filter((command) => !command.startsWith("npx ")), [
    "cp .env.example .env",
  ]);
  assert.deepEqual(tasks.filter((task) => !Object.hasOwn(config.tasks, task)), []);
  assert.deepEqual([tasks.at(0), tasks.at(-1)], ["demo", "test"]);
  const ci = (await Deno.readTextFile(new URL(".ci/run", root)))
    .replaceAll("$deno", "npx -y deno@2.9.6");
  for (const task of ["demo", "test"]) assert.ok(ci.includes(`npx -y deno@2.9.6 task ${task}`));
});

Deno.test("the README counts the tools that are served by default", async () => {
  const count = tools.filter(({ toolset }) => isDefault(toolset)).length;
  assert.ok((await readReadme()).text.includes(` ${count} tools by default `));
});

Deno.test("the demo prints the lines that the README shows", async () => {
  const readme = await readReadme();
  const shown = readme.blocks.find((block) => block.startsWith("Server "))?.trimEnd().split("\n");
  const { OPENAI_API_KEY: _key, OPENAI_BASE_URL: _url, ...env } = Deno.env.toObject();
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "-q", "demo"],
    cwd: root,
    env,
    clearEnv: true,
  }).output();
  assert.ok(success);
  const printed = withoutIds(new TextDecoder().decode(stdout)).split("\n");
  assert.equal(shown?.length, 4);
  for (const line of shown) assert.ok(printed.includes(withoutIds(line)), line);
});

Deno.test("one version of Deno is named everywhere", async () => {
  const files = ["README.md", "CONTRIBUTING.md", ".ci/run", "Dockerfile"];
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(new URL(file, root))));
  const versions = texts.flatMap((text) => text.match(/(?<=deno[@:])\d+\.\d+\.\d+/g) ?? []);
  assert.deepEqual([...new Set(versions)], ["2.9.6"]);
});

async function readReadme(): Promise<Page> {
  return pageOf("README.md", await Deno.readTextFile(new URL("README.md", root)));
}

/** Returns the lines of a page's shell blocks, also of those in lists. */
function commandsOf({ text }: Page): string[] {
  return [...text.matchAll(/^ *```sh\n([^]*?)^ *```$/gm)].flatMap(([, block = ""]) =>
    block.trimEnd().split("\n").map((line) => line.trim())
  );
}

function withoutIds(text: string): string {
  return text.replaceAll(/\b([a-z]+)_[A-Za-z0-9]{24}\b/g, "$1_");
}
