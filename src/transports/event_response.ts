/**
 * Answers that stay open, one server-sent event after the other: one timer keeps all of them alive,
 * and none waits for a client that does not read.
 */

/**
 * A client that leaves more than this unread, in bytes, is not there any more. Over HTTP+SSE the
 * results of several calls may come at once, with images in them.
 */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;

const UNREAD = new ByteLengthQueuingStrategy({ highWaterMark: MAX_UNREAD_BYTES });

const encoder = new TextEncoder();
const KEEP_ALIVE = encoder.encode(": keepalive\n\n");

/** Those that are open. */
export class EventBodies {
  readonly #keepAliveMs: number;
  readonly #open = new Set<EventBody>();
  #keepAlive: ReturnType<typeof setInterval> | undefined;

  /** @param keepAliveMs how often a comment goes over each, so that nothing between takes it for dead */
  constructor(keepAliveMs: number) {
    this.#keepAliveMs = keepAliveMs;
  }

  /** @param ended called once, when this side has closed it or its client has gone */
  open(ended: () => void): EventBody {
    const body = new EventBody(() => {
      this.#open.delete(body);
      if (this.#open.size === 0) this.#stopKeepAlive();
      ended();
    });
    this.#open.add(body);
    this.#keepAlive ??= setInterval(() => {
      for (const body of this.#open) body.keepAlive();
    }, this.#keepAliveMs);
    return body;
  }

  /** The same for what somebody else writes; the end of either is the end of both. */
  passOn(source: ReadableStream<Uint8Array>, ended: () => void): EventBody {
    const reader = source.getReader();
    const body = this.open(() => {
      reader.cancel().catch(() => {});
      ended();
    });
    const close = () => body.close();
    copy(reader, body).then(close, close);
    return body;
  }

  #stopKeepAlive(): void {
    clearInterval(this.#keepAlive);
    this.#keepAlive = undefined;
  }
}

export class EventBody {
  /** What the client reads. */
  readonly stream: ReadableStream<Uint8Array>;
  readonly #ended: () => void;
  /** There till the end. */
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(ended: () => void) {
    this.#ended = ended;
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: () => this.#end(),
    }, UNREAD);
  }

  /** Writes whole events or comments; after the end, nothing. */
  write(events: string | Uint8Array): void {
    if (this.#controller === undefined) return;
    if ((this.#controller.desiredSize ?? 0) <= 0) {
      // What the client has not read goes, too.
      this.#controller.error(new Error("The client does not read."));
      return this.#end();
    }
    this.#controller.enqueue(typeof events === "string" ? encoder.encode(events) : events);
  }

  /** A client that has something to read needs no comment. */
  keepAlive(): void {
    if (this.#controller?.desiredSize === MAX_UNREAD_BYTES) this.write(KEEP_ALIVE);
  }

  close(): void {
    this.#controller?.close();
    this.#end();
  }

  #end(): void {
    if (this.#controller === undefined) return;
    this.#controller = undefined;
    this.#ended();
  }
}

/** Whether this is the answer of a stream that stays open. */
export function isEventStream(
  response: Response,
): response is Response & { body: ReadableStream<Uint8Array> } {
  const type = response.headers.get("content-type") ?? "";
  return response.body !== null && type.startsWith("text/event-stream");
}

async function copy(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  body: EventBody,
): Promise<void> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    body.write(value);
  }
}
