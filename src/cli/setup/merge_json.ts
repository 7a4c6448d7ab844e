/** Putting something into a JSON file of somebody else's, whose comments and layout stay as they are. */

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

/** Where what the person has written counts for more than what is wanted. */
const USER_MEMBERS = ["env", "headers"];

interface Edit {
  offset: number;
  length: number;
  content: string;
}

/**
 * The text with all that is wanted in it: members of objects are added and set, and list items
 * added by their `id`. What is there already stays as it is, byte for byte.
 *
 * @throws {UneditableFileError} for a text that is not JSON, even with comments and trailing commas
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
    const words = printParseErrorCode(first.error).replaceAll(/(?<=.)[A-Z]/g, " $&").toLowerCase();
    throw new UneditableFileError(text, first.offset, `it is not JSON (${words})`);
  }
  if (root === undefined) throw new UneditableFileError(text, 0, "it is not JSON (no value)");
  return root;
}

/** The edits, in their order, that remove the first difference; undefined where there is none. */
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

/** Whether a server that is started stands where one that is reached is wanted, or the other way round. */
function isOtherKind(node: Node, wanted: JsonObject, path: readonly string[]): boolean {
  return path.length === 2 && (memberOf(node, "command") !== undefined) !== ("command" in wanted);
}

/** The member that counts, where several have the name. */
function memberOf(node: Node, key: string): Node | undefined {
  return node.children?.findLast(({ children }) => children?.[0]?.value === key)?.children?.[1];
}

function idOf(item: unknown): unknown {
  return Object(item).id;
}

/** Adds a last member or item. */
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

/** Where comments and a comma after the last member end. */
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

/** By how much the text indents a level. */
function unitOf({ text, root }: Document): string {
  const first = root.children?.[0];
  return (first && ownLineIndent(text, first.offset)) || "  ";
}

function eolOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/** The white space at the beginning of the line. */
function lineIndent(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", offset - 1) + 1))?.[0] ?? "";
}

/** The same, where nothing else comes before on the line. */
function ownLineIndent(text: string, offset: number): string | undefined {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const before = text.slice(start, offset);
  return start > 0 && /^[ \t]*$/.test(before) ? before : undefined;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && !Array.isArray(value);
}
