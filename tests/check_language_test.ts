/** The check of banned phrases: it finds planted violations, and accepts clean text. */

import assert from "node:assert/strict";
import { findBannedPhrases } from "../scripts/check_language.ts";

/** Returns the findings as `line: phrase`. */
function phrasesIn(path: string, ...lines: string[]): string[] {
  return findBannedPhrases(path, lines.join("\n")).map(({ line, phrase }) => `${line}: ${phrase}`);
}

Deno.test("findBannedPhrases() finds phrases in comments, JSDoc, strings and templates", () => {
  assert.deepEqual(
    phrasesIn(
      "a.ts",
      "/** Sends it, unless told otherwise. */",
      'const a = "Nobody knows what has become of it";',
      "const b = `the calls ${a} under way`;",
      "// a place in line",
    ),
    [
      "1: unless told",
      "2: what has become",
      "2: become of",
      "2: Nobody",
      "3: under way",
      "4: in line",
    ],
  );
});

Deno.test("findBannedPhrases() finds phrases that continue on the next line", () => {
  assert.deepEqual(
    phrasesIn("a.ts", "/**", " * Returns the default unless", " * told.", " */"),
    ["2: unless told"],
  );
  assert.deepEqual(phrasesIn("a.ts", "// As far", "// as possible."), ["1: As far as"]);
  assert.deepEqual(phrasesIn("a.ts", 'const a = "goes by " +', '  "itself";'), ["1: by itself"]);
});

Deno.test("findBannedPhrases() ignores code, and similar words", () => {
  assert.deepEqual(
    phrasesIn(
      "a.ts",
      "for (const word in line) until(nobodyElse, { beside: 1 });",
      '"besides", "standard", "in line with", "the deadline", "stand-alone", "on another line"',
      "// There is no key. The run is no longer active. The limit is over 20.",
    ),
    [],
  );
});

Deno.test("findBannedPhrases() checks the prose of Markdown, without code and links", () => {
  assert.deepEqual(
    phrasesIn(
      "a.md",
      "Whoever publishes it. `unless told`",
      "```",
      "nobody",
      "```",
      "[A link](https://example.com/nobody).",
      "All else stays.",
    ),
    ["1: Whoever", "6: All else"],
  );
});

Deno.test("check_language.ts prints file, line, phrase and replacement, and exits with 1", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/planted.ts`;
  await Deno.writeTextFile(path, "// Unless told.\n");
  assert.deepEqual(await check(folder), {
    code: 1,
    stderr: `${path}:1: "Unless told": write "by default", or @default\n`,
  });
  await Deno.writeTextFile(path, "// By default.\n");
  assert.deepEqual(await check(folder), { code: 0, stderr: "" });
  await Deno.remove(folder, { recursive: true });
});

/** Runs the script on a path. */
async function check(path: string): Promise<{ code: number; stderr: string }> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-prompt", "--allow-read", "scripts/check_language.ts", path],
    cwd: new URL("../", import.meta.url),
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}
