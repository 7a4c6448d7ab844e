/** JSON bodies of requests outside MCP. */

import { ApiError } from "../../shared/errors.ts";
import { type BodyLimits, readBytes } from "../../transports/mod.ts";

/**
 * Reads a body with the content type of JSON as text, without parsing it. The text of an absent
 * body is empty.
 *
 * @throws {ApiError} 400 if the body is not UTF-8 or the connection breaks; 408, 413 or 415
 */
export async function readJsonText(request: Request, limits: BodyLimits): Promise<string> {
  const bytes = await readBytes(request, limits);
  if (bytes.length === 0) return "";
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json *(;|$)/i.test(type)) {
    const error = "Content-Type must be application/json.";
    throw new ApiError(error, { status: 415, code: "unsupported_media_type" });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw notJson();
  }
}

/**
 * Reads and parses a body. Returns undefined if it is absent.
 *
 * @throws {ApiError} like `readJsonText()`, and 400 if the body is not JSON
 */
export async function readJson(request: Request, limits: BodyLimits): Promise<unknown> {
  const text = await readJsonText(request, limits);
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw notJson();
  }
}

/**
 * Reads and parses a body that must be an object. Returns an empty one if it is absent.
 *
 * @throws {ApiError} like `readJson()`, and 422 if the body is not an object
 */
export async function readObject(
  request: Request,
  limits: BodyLimits,
): Promise<Record<string, unknown>> {
  const body = await readJson(request, limits) ?? {};
  if (typeof body === "object" && body !== null && !Array.isArray(body)) {
    return body as Record<string, unknown>;
  }
  throw new ApiError("The body must be a JSON object.", { status: 422, code: "invalid_type" });
}

function notJson(): ApiError {
  return new ApiError("The body is not JSON.", { status: 400, code: "invalid_json" });
}
