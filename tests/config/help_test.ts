import assert from "node:assert/strict";
import { parseEnv } from "node:util";
import { envExample, helpText, loadConfig, settingsTable } from "../../src/config/mod.ts";
import { commandEntries } from "../../src/config/commands.ts";
import { settingEntries } from "../../src/config/settings.ts";

Deno.test("helpText() fits 100 columns and names every setting, flag and default", () => {
  const help = helpText("serve");
  assertFits(help);
  for (const [name, setting] of settingEntries) {
    assert.match(help, new RegExp(`\\b${name}\\b`));
    const flag = new RegExp(`^  --${name.toLowerCase().replaceAll("_", "-")} `, "m");
    if (setting.secret) assert.doesNotMatch(help, flag);
    else assert.match(help, flag);
    const words = help.replaceAll(/\s+/g, " ");
    assert(words.includes(setting.default ?? setting.computedDefault ?? ""), name);
    assert(words.includes(setting.description), name);
  }
  for (const flag of ["--help", "--version", "--env-file", "--offline", "--http"]) {
    assert(help.includes(flag));
  }
  for (const [name] of commandEntries) assert.match(help, new RegExp(`^  ${name} `, "m"));
});

Deno.test("helpText() of a command names its flags and settings, and no others", () => {
  for (const [name, { flags, settings, operands }] of commandEntries) {
    const help = helpText(name);
    assertFits(help);
    assert(
      name === "serve" || help.includes(`Usage: assistants-mcp ${[name, ...operands].join(" ")} `),
    );
    for (const flag of Object.keys(flags)) assert.match(help, new RegExp(`^  --${flag}\\b`, "m"));
    for (const [setting, { secret }] of settingEntries) {
      const place = secret ? `^  ${setting}\\b` : `\\[${setting}[,\\]]`;
      const named = new RegExp(place, "m").test(help);
      assert.equal(named, settings === "all" || settings.includes(setting), `${name} ${setting}`);
    }
  }
});

Deno.test("helpText() shows examples that the parser accepts", () => {
  for (const [name] of commandEntries) {
    const examples = helpText(name).matchAll(/^ {2}assistants-mcp(.*?)(?: {2}.*)?$/gm);
    const commands = [...examples].map(([, line = ""]) => line.split(" ").filter(Boolean));
    assert(commands.length > 0);
    for (const args of commands) {
      assert.equal(loadConfig(args, { env: { HOME: "/home/ada" }, os: "linux" }).action, name);
    }
  }
});

function assertFits(help: string): void {
  for (const line of help.split("\n")) {
    assert(line.length <= 100, line);
    assert.equal(line, line.trimEnd());
  }
}

Deno.test("envExample() comments out every setting, and sets the defaults without the comments", () => {
  const example = envExample();
  assert.deepEqual({ ...parseEnv(example) }, {});
  const live = example.replaceAll(/^#(?=[A-Z_]+=)/gm, "");
  assert.deepEqual(Object.keys(parseEnv(live)), settingEntries.map(([name]) => name));
  const env = { HOME: "/home/ada" };
  const fromFile = loadConfig(["--env-file=.env"], { env, readFile: () => live, os: "linux" });
  const byDefault = loadConfig([], { env, os: "linux" });
  assert("config" in fromFile && "config" in byDefault);
  assert.deepEqual(fromFile.config, byDefault.config);
});

Deno.test("settingsTable() has a row per setting and aligned columns", () => {
  const [header = "", , ...rows] = settingsTable().split("\n");
  assert.equal(rows.length, settingEntries.length);
  for (const [index, row] of rows.entries()) {
    assert(row.startsWith(`| \`${settingEntries[index]?.[0]}\` `));
    assert.equal(row.length, header.length);
    assert.equal(row.split("|").length, header.split("|").length);
  }
});
