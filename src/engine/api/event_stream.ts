/** Server-sent events: a run's events on the wire, as the Assistants API streams them. */

import { ApiError } from "../../shared/errors.ts";
import type { Core } from "../runs/core.ts";
import { isLast, type RunEvent, type Sink, type Source } from "../objects/events.ts";
import { errorBody, serverError } from "./http.ts";

/** Proxies drop a connection that is silent for long. */
const KEEP_ALIVE_MS = 15_000;

/** A reader that leaves more than this unread, in bytes, is not there any more. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;

/**
 * A stream of what `source` sends. The source is started at once, and stopped when the stream ends
 * or its reader goes away; for one that does not read, the stream breaks off.
 */
export function eventStream(
  core: Pick<Core, "clock" | "closing">,
  signal: AbortSignal,
  source: Source,
): ReadableStream<Uint8Array> {
  const wire = new Wire(core, signal);
  return new ReadableStream<Uint8Array>({
    start: (controller) => wire.open(controller, source),
    cancel: () => wire.stop(),
  }, new ByteLengthQueuingStrategy({ highWaterMark: MAX_UNREAD_BYTES }));
}

/** The refusal of a server that is on its way out. */
export function shuttingDown(): ApiError {
  return new ApiError("The server is shutting down. Try again when it is back.", {
    status: 503,
    type: "server_error",
  });
}

class Wire implements Sink {
  readonly #core: Pick<Core, "clock" | "closing">;
  readonly #signal: AbortSignal;
  readonly #encoder = new TextEncoder();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #stopSource = () => {};
  #callOffKeepAlive = () => {};

  constructor(core: Pick<Core, "clock" | "closing">, signal: AbortSignal) {
    this.#core = core;
    this.#signal = signal;
  }

  open(controller: ReadableStreamDefaultController<Uint8Array>, source: Source): void {
    this.#controller = controller;
    this.#signal.addEventListener("abort", this.#leave);
    this.#core.closing.addEventListener("abort", this.#shutDown);
    this.#keepAlive();
    const stop = source(this);
    // The source may have sent its last event before it could be asked to stop.
    if (this.#controller === undefined) stop();
    else this.#stopSource = stop;
    if (this.#signal.aborted) this.#leave();
    else if (this.#core.closing.aborted) this.#shutDown();
  }

  send(event: RunEvent): void {
    this.#write(frame(event));
    if (isLast(event)) this.#finish();
  }

  fail(error: unknown): void {
    const told = error instanceof ApiError ? error : serverError(error);
    this.send({ event: "error", data: errorBody(told).error });
  }

  stop(): void {
    this.#controller = undefined;
    this.#callOffKeepAlive();
    this.#stopSource();
    this.#signal.removeEventListener("abort", this.#leave);
    this.#core.closing.removeEventListener("abort", this.#shutDown);
  }

  #finish(): void {
    this.#write("event: done\ndata: [DONE]\n\n");
    const controller = this.#controller;
    this.stop();
    controller?.close();
  }

  #write(text: string): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    if ((controller.desiredSize ?? 0) > 0) return controller.enqueue(this.#encoder.encode(text));
    this.stop();
    // What has not been read goes, too.
    controller.error(new Error("The client does not read."));
  }

  #keepAlive(): void {
    this.#callOffKeepAlive = this.#core.clock.after(KEEP_ALIVE_MS, () => {
      this.#write(": keep-alive\n\n");
      this.#keepAlive();
    });
  }

  readonly #leave = () => {
    const controller = this.#controller;
    this.stop();
    controller?.error(this.#signal.reason);
  };

  readonly #shutDown = () => this.fail(shuttingDown());
}

function frame({ event, data }: RunEvent): string {
  // An error is nested: SDKs before the seventh version read no other form.
  const body = event === "error" ? { error: data } : data;
  return `event: ${event}\ndata: ${JSON.stringify(body)}\n\n`;
}
