/** Request bodies within limits of size and time, for MCP and REST. */

import { joinBytes } from "../shared/bytes.ts";
import { ApiError } from "../shared/errors.ts";

/** The limits of a request body. */
export interface BodyLimits {
  maxBytes: number;
  /** Time limit for receiving the body, in milliseconds. */
  timeoutMs: number;
}

/** The error code of a body that did not arrive in time. */
export const BODY_TIMEOUT_CODE = "body_too_slow";

/**
 * Bodies up to this size are read in one piece, which takes half the time. Deno then allocates the
 * declared size at once, and the read cannot be cancelled.
 */
const ONE_PIECE_BYTES = 64 * 1024;

/**
 * Reads the body of a request.
 *
 * @throws {ApiError} 408 or 413 beyond the limits, 400 if the connection breaks
 */
export async function readBytes(request: Request, limits: BodyLimits): Promise<Uint8Array> {
  const declaredBytes = Number(request.headers.get("content-length") ?? NaN);
  if (declaredBytes > limits.maxBytes) throw tooLarge(limits);
  const abandoned = new AbortController();
  const read = declaredBytes <= ONE_PIECE_BYTES
    ? request.bytes()
    : readPieces(request, limits, abandoned.signal);
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(tooSlow(limits)), limits.timeoutMs);
  try {
    return await Promise.race([read, timeout.promise]);
  } catch (error) {
    // Stop reading, and ignore how the read ends.
    abandoned.abort();
    read.catch(() => {});
    throw error instanceof ApiError ? error : brokenBody(error);
  } finally {
    clearTimeout(timer);
  }
}

async function readPieces(
  { body }: Request,
  limits: BodyLimits,
  abandoned: AbortSignal,
): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  abandoned.addEventListener("abort", cancel);
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joinBytes(parts);
    length += value.length;
    if (length > limits.maxBytes) throw tooLarge(limits);
    parts.push(value);
  }
}

function tooLarge({ maxBytes }: BodyLimits): ApiError {
  const message = `The body is larger than ${maxBytes / 2 ** 20} MiB (MAX_BODY_MB).`;
  return new ApiError(message, { status: 413, code: "body_too_large" });
}

function tooSlow({ timeoutMs }: BodyLimits): ApiError {
  const message = `The body did not arrive within ${timeoutMs / 1000} s (BODY_TIMEOUT_S).`;
  return new ApiError(message, { status: 408, code: BODY_TIMEOUT_CODE });
}

function brokenBody(cause: unknown): ApiError {
  return new ApiError("The connection broke before the body was complete.", {
    status: 400,
    code: "body_broken",
    cause,
  });
}
