/** What the offline model answers: the same words to the same request, and always under its own name. */

import type OpenAI from "openai";
import type { Answer, Params } from "./_response_events.ts";
import { sample } from "./_sample_arguments.ts";

type FunctionTool = OpenAI.Responses.FunctionTool;

/** How the offline model is called where models are listed. */
export const OFFLINE_MODEL = "offline-model";

const INTRODUCTION = "This is the built-in offline model: it needs no key and no network, and " +
  "understands nothing.";

/** Calls the functions that the last message names, fills a JSON format, or speaks of the conversation. */
export function answer(params: Params): Answer {
  const seen = conversation(params.input);
  const inputTokens = tokens(pieces(JSON.stringify([params.instructions ?? "", params.input])));
  const calls = callsFor(params, seen).map(({ name, parameters }) => ({
    type: "function_call" as const,
    name,
    arguments: JSON.stringify(sample(parameters ?? {})),
  }));
  if (calls.length > 0) {
    const outputTokens = tokens(calls.flatMap((call) => [call.name, ...pieces(call.arguments)]));
    return { items: calls, cut: false, inputTokens, outputTokens };
  }
  const whole = pieces(inFormat(params, words(params, seen)));
  const part = upTo(params.max_output_tokens ?? Infinity, whole);
  return {
    items: [{ type: "message", pieces: part }],
    cut: part.length < whole.length,
    inputTokens,
    outputTokens: tokens(part),
  };
}

/** The conversation as far as the offline model looks at it. */
interface Conversation {
  /** What the user wrote, oldest first. */
  asked: string[];
  /** How many messages there are, of whatever role. */
  messages: number;
  /** How many images came with the last user message. */
  images: number;
  /** What functions have answered since the last user message. */
  outputs: { name: string; output: string }[];
}

function conversation(input: Params["input"]): Conversation {
  if (typeof input === "string") return { asked: [input], messages: 1, images: 0, outputs: [] };
  const seen: Conversation = { asked: [], messages: 0, images: 0, outputs: [] };
  const names = new Map<string, string>();
  for (const item of input ?? []) {
    if (item.type === "function_call") names.set(item.call_id, item.name);
    else if (item.type === "function_call_output") {
      const name = names.get(item.call_id ?? "") ?? "A function";
      const { output } = item;
      seen.outputs.push({ name, output: typeof output === "string" ? output : textOf(output) });
    } else if ("role" in item && "content" in item) {
      seen.messages++;
      if (item.role !== "user") continue;
      const content = item.content ?? "";
      seen.asked.push(typeof content === "string" ? content : textOf(content));
      seen.images = Array.isArray(content) ? content.filter(isImage).length : 0;
      seen.outputs = [];
    }
  }
  return seen;
}

function callsFor(params: Params, { asked, outputs }: Conversation): FunctionTool[] {
  const { tool_choice: choice = "auto" } = params;
  if (outputs.length > 0 || choice === "none") return [];
  const functions = (params.tools ?? []).filter((tool) => tool.type === "function");
  if (typeof choice === "object" && choice.type === "function") {
    return functions.filter(({ name }) => name === choice.name);
  }
  const last = asked.at(-1) ?? "";
  const named = functions.filter(({ name }) => wordsIn(last).has(name));
  const wanted = named.length > 0 || choice !== "required" ? named : functions.slice(0, 1);
  return params.parallel_tool_calls === false ? wanted.slice(0, 1) : wanted;
}

function words({ instructions }: Params, { asked, messages, images, outputs }: Conversation) {
  const [last, before] = asked.toReversed();
  const sentences = [INTRODUCTION];
  for (const { name, output } of outputs) sentences.push(`${name} answered ${quote(output)}.`);
  if (last !== undefined) sentences.push(`You wrote ${quote(last)}.`);
  if (images > 0) sentences.push(`${counted(images, "image")} came with it.`);
  if (before !== undefined) sentences.push(`Before that you wrote ${quote(before)}.`);
  sentences.push(`The conversation so far has ${counted(messages, "message")}.`);
  if (instructions) sentences.push(`My instructions are ${quote(instructions)}.`);
  return sentences.join(" ");
}

function inFormat({ text }: Params, answer: string): string {
  const format = text?.format;
  if (format?.type === "json_schema") return JSON.stringify(sample(format.schema, answer));
  return format?.type === "json_object" ? JSON.stringify({ answer }) : answer;
}

/** The text in the pieces in which it is streamed: words, each with the space after it. */
function pieces(text: string): string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}

/** A rough count: four characters are a token, and every word is at least one. */
function tokens(pieces: readonly string[]): number {
  return pieces.reduce((sum, piece) => sum + Math.ceil(piece.trimEnd().length / 4), 0);
}

function upTo(limit: number, pieces: readonly string[]): readonly string[] {
  let left = limit;
  const end = pieces.findIndex((piece) => (left -= tokens([piece])) < 0);
  return end === -1 ? pieces : pieces.slice(0, end);
}

function wordsIn(text: string): Set<string> {
  return new Set(text.match(/[\w-]+/g));
}

function textOf(parts: readonly object[]): string {
  return parts.map((part) => "text" in part ? String(part.text) : "").join("");
}

function isImage(part: { type: string }): boolean {
  return part.type === "input_image";
}

function quote(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return `"${line.length > 200 ? `${line.slice(0, 200)}…` : line}"`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
