/** Paths to operations. */

import { ApiError } from "../../shared/errors.ts";
import * as assistants from "./assistants.ts";
import { cancelRun } from "./cancel_run.ts";
import type { Operation, Params } from "./call.ts";
import { MethodError, wrongId } from "../objects/errors.ts";
import * as messages from "./messages.ts";
import * as runSteps from "./run_steps.ts";
import * as runs from "./runs.ts";
import { searchMessages } from "./search.ts";
import * as threads from "./threads.ts";
import { submitToolOutputs } from "./tool_outputs.ts";

type Method = "GET" | "POST" | "DELETE";
type Route = Partial<Record<Method, Operation>>;

/** By the shape of the path, in which a colon stands for an id. */
const ROUTES: Record<string, Route> = {
  "/assistants": { GET: assistants.listAssistants, POST: assistants.createAssistant },
  "/assistants/:": {
    GET: assistants.getAssistant,
    POST: assistants.modifyAssistant,
    DELETE: assistants.deleteAssistant,
  },
  "/threads": { GET: threads.listThreads, POST: threads.createThread },
  "/threads/runs": { POST: runs.createThreadAndRun },
  "/threads/search": { GET: searchMessages },
  "/threads/:": {
    GET: threads.getThread,
    POST: threads.modifyThread,
    DELETE: threads.deleteThread,
  },
  "/threads/:/messages": { GET: messages.listMessages, POST: messages.createMessage },
  "/threads/:/messages/batch": { POST: messages.createMessages },
  "/threads/:/messages/:": {
    GET: messages.getMessage,
    POST: messages.modifyMessage,
    DELETE: messages.deleteMessage,
  },
  "/threads/:/runs": { GET: runs.listRuns, POST: runs.createRun },
  "/threads/:/runs/:": { GET: runs.getRun, POST: runs.modifyRun },
  "/threads/:/runs/:/cancel": { POST: cancelRun },
  "/threads/:/runs/:/submit_tool_outputs": { POST: submitToolOutputs },
  "/threads/:/runs/:/steps": { GET: runSteps.listRunSteps },
  "/threads/:/runs/:/steps/:": { GET: runSteps.getRunStep },
};

/** The names of a path's ids by the segment before them, and how such an id begins. */
const IDS: Record<string, [name: keyof Params, prefix: string]> = {
  assistants: ["assistant_id", "asst"],
  threads: ["thread_id", "thread"],
  messages: ["message_id", "msg"],
  runs: ["run_id", "run"],
  steps: ["step_id", "step"],
};

export interface Routed {
  operation: Operation;
  params: Params;
  query: string;
}

/** The id in a path of the Files API; undefined for a path of another API. */
export function fileIdOf(url: string): string | undefined {
  const [, id] = /\/files\/(file-[^/]+)(?:\/content)?$/.exec(split(url).path) ?? [];
  return id && decode(id);
}

/** @throws {ApiError} 404 for an unknown path, 405 for a method that it has not, 400 for an id of another kind */
export function route(method: string, url: string): Routed {
  const { path, query } = split(url);
  const segments = path.split("/");
  const root = segments.findIndex((part) => part === "assistants" || part === "threads");
  const params = { assistant_id: "", thread_id: "", message_id: "", run_id: "", step_id: "" };
  const below = root < 0 ? [] : segments.slice(root);
  const routed = ROUTES[shapeOf(below)];
  if (routed === undefined) {
    throw new ApiError(`Invalid URL (${method} ${path})`, { status: 404 });
  }
  const operation = Object.hasOwn(routed, method) ? routed[method as Method] : undefined;
  if (operation === undefined) throw new MethodError(method, path, Object.keys(routed));
  readIds(below, params);
  return { operation, params, query };
}

/** A URL's path and its query, without the cost of parsing the rest. */
function split(url: string): { path: string; query: string } {
  const scheme = url.indexOf("://");
  const from = scheme < 0 ? 0 : url.indexOf("/", scheme + 3);
  const end = url.indexOf("#");
  const whole = url.slice(from < 0 ? url.length : from, end < 0 ? undefined : end);
  const mark = whole.indexOf("?");
  return mark < 0
    ? { path: whole, query: "" }
    : { path: whole.slice(0, mark), query: whole.slice(mark + 1) };
}

function shapeOf(segments: string[]): string {
  let shape = "";
  segments.forEach((segment, index) => {
    shape += index % 2 === 1 && segment !== "" && !isWord(segments, index) ? "/:" : `/${segment}`;
  });
  return shape;
}

/** What stands at the end of a path, where an id would, and is none. */
const WORDS = new Set(["threads/runs", "threads/search", "messages/batch"]);

function isWord(segments: string[], index: number): boolean {
  const isLast = index === segments.length - 1;
  return isLast && WORDS.has(`${segments[index - 1]}/${segments[index]}`);
}

function readIds(segments: string[], params: Params): void {
  for (let index = 1; index < segments.length; index += 2) {
    const [name, prefix] = IDS[segments[index - 1] ?? ""] ?? [];
    if (name === undefined || prefix === undefined || isWord(segments, index)) continue;
    const id = decode(segments[index] ?? "");
    if (!id.startsWith(prefix)) throw wrongId(name, id, prefix);
    params[name] = id;
  }
}

function decode(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
