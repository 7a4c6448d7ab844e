/** Threads as Markdown. */

import type OpenAI from "openai";

type Thread = OpenAI.Beta.Thread;
type Message = OpenAI.Beta.Threads.Message;

/** A thread and some of its messages. */
export interface TranscriptOptions {
  thread: Thread;
  /** Oldest first. */
  messages: readonly Message[];
  /** Whether the thread has messages before these. */
  hasEarlier: boolean;
}

/** Returns a thread as Markdown, with a heading for each message. Images and files are listed by ID. */
export function markdownTranscript({ thread, messages, hasEarlier }: TranscriptOptions): string {
  const head = [markdownHead(thread)];
  if (hasEarlier) {
    head.push(`The last ${messages.length} messages; list_messages has the earlier ones.`);
  } else if (messages.length === 0) head.push("No messages.");
  return `${[...head, ...messages.map(markdownMessage)].join("\n\n").trimEnd()}\n`;
}

/** Returns the part above the messages: ID, creation time and metadata of the thread. */
export function markdownHead({ id, created_at, metadata }: Thread): string {
  const pairs = Object.entries(metadata ?? {}).map(([key, value]) => `${key}: ${value}`);
  return [`# Thread ${id}`, `Created ${isoTime(created_at)}.`, ...pairs].join("\n\n");
}

/** Returns one message with its heading. */
export function markdownMessage(message: Message): string {
  const { id, role, created_at, assistant_id, content, attachments } = message;
  const who = role === "user" ? "User" : `Assistant${assistant_id ? ` ${assistant_id}` : ""}`;
  const files = (attachments ?? []).map(({ file_id }) => `Attached: ${file_id}`);
  return [
    `## ${who}, ${isoTime(created_at)} (${id})`,
    ...content.map(partText),
    ...files,
    ...incompleteNote(message),
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

function incompleteNote({ status, incomplete_details }: Message): string[] {
  if (status !== "incomplete") return [];
  return [`(incomplete: ${incomplete_details?.reason ?? "unknown"})`];
}

function isoTime(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().replace(".000", "");
}
