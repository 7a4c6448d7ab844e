/** What there is under `/v1`: the Assistants API, and of the rest of OpenAI's a closed list. */

import { MethodError } from "../../engine/objects/errors.ts";
import { ApiError } from "../../shared/errors.ts";

/** Where a request goes. */
export interface Place {
  /** Below `/v1`, decoded, with its query as it came. */
  path: string;
  /** Whether it is of the Assistants API, and its methods are for whoever answers that to know. */
  isAssistants: boolean;
  /** Whether it changes nothing. */
  reads: boolean;
}

/** What is passed on to the model server: methods by path, in which a colon stands for an id. */
export const PASSED_ON: Record<string, readonly string[]> = {
  "/models": ["GET"],
  "/models/:": ["GET"],
  "/responses": ["POST"],
  "/responses/compact": ["POST"],
  "/responses/input_tokens": ["POST"],
  "/responses/:": ["GET", "DELETE"],
  "/responses/:/cancel": ["POST"],
  "/responses/:/input_items": ["GET"],
  "/files": ["GET", "POST"],
  "/files/:": ["GET", "DELETE"],
  "/files/:/content": ["GET"],
  "/uploads": ["POST"],
  "/uploads/:/parts": ["POST"],
  "/uploads/:/complete": ["POST"],
  "/uploads/:/cancel": ["POST"],
  "/vector_stores": ["GET", "POST"],
  "/vector_stores/:": ["GET", "POST", "DELETE"],
  "/vector_stores/:/search": ["POST"],
  "/vector_stores/:/files": ["GET", "POST"],
  "/vector_stores/:/files/:": ["GET", "POST", "DELETE"],
  "/vector_stores/:/files/:/content": ["GET"],
  "/vector_stores/:/file_batches": ["POST"],
  "/vector_stores/:/file_batches/:": ["GET"],
  "/vector_stores/:/file_batches/:/cancel": ["POST"],
  "/vector_stores/:/file_batches/:/files": ["GET"],
  "/containers": ["GET", "POST"],
  "/containers/:": ["GET", "DELETE"],
  "/containers/:/files": ["GET", "POST"],
  "/containers/:/files/:": ["GET", "DELETE"],
  "/containers/:/files/:/content": ["GET"],
  "/images/generations": ["POST"],
  "/images/edits": ["POST"],
  "/images/variations": ["POST"],
};

/** What changes nothing although it is no GET. */
const READS = new Set(["/responses/input_tokens", "/vector_stores/:/search"]);

/** A name or an id: nothing that a server on the way could take for another path. */
const PART = /^(?!\.+$)[\w.:@+~=,-]{1,256}$/;

/**
 * The place of a request.
 *
 * @param url as it came: what parses a URL also mends it
 * @throws {ApiError} 400 for a path that is not plain, 404, 405
 */
export function placeOf(method: string, url: string): Place {
  const [whole = ""] = url.slice(url.indexOf("/", url.indexOf("://") + 3)).split("#", 1);
  const [pathname = "", query] = splitAt(whole, "?");
  const [root, version, ...raw] = pathname.split("/");
  if (root !== "" || version !== "v1" || raw.length === 0) throw notThere(method, pathname);
  const parts = raw.map(decode);
  if (!parts.every((part) => PART.test(part))) throw notPlain();
  const plain = `/${parts.join("/")}`;
  const path = query === undefined ? plain : `${plain}?${query}`;
  if (parts[0] === "assistants" || parts[0] === "threads") {
    return { path, isAssistants: true, reads: method === "GET" };
  }
  const shape = Object.hasOwn(PASSED_ON, plain)
    ? plain
    : `/${parts.map((part, index) => index % 2 === 1 ? ":" : part).join("/")}`;
  const methods = Object.hasOwn(PASSED_ON, shape) ? PASSED_ON[shape] : undefined;
  if (methods === undefined) throw notThere(method, pathname);
  if (!methods.includes(method)) throw new MethodError(method, pathname, methods);
  return { path, isAssistants: false, reads: method === "GET" || READS.has(shape) };
}

function splitAt(text: string, mark: string): [before: string, after: string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(part: string): string {
  if (!part.includes("%")) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

function notPlain(): ApiError {
  return new ApiError(
    "The path is not made of names and ids alone: it has an empty part, dots, or characters that " +
      "are of no id. (HINT: Perhaps an id is missing or undefined.)",
    { status: 400, code: "invalid_path" },
  );
}

function notThere(method: string, pathname: string): ApiError {
  return new ApiError(
    `Invalid URL (${method} ${pathname}). Under /v1 there are assistants and threads, and of the ` +
      "model server models, responses, files, uploads, vector_stores, containers and images.",
    { status: 404, code: "unknown_url" },
  );
}
