/** Server-sent events: a run's events on the wire, as the Assistants API streams them. */

import { ApiError } from "../errors.ts";
import type { Core } from "./call.ts";
import { isLast, type Listener, type RunEvent } from "./events.ts";
import { errorBody, serverError } from "./http.ts";

/** Where the events of one stream go in. */
export interface Sink {
  /** Sends an event; after the last one of a run the stream ends by itself. */
  send: Listener;
  /** Ends the stream with an error. */
  fail(error: unknown): void;
}

/** Proxies drop a connection that is silent for long. */
const KEEP_ALIVE_MS = 15_000;

/**
 * A stream of what `source` sends. The source is started at once; what it returns is called when
 * the stream ends, or when its reader goes away.
 */
export function eventStream(
  { clock, closing }: Core,
  signal: AbortSignal,
  source: (sink: Sink) => () => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let open = true;
  let stopSource = () => {};
  let stopKeepAlive = () => {};
  let leave = () => {};

  function end(): void {
    open = false;
    stopKeepAlive();
    stopSource();
    signal.removeEventListener("abort", leave);
    closing.removeEventListener("abort", shutDown);
  }

  let shutDown = () => {};
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const write = (text: string) => controller.enqueue(encoder.encode(text));
      const finish = () => {
        write("event: done\ndata: [DONE]\n\n");
        end();
        controller.close();
      };
      const keepAlive = () => {
        write(": keep-alive\n\n");
        stopKeepAlive = clock.after(KEEP_ALIVE_MS, keepAlive);
      };
      const sink: Sink = {
        send(event) {
          if (!open) return;
          write(frame(event));
          if (isLast(event)) finish();
        },
        fail(error) {
          const told = error instanceof ApiError ? error : serverError(error);
          sink.send({ event: "error", data: errorBody(told).error });
        },
      };
      leave = () => {
        end();
        controller.error(signal.reason);
      };
      shutDown = () => sink.fail(shuttingDown());
      signal.addEventListener("abort", leave);
      closing.addEventListener("abort", shutDown);
      stopKeepAlive = clock.after(KEEP_ALIVE_MS, keepAlive);
      const stop = source(sink);
      // The source may have come to its end before it could be asked to stop.
      if (open) stopSource = stop;
      else stop();
    },
    cancel: end,
  });
}

/** The refusal of a server that is on its way out. */
export function shuttingDown(): ApiError {
  return new ApiError("The server is shutting down. Try again when it is back.", {
    status: 503,
    type: "server_error",
  });
}

function frame({ event, data }: RunEvent): string {
  // An error is nested: SDKs before the seventh version read no other form.
  const body = event === "error" ? { error: data } : data;
  return `event: ${event}\ndata: ${JSON.stringify(body)}\n\n`;
}
