/** The body of a request, bounded in size and in the time it takes to come, for MCP and REST alike. */

import { joinBytes } from "../shared/bytes.ts";
import { ApiError } from "../shared/errors.ts";

export interface BodyLimits {
  maxBytes: number;
  /** How long a body may take to come, whatever its size. */
  timeoutMs: number;
}

/** The code of a body that has not come in time. */
export const TOO_SLOW = "body_too_slow";

/**
 * A body of so many bytes is read in one piece, which costs half; it takes memory before it comes,
 * and cannot be broken off.
 */
const ONE_PIECE = 64 * 1024;

/** @throws {ApiError} 408, 413, or 400 for a body that breaks off */
export async function readBytes(request: Request, limits: BodyLimits): Promise<Uint8Array> {
  const declared = Number(request.headers.get("content-length") ?? NaN);
  if (declared > limits.maxBytes) throw tooLarge(limits);
  const gone = new AbortController();
  const read = declared <= ONE_PIECE ? request.bytes() : readPieces(request, limits, gone.signal);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(tooSlow(limits)), limits.timeoutMs);
  try {
    return await Promise.race([read, late.promise]);
  } catch (error) {
    // What still comes is read by nobody.
    gone.abort();
    read.catch(() => {});
    throw error instanceof ApiError ? error : broken(error);
  } finally {
    clearTimeout(timer);
  }
}

async function readPieces(
  { body }: Request,
  limits: BodyLimits,
  gone: AbortSignal,
): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  gone.addEventListener("abort", cancel);
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
  const message = `The body is too large: at most ${maxBytes} bytes (MAX_BODY_MB).`;
  return new ApiError(message, { status: 413, code: "body_too_large" });
}

function tooSlow({ timeoutMs }: BodyLimits): ApiError {
  const message = `The body did not come within ${timeoutMs / 1000} s (BODY_TIMEOUT_S).`;
  return new ApiError(message, { status: 408, code: TOO_SLOW });
}

function broken(cause: unknown): ApiError {
  return new ApiError("The body broke off.", { status: 400, code: "body_broken", cause });
}
