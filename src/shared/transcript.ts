/** A thread as Markdown, for people and models who read it as a text. */

import type OpenAI from "openai";

type Thread = OpenAI.Beta.Thread;
type Message = OpenAI.Beta.Threads.Message;

export interface TranscriptOptions {
  thread: Thread;
  /** In their order. */
  messages: readonly Message[];
  /** Whether the thread has earlier messages than these. */
  earlier: boolean;
}

/** The conversation under one heading a message; what is no text is named. */
export function markdownTranscript({ thread, messages, earlier }: TranscriptOptions): string {
  const head = [markdownHead(thread)];
  if (earlier) {
    head.push(`The last ${messages.length} messages; list_messages has the earlier ones.`);
  } else if (messages.length === 0) head.push("No messages.");
  return `${[...head, ...messages.map(markdownMessage)].join("\n\n").trimEnd()}\n`;
}

/** What stands above the messages: the thread itself. */
export function markdownHead({ id, created_at, metadata }: Thread): string {
  const pairs = Object.entries(metadata ?? {}).map(([key, value]) => `${key}: ${value}`);
  return [`# Thread ${id}`, `Created ${time(created_at)}.`, ...pairs].join("\n\n");
}

/** One message under a heading. */
export function markdownMessage(message: Message): string {
  const { id, role, created_at, assistant_id, content, attachments } = message;
  const who = role === "user" ? "User" : `Assistant${assistant_id ? ` ${assistant_id}` : ""}`;
  const files = (attachments ?? []).map(({ file_id }) => `Attached: ${file_id}`);
  return [
    `## ${who}, ${time(created_at)} (${id})`,
    ...content.map(partText),
    ...files,
    ...ending(message),
  ].filter((text) => text !== "").join("\n\n");
}

function partText(part: Message["content"][number]): string {
  switch (part.type) {
    case "text":
      return part.text.value;
    case "refusal":
      return `Refused: ${part.refusal}`;
    case "image_file":
      return `Image: ${part.image_file.file_id}`;
    case "image_url":
      return `Image: ${part.image_url.url.startsWith("data:") ? "inline" : part.image_url.url}`;
  }
}

function ending({ status, incomplete_details }: Message): string[] {
  if (status !== "incomplete") return [];
  return [`(incomplete: ${incomplete_details?.reason ?? "unknown"})`];
}

function time(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000", "");
}
