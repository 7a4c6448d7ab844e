/** The paths under `/v1`: the Assistants API, and those that are forwarded to the model server. */

import { MethodError } from "../../engine/objects/errors.ts";
import { ApiError } from "../../shared/errors.ts";
import {
  findRoute,
  isAssistantsPath,
  operationFor,
  type OperationName,
} from "../../shared/openai_routes.ts";

/** A validated request target. */
export interface Target {
  /** The decoded path below `/v1`, with its query as received. */
  path: string;
  /** Whether the path belongs to the Assistants API, which checks paths and methods itself. */
  isAssistants: boolean;
  /** Whether the request changes nothing. */
  isReadOnly: boolean;
}

/** The operations that change nothing although they are POST requests. */
const READ_ONLY_POSTS = new Set<OperationName>(["countInputTokens", "searchVectorStore"]);

/** A name or an ID: nothing that another server could take for a different path. */
const SEGMENT = /^(?!\.+$)[\w.:@+~=,-]{1,256}$/;

/**
 * Resolves the target of a request.
 *
 * @param url as received, because parsing a URL also corrects it
 * @throws {ApiError} 400 for a path with invalid segments, 404, 405
 */
export function resolveTarget(method: string, url: string): Target {
  const [pathAndQuery = ""] = url.slice(url.indexOf("/", url.indexOf("://") + 3)).split("#", 1);
  const [pathname = "", query] = splitAt(pathAndQuery, "?");
  const [root, version, ...encoded] = pathname.split("/");
  if (root !== "" || version !== "v1" || encoded.length === 0) throw unknownUrl(method, pathname);
  const segments = encoded.map(decode);
  if (!segments.every((segment) => SEGMENT.test(segment))) throw invalidPath();
  const plainPath = `/${segments.join("/")}`;
  const path = query === undefined ? plainPath : `${plainPath}?${query}`;
  const isGet = method === "GET";
  if (isAssistantsPath(plainPath)) return { path, isAssistants: true, isReadOnly: isGet };
  const found = findRoute(plainPath);
  if (found === undefined) throw unknownUrl(method, pathname);
  const operation = operationFor(found.route, method);
  if (operation === undefined) {
    throw new MethodError(method, pathname, Object.keys(found.route.operations));
  }
  return { path, isAssistants: false, isReadOnly: isGet || READ_ONLY_POSTS.has(operation) };
}

function splitAt(text: string, mark: string): [before: string, after: string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return "";
  }
}

function invalidPath(): ApiError {
  return new ApiError(
    "Invalid path: a part is empty, consists of dots, or has a character that IDs do not contain. " +
      "(HINT: Perhaps an ID is missing or undefined.)",
    { status: 400, code: "invalid_path" },
  );
}

function unknownUrl(method: string, pathname: string): ApiError {
  return new ApiError(
    `Invalid URL (${method} ${pathname}). Under /v1 this server has assistants and threads, and ` +
      "forwards models, responses, files, uploads, vector_stores, containers and images.",
    { status: 404, code: "unknown_url" },
  );
}
