/** The JSON body of a REST request: bounded in size and in the time it takes to come. */

import { ApiError } from "../errors.ts";

/** How long a body may take, whatever its size. */
const BODY_MS = 60_000;

/**
 * The parsed body; undefined where there is none.
 *
 * @throws {ApiError} 400 for what is no JSON or does not come, 413, 415
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const bytes = await readBytes(request, maxBytes);
  if (bytes.length === 0) return undefined;
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json *(;|$)/i.test(type)) {
    const error = "Content-Type must be application/json.";
    throw new ApiError(error, { status: 415, code: "unsupported_media_type" });
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new ApiError("The body is not JSON.", { status: 400, code: "invalid_json" });
  }
}

/** The parsed body where it has to be an object; with none, an empty one. */
export async function readObject(
  request: Request,
  maxBytes: number,
): Promise<Record<string, unknown>> {
  const body = await readJson(request, maxBytes) ?? {};
  if (typeof body === "object" && body !== null && !Array.isArray(body)) {
    return body as Record<string, unknown>;
  }
  throw new ApiError("The body must be a JSON object.", { status: 422, code: "invalid_type" });
}

async function readBytes({ body }: Request, maxBytes: number): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(tooSlow()), BODY_MS);
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late.promise]);
      if (done) return joined(parts, length);
      length += value.length;
      if (length > maxBytes) throw tooLarge(maxBytes);
      parts.push(value);
    }
  } catch (error) {
    // What still comes is read by nobody.
    reader.cancel().catch(() => {});
    throw error instanceof ApiError ? error : broken(error);
  } finally {
    clearTimeout(timer);
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function tooLarge(maxBytes: number): ApiError {
  const message = `The body is too large: at most ${maxBytes} bytes (MAX_BODY_MB).`;
  return new ApiError(message, { status: 413, code: "body_too_large" });
}

function tooSlow(): ApiError {
  const message = `The body did not come within ${BODY_MS / 1000} s.`;
  return new ApiError(message, { status: 400, code: "body_too_slow" });
}

function broken(cause: unknown): ApiError {
  return new ApiError("The body broke off.", { status: 400, code: "body_broken", cause });
}
