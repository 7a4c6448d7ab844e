/** The world of the model: what exists, as a client can see it. Objects have names instead of ids. */

import type { NewMessage, Rest } from "./_actions.ts";

export interface World {
  nowMs: number;
  /** How many names have been given. */
  named: number;
  assistants: Assistant[];
  threads: Thread[];
  /** Calls that were answered with a run's events, oldest first. */
  streams: Stream[];
}

export interface Assistant {
  name: string;
  gone: boolean;
  /** Whether it has the function tools. */
  tools: boolean;
}

export interface Thread {
  name: string;
  gone: boolean;
  created_at: number;
  metadata: Record<string, string>;
  messages: Message[];
  runs: Run[];
  /** The messages and the steps in the order in which they came. */
  order: string[];
}

export interface Message {
  name: string;
  role: string;
  status: string;
  text: string;
  reason: string | null;
  run: string | null;
  assistant: string | null;
  created_at: number;
  completed_at: number | null;
  incomplete_at: number | null;
  metadata: Record<string, string>;
}

export interface Stream {
  run: string;
  open: boolean;
  /** The events, of which deltas in a row count as one. */
  events: string[];
}

export interface Run {
  name: string;
  thread: string;
  assistant: string;
  status: string;
  /** Those of the required action. */
  calls: Call[] | null;
  error: string | null;
  incomplete: string | null;
  created_at: number;
  expires_at: number | null;
  started_at: number | null;
  completed_at: number | null;
  failed_at: number | null;
  cancelled_at: number | null;
  usage: number | null;
  metadata: Record<string, string>;
  steps: Step[];
  inner: Inner;
}

/** What no client sees of a run. */
export interface Inner {
  /** Whether it has the function tools. */
  tools: boolean;
  /** How often tool outputs have been submitted to it. */
  rounds: number;
  /** What has gone to and fro with the upstream in this run, in lines. */
  items: string[];
  /** The request at the upstream, while there is one. */
  turn: Turn | null;
  /** The steps that nobody is told of. */
  untold: string[];
}

/** What a client sees of a run itself. */
export type RunView = Omit<Run, "steps" | "inner">;

export interface Call {
  id: string;
  name: string;
  arguments: string;
}

export interface Step {
  name: string;
  status: string;
  /** Of a message creation. */
  message: string | null;
  /** Of tool calls; those of hosted tools have the tool's name and no arguments but code. */
  calls: (Call & { output: string | null })[] | null;
  error: string | null;
  created_at: number;
  completed_at: number | null;
  failed_at: number | null;
  cancelled_at: number | null;
  expired_at: number | null;
}

export interface Turn {
  /** Which request of the run it is, counted from zero. */
  round: number;
  /** What the upstream is asked: the messages, and this run's calls with their outputs. */
  asked: string[];
  /** What it is going to answer beyond what it has said; null before it has begun. */
  rest: Rest | null;
}

export function isHosted({ calls }: Step): boolean {
  return calls?.some(({ name }) => name === "file_search" || name === "code_interpreter") ?? false;
}

export function isActive({ status }: Run): boolean {
  return ["queued", "in_progress", "requires_action", "cancelling"].includes(status);
}

export function seconds({ nowMs }: World): number {
  return Math.floor(nowMs / 1000);
}

export function newName(world: World, kind: string): string {
  return `${kind}${world.named++}`;
}

export function addMessage(
  world: World,
  thread: Thread,
  { role, text }: NewMessage,
): Message {
  const now = seconds(world);
  const message: Message = {
    name: newName(world, "msg"),
    role,
    status: "completed",
    text,
    reason: null,
    run: null,
    assistant: null,
    created_at: now,
    completed_at: now,
    incomplete_at: null,
    metadata: {},
  };
  thread.messages.push(message);
  thread.order.push(message.name);
  return message;
}
