/** The JSON body of a request that is none of MCP's. */

import { ApiError } from "../../shared/errors.ts";
import { type BodyLimits, readBytes } from "../../transports/mod.ts";

/**
 * The text of a body that is called JSON, empty where there is none; whether it is JSON is for
 * whoever reads it.
 *
 * @throws {ApiError} 400 for what is no text or breaks off, 408, 413, 415
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
 * The parsed body; undefined where there is none.
 *
 * @throws {ApiError} as `readJsonText`, and 400 for what is no JSON
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

/** The parsed body where it has to be an object; with none, an empty one. */
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
