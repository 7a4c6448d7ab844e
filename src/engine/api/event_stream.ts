/** The events of a run as the Assistants API streams them. */

import { ApiError } from "../../shared/errors.ts";
import type { Core } from "../runs/core.ts";
import { isLast, type RunEvent, type Source } from "../objects/events.ts";
import { errorBody, serverError } from "./http.ts";

/**
 * Returns a stream of the events that `source` sends. The source is started at once, and stopped
 * when the stream ends: after the last event, on an abort, or if the client goes or does not read.
 *
 * @param signal the request's: aborting it ends the stream with its reason
 */
export function eventStream(
  { streams, closing }: Pick<Core, "streams" | "closing">,
  signal: AbortSignal,
  source: Source,
): ReadableStream<Uint8Array> {
  let stopSource = () => {};
  const stream = streams.open(() => {
    stopSource();
    signal.removeEventListener("abort", abort);
    closing.removeEventListener("abort", shutDown);
  });

  function send(event: RunEvent): void {
    // Nested, because SDKs before version 7 read errors in no other form.
    const data = event.event === "error" ? { error: event.data } : event.data;
    stream.send(event.event, data);
    if (!isLast(event)) return;
    stream.send("done", "[DONE]");
    stream.close();
  }

  function fail(error: unknown): void {
    const { error: data } = errorBody(error instanceof ApiError ? error : serverError(error));
    send({ event: "error", data });
  }

  const abort = () => stream.abort(signal.reason);
  const shutDown = () => fail(shuttingDown());

  signal.addEventListener("abort", abort);
  closing.addEventListener("abort", shutDown);
  const stop = source({ send, fail });
  // The source may have sent its last event already.
  if (stream.isOpen) stopSource = stop;
  else stop();
  if (signal.aborted) abort();
  else if (closing.aborted) shutDown();
  return stream.body;
}

/** Returns the error for requests to an engine that is shutting down. */
export function shuttingDown(): ApiError {
  return new ApiError("The server is shutting down. Try again when it is back.", {
    status: 503,
    type: "server_error",
  });
}
