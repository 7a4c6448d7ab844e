/**
 * Server-sent events: the one writer of every response that stays open.
 *
 * One timer keeps all streams of a group alive. A stream never waits for its client: one that does
 * not read is dropped.
 */

import { type Clock, systemClock } from "./clock.ts";

/** Proxies close a connection that is silent for long. */
export const KEEP_ALIVE_MS = 15_000;

/**
 * A client with more unread bytes than this is dropped. Over HTTP+SSE the results of several calls
 * may be written at once, with images in them.
 */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;

const QUEUING = new ByteLengthQueuingStrategy({ highWaterMark: MAX_UNREAD_BYTES });

const encoder = new TextEncoder();
const KEEP_ALIVE = encoder.encode(": keep-alive\n\n");

/** The clock and interval of keep-alive comments. */
export interface EventStreamsOptions {
  /** @default The system clock. */
  clock?: Clock;
  /**
   * Milliseconds between two comments on a silent stream.
   *
   * @default 15 seconds.
   */
  keepAliveMs?: number;
}

/** The open streams that share one keep-alive timer. */
export class EventStreams {
  readonly #clock: Clock;
  readonly #keepAliveMs: number;
  readonly #open = new Set<EventStream>();
  #cancelTimer: (() => void) | undefined;

  constructor({ clock = systemClock, keepAliveMs = KEEP_ALIVE_MS }: EventStreamsOptions = {}) {
    this.#clock = clock;
    this.#keepAliveMs = keepAliveMs;
  }

  /**
   * Opens a stream.
   *
   * @param onEnd called once, when the stream is closed or aborted, or its client disconnects
   */
  open(onEnd: () => void): EventStream {
    const stream = new EventStream(() => {
      this.#open.delete(stream);
      if (this.#open.size === 0) this.#stopTimer();
      onEnd();
    });
    this.#open.add(stream);
    if (this.#cancelTimer === undefined) this.#startTimer();
    return stream;
  }

  /**
   * Opens a stream that forwards the bytes of `source`. Closing either closes both.
   *
   * @param onEnd as for `open()`
   */
  forward(source: ReadableStream<Uint8Array>, onEnd: () => void): EventStream {
    const reader = source.getReader();
    const stream = this.open(() => {
      reader.cancel().catch(() => {});
      onEnd();
    });
    const close = () => stream.close();
    copy(reader, stream).then(close, close);
    return stream;
  }

  #startTimer(): void {
    this.#cancelTimer = this.#clock.after(this.#keepAliveMs, () => {
      this.#startTimer();
      for (const stream of this.#open) stream.keepAlive();
    });
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}

/** One open stream. After its end, writing to it does nothing. */
export class EventStream {
  /** The response body that the client reads. */
  readonly body: ReadableStream<Uint8Array>;
  readonly #onEnd: () => void;
  /** Undefined after the end. */
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  /** @param onEnd called once at the end of the stream */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: () => this.#end(),
    }, QUEUING);
  }

  /** Whether the stream has not ended. */
  get isOpen(): boolean {
    return this.#controller !== undefined;
  }

  /**
   * Writes one event.
   *
   * @param data a string is written as it is, an object as JSON
   */
  send(event: string, data: string | object): void {
    const text = typeof data === "string" ? data : JSON.stringify(data);
    this.write(`event: ${event}\ndata: ${text}\n\n`);
  }

  /** Writes whole events or comments. */
  write(events: string | Uint8Array): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    // Aborting also frees the unread bytes.
    if ((controller.desiredSize ?? 0) <= 0) {
      return this.abort(new Error("The client does not read."));
    }
    controller.enqueue(typeof events === "string" ? encoder.encode(events) : events);
  }

  /** Writes a comment, unless the client still has something to read. */
  keepAlive(): void {
    if (this.#controller?.desiredSize === MAX_UNREAD_BYTES) this.write(KEEP_ALIVE);
  }

  /** Ends the stream after the written events. */
  close(): void {
    this.#controller?.close();
    this.#end();
  }

  /** Ends the stream at once with an error, and drops what the client has not read. */
  abort(reason: unknown): void {
    this.#controller?.error(reason);
    this.#end();
  }

  #end(): void {
    if (this.#controller === undefined) return;
    this.#controller = undefined;
    this.#onEnd();
  }
}

/** Tells whether a response is a stream of events. */
export function isEventStream(
  response: Response,
): response is Response & { body: ReadableStream<Uint8Array> } {
  const type = response.headers.get("content-type") ?? "";
  return response.body !== null && type.startsWith("text/event-stream");
}

async function copy(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  stream: EventStream,
): Promise<void> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    stream.write(value);
  }
}
