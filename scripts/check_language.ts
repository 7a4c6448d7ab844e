// deno-lint-ignore-file no-console -- command-line script
/**
 * `deno task language [PATH ...]`: finds banned phrases in the comments and strings of
 * the sources, and in the prose of README, CONTRIBUTING and docs. Prints `file:line: "phrase": write ...`
 * and exits with 1 if there are any. The default paths are the whole project.
 */

import { BANNED_PHRASES } from "./_banned_phrases.ts";

const ROOT = new URL("../", import.meta.url);

const PATHS = ["src", "scripts", "bench", "tests", "docs", "README.md", "CONTRIBUTING.md"];

/** Files that contain the phrases on purpose, and OpenAI's words. */
const EXCLUDED = [
  "docs/contract.md",
  "scripts/_banned_phrases.ts",
  "tests/check_language_test.ts",
];

/** Replaces code; it is neither white space nor a word, so no phrase extends across it. */
const CODE = "\u0001";

/** Comments, strings and template literals of TypeScript. */
const PROSE =
  /\/\*[^]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[^])*`/g;

/** A banned phrase in a file. */
export interface Finding {
  /** Counted from 1. */
  line: number;
  phrase: string;
  instead: string;
}

/**
 * Returns the banned phrases of a file in order.
 *
 * @param path selects the syntax: Markdown for `.md`, otherwise TypeScript
 */
export function findBannedPhrases(path: string, text: string): Finding[] {
  const prose = path.endsWith(".md") ? proseOfMarkdown(text) : proseOfTypeScript(text);
  const findings = BANNED_PHRASES.flatMap(({ pattern, instead }) =>
    [...prose.matchAll(pattern)].map(({ index, 0: phrase }) => ({
      line: text.slice(0, index).split("\n").length,
      phrase: phrase.replace(/\s+/g, " "),
      instead,
    }))
  );
  return findings.sort((a, b) => a.line - b.line);
}

/** Returns a text of the same length in which everything but comments and strings is masked. */
function proseOfTypeScript(text: string): string {
  let prose = "";
  let end = 0;
  let previous = "";
  for (const { index, 0: token } of text.matchAll(PROSE)) {
    const gap = text.slice(end, index);
    prose += isJoint(previous, gap, token) ? blank(gap) : mask(gap);
    prose += token.startsWith("/") ? withoutMarkers(token) : ` ${token.slice(1, -1)} `;
    end = index + token.length;
    previous = token;
  }
  return prose + mask(text.slice(end));
}

/** Returns whether a sentence may continue: in the next line comment, or in a concatenated string. */
function isJoint(previous: string, gap: string, next: string): boolean {
  const areLineComments = previous.startsWith("//") && next.startsWith("//");
  const areStrings = /^["'`]/.test(previous) && /^["'`]/.test(next);
  return areLineComments && /^\s*$/.test(gap) || areStrings && /^\s*\+\s*$/.test(gap);
}

/** Blanks the delimiters of a comment and the asterisks at the beginning of its lines. */
function withoutMarkers(comment: string): string {
  return comment.replace(/^\/\/|^\/\*\*?|\*\/$|^\s*\* ?/gm, blank);
}

function proseOfMarkdown(text: string): string {
  return text.replace(/^ *```[^]*?^ *```|`[^`\n]*`|\]\([^)\s]*\)|<!--[^]*?-->/gm, mask);
}

function mask(text: string): string {
  return text.replace(/[^\n]/g, CODE);
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

/** Yields the paths of all files to check, relative to the project. */
async function* filesIn(path: string): AsyncGenerator<string> {
  const { isDirectory } = await Deno.stat(new URL(path, ROOT));
  if (!isDirectory) {
    if (/\.(ts|md)$/.test(path) && !EXCLUDED.includes(path)) yield path;
    return;
  }
  for await (const { name } of Deno.readDir(new URL(path, ROOT))) yield* filesIn(`${path}/${name}`);
}

if (import.meta.main) {
  const paths = Deno.args.length > 0 ? Deno.args.map((path) => path.replace(/\/$/, "")) : PATHS;
  for (const root of paths) {
    for (const path of (await Array.fromAsync(filesIn(root))).toSorted()) {
      const text = await Deno.readTextFile(new URL(path, ROOT));
      for (const { line, phrase, instead } of findBannedPhrases(path, text)) {
        console.error(`${path}:${line}: "${phrase}": write ${instead}`);
        Deno.exitCode = 1;
      }
    }
  }
}
