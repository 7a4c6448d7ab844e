/** Finds the operation of a request by its method and path. */

import { ApiError } from "../../shared/errors.ts";
import {
  type AssistantsOperation,
  assistantsPathIn,
  findRoute,
  operationFor,
  type Route,
  type RouteMatch,
} from "../../shared/openai_routes.ts";
import {
  createAssistant,
  deleteAssistant,
  getAssistant,
  listAssistants,
  modifyAssistant,
} from "./assistants.ts";
import { cancelRun } from "./cancel_run.ts";
import type { Operation, Params } from "./call.ts";
import { MethodError, wrongId } from "../objects/errors.ts";
import {
  createMessage,
  createMessages,
  deleteMessage,
  getMessage,
  listMessages,
  modifyMessage,
} from "./messages.ts";
import { getRunStep, listRunSteps } from "./run_steps.ts";
import { createRun, createThreadAndRun, getRun, listRuns, modifyRun } from "./runs.ts";
import { searchMessages } from "./search.ts";
import { createThread, deleteThread, getThread, listThreads, modifyThread } from "./threads.ts";
import { submitToolOutputs } from "./tool_outputs.ts";

const OPERATIONS: Record<AssistantsOperation, Operation> = {
  cancelRun,
  createAssistant,
  createMessage,
  createMessages,
  createRun,
  createThread,
  createThreadAndRun,
  deleteAssistant,
  deleteMessage,
  deleteThread,
  getAssistant,
  getMessage,
  getRun,
  getRunStep,
  getThread,
  listAssistants,
  listMessages,
  listRuns,
  listRunSteps,
  listThreads,
  modifyAssistant,
  modifyMessage,
  modifyRun,
  modifyThread,
  searchMessages,
  submitToolOutputs,
};

const ID_PREFIXES: Record<keyof Params, string> = {
  assistant_id: "asst",
  thread_id: "thread",
  message_id: "msg",
  run_id: "run",
  step_id: "step",
};

/** An operation with the parameters of its URL. */
export interface Routed {
  operation: Operation;
  params: Params;
  /** Without its question mark. */
  query: string;
}

/**
 * Finds the operation of a request.
 *
 * @throws {ApiError} 404 for an unknown path, 405 for a wrong method, 400 for an ID with a wrong prefix
 */
export function route(method: string, url: string): Routed {
  const { path, query } = splitUrl(url);
  const found = findRoute(assistantsPathIn(path) ?? "");
  if (found?.route.api !== "assistants") {
    throw new ApiError(`Invalid URL (${method} ${path})`, { status: 404 });
  }
  const operation = operationFor(found.route, method);
  if (operation === undefined) {
    throw new MethodError(method, path, Object.keys(found.route.operations));
  }
  return { operation: OPERATIONS[operation], params: readIds(found), query };
}

/** The route of a file, and the ID that it may have in this server. */
export interface FileMatch {
  route: Extract<Route, { api: "files" }>;
  id: string;
}

/** Finds the route of a file. Returns undefined for other paths, and for IDs of other servers. */
export function fileRoute(url: string): FileMatch | undefined {
  const { path } = splitUrl(url);
  const found = findRoute(path.slice(Math.max(0, path.lastIndexOf("/files/"))));
  const [id = ""] = found?.ids ?? [];
  if (found?.route.api !== "files" || !id.startsWith("file-")) return undefined;
  return { route: found.route, id: decode(id) };
}

/** Returns the path and query of a URL. Parsing all of it would take longer. */
function splitUrl(url: string): { path: string; query: string } {
  const scheme = url.indexOf("://");
  const from = scheme < 0 ? 0 : url.indexOf("/", scheme + 3);
  const end = url.indexOf("#");
  const pathAndQuery = url.slice(from < 0 ? url.length : from, end < 0 ? undefined : end);
  const mark = pathAndQuery.indexOf("?");
  return mark < 0
    ? { path: pathAndQuery, query: "" }
    : { path: pathAndQuery.slice(0, mark), query: pathAndQuery.slice(mark + 1) };
}

/** @throws {ApiError} 400 for an ID with a wrong prefix */
function readIds({ route, ids }: RouteMatch): Params {
  const params = { assistant_id: "", thread_id: "", message_id: "", run_id: "", step_id: "" };
  for (let index = 0; index < ids.length; index++) {
    const name = route.idNames[index] as keyof Params;
    const id = decode(ids[index] ?? "");
    if (!id.startsWith(ID_PREFIXES[name])) throw wrongId(name, id, ID_PREFIXES[name]);
    params[name] = id;
  }
  return params;
}

function decode(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
