/** Merging a server into the TOML file of Codex, without changing anything else. */

import { isDeepStrictEqual } from "node:util";
import { parse, stringify, TomlError, type TomlTable, type TomlValue } from "smol-toml";
import type { JsonObject } from "./clients.ts";
import { UneditableFileError } from "./uneditable_file.ts";

const TABLES = "mcp_servers";

/** Returns the text of a file without other content. */
export function tomlOf(wanted: JsonObject): string {
  return `${stringify(wanted).trim()}\n`;
}

/**
 * Returns the text with the server. Verifies that the result contains everything that the text did.
 *
 * @param wanted an object such as `{ mcp_servers: { name: … } }`
 * @throws {UneditableFileError} for a text that is not TOML, or that cannot be changed safely
 */
export function mergeToml(text: string, wanted: JsonObject): string {
  const [[name, entry] = ["", {}]] = Object.entries(Object(wanted[TABLES])) as [
    string,
    TomlTable,
  ][];
  const before = read(text);
  const servers = before[TABLES] ?? {};
  if (!isTable(servers)) throw uneditable(text, name);
  const existing = servers[name];
  const merged = isTable(existing) && ("command" in existing) === ("command" in entry)
    ? { ...existing, ...entry, ...variables(existing, entry) }
    : entry;
  const after: TomlTable = { ...before, [TABLES]: { ...servers, [name]: merged } };
  if (existing !== undefined && isSame(before, after)) return text;

  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const block = tomlOf({ [TABLES]: { [name]: merged } } as JsonObject).replaceAll("\n", eol);
  const changed = existing === undefined
    ? appended(text, block, eol)
    : replaced(text, name, block, eol);
  if (changed === undefined || !contains(changed, after)) throw uneditable(text, name);
  return changed;
}

function read(text: string): TomlTable {
  try {
    return parse(text, { integersAsBigInt: true });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split("\n")[0]?.replace(/^Invalid TOML document: /, "");
    const lines = text.split("\n").slice(0, error.line - 1);
    const offset = lines.reduce((sum, line) => sum + line.length + 1, 0) + error.column - 1;
    throw new UneditableFileError(text, offset, `it is not TOML (${reason})`);
  }
}

/** Returns the user's and the required names of variables to pass to the server. */
function variables(existing: TomlTable, entry: TomlTable): TomlTable {
  const [theirs, ours] = [existing.env_vars, entry.env_vars];
  if (!Array.isArray(theirs) || !Array.isArray(ours)) return {};
  return { env_vars: [...theirs, ...ours.filter((name) => !theirs.includes(name))] };
}

function appended(text: string, block: string, eol: string): string {
  const rest = text.trimEnd();
  return rest === "" ? text + block : `${rest}${eol}${eol}${block}`;
}

/** Returns the text with the block instead of the tables of that name; undefined without such tables. */
function replaced(text: string, name: string, block: string, eol: string): string | undefined {
  const key = (key: string) => `\\s*(?:${key}|"${key}"|'${key}')\\s*`;
  const own = new RegExp(`^\\s*\\[${key(TABLES)}\\.${key(name)}[.\\]]`);
  const lines = text.split(/\r?\n/);
  const kept: string[] = [];
  let position: number | undefined;
  for (let index = 0; index < lines.length;) {
    const line = lines[index] ?? "";
    if (!own.test(line)) {
      kept.push(line);
      index++;
      continue;
    }
    position ??= kept.length;
    const next = lines.findIndex((line, after) => after > index && /^\s*\[/.test(line));
    let end = next < 0 ? lines.length : next;
    // Comments before the next table belong to it.
    while (end > index + 1 && /^\s*(#|$)/.test(lines[end - 1] ?? "")) end--;
    index = end;
  }
  return position === undefined
    ? undefined
    : kept.toSpliced(position, 0, ...block.trimEnd().split(eol)).join(eol);
}

function contains(text: string, wanted: TomlTable): boolean {
  try {
    return isSame(read(text), wanted);
  } catch (error) {
    if (error instanceof UneditableFileError) return false;
    throw error;
  }
}

/** Compares tables by their text, because parsed tables have no prototype. */
function isSame(one: TomlTable, other: TomlTable): boolean {
  return isDeepStrictEqual(read(stringify(one)), read(stringify(other)));
}

function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Date);
}

function uneditable(text: string, name: string): UneditableFileError {
  const offset = Math.max(0, text.indexOf(TABLES));
  return new UneditableFileError(
    text,
    offset,
    `"${TABLES}" has a form into which "${name}" cannot be inserted safely; ` +
      "run setup without --write, and add the configuration manually",
  );
}
