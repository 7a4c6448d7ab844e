/** Rules about each file of `src/`: documented exports, and a length that can be read in one go. */

import assert from "node:assert/strict";

/** A longer file states the reason in its head. */
const MAX_LINES = 250;
const REASON = /^\/\*\*[\s\S]*?\b(one table|one list|one schema)\b[\s\S]*?\*\//;

type Files = Record<string, string>;

/** The exported functions, classes and interfaces without JSDoc, as "path: name". */
function undocumented(files: Files): string[] {
  return Object.entries(files).flatMap(([path, text]) => {
    const lines = text.split("\n");
    return lines.flatMap((line, index) => {
      const declaration = /^export (?:async |abstract )*(?:function\*?|class|interface) (\w+)/.exec(
        line,
      );
      const isDocumented = lines[index - 1]?.trimEnd().endsWith("*/");
      return declaration && !isDocumented ? [`${path}: ${declaration[1]}`] : [];
    });
  });
}

/** The files over the limit whose head gives no reason. */
function tooLong(files: Files): string[] {
  return Object.entries(files)
    .filter(([, text]) => text.trimEnd().split("\n").length > MAX_LINES && !REASON.test(text))
    .map(([path]) => path);
}

async function readSource(): Promise<Files> {
  const root = new URL("../", import.meta.url);
  const files: Files = {};
  async function walk(folder: string): Promise<void> {
    for await (const entry of Deno.readDir(new URL(folder, root))) {
      const path = `${folder}${entry.name}`;
      if (entry.isDirectory) await walk(`${path}/`);
      else if (path.endsWith(".ts")) files[path] = await Deno.readTextFile(new URL(path, root));
    }
  }
  await walk("src/");
  return files;
}

Deno.test("every exported function, class and interface has JSDoc", async () => {
  assert.deepEqual(undocumented(await readSource()), []);
});

Deno.test("no source file is longer than 250 lines without a reason in its head", async () => {
  assert.deepEqual(tooLong(await readSource()), []);
});

Deno.test("the source rules find planted violations", () => {
  const documented = "/** Opens it. */\nexport async function open() {}\n";
  assert.deepEqual(undocumented({ "a.ts": documented }), []);
  const bare = "export function* walk() {}\nexport class Walker {}\nexport interface Step {}\n";
  assert.deepEqual(undocumented({ "a.ts": bare }), ["a.ts: walk", "a.ts: Walker", "a.ts: Step"]);
  const long = "const x = 1;\n".repeat(MAX_LINES + 1);
  assert.deepEqual(tooLong({ "a.ts": long }), ["a.ts"]);
  assert.deepEqual(tooLong({ "a.ts": `/** All codes: one table. */\n${long}` }), []);
  assert.deepEqual(tooLong({ "a.ts": "const x = 1;\n".repeat(MAX_LINES) }), []);
});
