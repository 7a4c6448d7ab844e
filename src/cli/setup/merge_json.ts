/** Merging into a JSON file of another program, without changing its comments and layout. */

import { isDeepStrictEqual } from "node:util";
import {
  createScanner,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import type { Json, JsonObject } from "./clients.ts";
import { UneditableFileError } from "./uneditable_file.ts";

/** Members whose existing values are kept, because they may contain secrets of the user. */
const USER_MEMBERS = ["env", "headers"];

/** A replacement of a part of the text. */
interface Edit {
  offset: number;
  length: number;
  content: string;
}

/**
 * Returns the text with all members of `wanted`: adds and sets members of objects, and adds list
 * items whose `id` is missing. Everything else stays unchanged, byte for byte.
 *
 * @throws {UneditableFileError} for a text that is not JSON; comments and trailing commas are allowed
 */
export function mergeJson(text: string, wanted: JsonObject): string {
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  let merged = text.slice(mark.length);
  if (merged.trim() === "") return `${mark}${JSON.stringify(wanted, null, 2)}\n`;
  for (;;) {
    const edits = nextEdits({ text: merged, root: parsed(merged) }, wanted);
    if (edits === undefined) return mark + merged;
    for (const { offset, length, content } of edits.toReversed()) {
      merged = merged.slice(0, offset) + content + merged.slice(offset + length);
    }
  }
}

interface Document {
  text: string;
  root: Node;
}

function parsed(text: string): Node {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first !== undefined) {
    const reason = printParseErrorCode(first.error).replaceAll(/(?<=.)[A-Z]/g, " $&").toLowerCase();
    throw new UneditableFileError(text, first.offset, `it is not JSON (${reason})`);
  }
  if (root === undefined) throw new UneditableFileError(text, 0, "it is not JSON (no value)");
  return root;
}

/** Returns the edits that remove the first difference, in order; undefined if there is no difference. */
function nextEdits(document: Document, wanted: JsonObject): Edit[] | undefined {
  return difference(document, document.root, wanted, []);
}

function difference(
  document: Document,
  node: Node,
  wanted: Json,
  path: readonly string[],
): Edit[] | undefined {
  if (isObject(wanted) && node.type === "object" && !isOtherKind(node, wanted, path)) {
    for (const [key, value] of Object.entries(wanted)) {
      const found = memberOf(node, key);
      if (found === undefined) return insertion(document, node, `${JSON.stringify(key)}: `, value);
      if (USER_MEMBERS.includes(path.at(-1) ?? "")) continue;
      const edits = difference(document, found, value, [...path, key]);
      if (edits !== undefined) return edits;
    }
    return undefined;
  }
  if (Array.isArray(wanted) && path.length === 1 && node.type === "array") {
    const ids = node.children?.map((item) => idOf(getNodeValue(item))) ?? [];
    const missing = wanted.find((item) => !ids.includes(idOf(item)));
    return missing === undefined ? undefined : insertion(document, node, "", missing);
  }
  if (isDeepStrictEqual(getNodeValue(node), wanted)) return undefined;
  if (path.length < 2) {
    const what = path.length === 0 ? "the whole" : JSON.stringify(path[0]);
    const right = Array.isArray(wanted) ? "a list" : "an object";
    throw new UneditableFileError(document.text, node.offset, `${what} is not ${right}`);
  }
  const content = rendered(document, wanted, lineIndent(document.text, node.offset));
  return [{ offset: node.offset, length: node.length, content }];
}

/** Returns whether only one of the two entries has a command; the other has a URL. */
function isOtherKind(node: Node, wanted: JsonObject, path: readonly string[]): boolean {
  return path.length === 2 && (memberOf(node, "command") !== undefined) !== ("command" in wanted);
}

/** Returns the last member with a name, which is the effective one. */
function memberOf(node: Node, key: string): Node | undefined {
  return node.children?.findLast(({ children }) => children?.[0]?.value === key)?.children?.[1];
}

function idOf(item: unknown): unknown {
  return Object(item).id;
}

/** Returns the edits that append a member or an item. */
function insertion(document: Document, container: Node, name: string, value: Json): Edit[] {
  const { text } = document;
  const closing = container.offset + container.length - 1;
  const [first, last] = [container.children?.at(0), container.children?.at(-1)];
  const lastEnd = last === undefined ? container.offset + 1 : last.offset + last.length;
  const { end, hasComma } = contentEnd(text, lastEnd, closing);
  const outer = lineIndent(text, container.offset);
  const indent = (first && ownLineIndent(text, first.offset)) ?? outer + unitOf(document);
  const eol = eolOf(text);
  const closesOnItsLine = text.slice(end, closing).includes("\n");
  const content = eol + indent + name + rendered(document, value, indent) +
    (closesOnItsLine ? "" : eol + outer);
  const comma = last === undefined || hasComma ? "" : ",";
  return end === lastEnd
    ? [{ offset: end, length: 0, content: comma + content }]
    : [{ offset: lastEnd, length: 0, content: comma }, { offset: end, length: 0, content }];
}

/** Returns the end of the comments and the comma after the last member. */
function contentEnd(text: string, from: number, closing: number): {
  end: number;
  hasComma: boolean;
} {
  const scanner = createScanner(text);
  scanner.setPosition(from);
  let end = from;
  let hasComma = false;
  for (scanner.scan(); scanner.getTokenOffset() < closing; scanner.scan()) {
    const start = scanner.getTokenOffset();
    const token = text.slice(start, start + scanner.getTokenLength());
    if (token.trim() === "") continue;
    hasComma ||= token === ",";
    end = start + token.length;
  }
  return { end, hasComma };
}

function rendered(document: Document, value: Json, indent: string): string {
  return JSON.stringify(value, null, unitOf(document))
    .replaceAll("\n", eolOf(document.text) + indent);
}

/** Returns the indentation of one level. */
function unitOf({ text, root }: Document): string {
  const first = root.children?.[0];
  return (first && ownLineIndent(text, first.offset)) || "  ";
}

function eolOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/** Returns the white space at the beginning of a line. */
function lineIndent(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", offset - 1) + 1))?.[0] ?? "";
}

/** Returns the white space before `offset`, if nothing else precedes it on its line. */
function ownLineIndent(text: string, offset: number): string | undefined {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const before = text.slice(start, offset);
  return start > 0 && /^[ \t]*$/.test(before) ? before : undefined;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && !Array.isArray(value);
}
