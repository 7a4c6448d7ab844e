/** An answer of server-sent events, one after the other as they come. */

/** How often a comment keeps what is between from closing a silent connection. */
const KEEP_ALIVE_MS = 15_000;

export class EventStream {
  readonly #gone = new AbortController();
  readonly #encoder = new TextEncoder();
  readonly #body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #keepAlive: ReturnType<typeof setInterval>;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;

  constructor() {
    this.#body = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.#controller = undefined;
        this.close();
        this.#gone.abort(new DOMException("The client has gone.", "AbortError"));
      },
    });
    this.#keepAlive = setInterval(() => this.#write(": still there\n\n"), KEEP_ALIVE_MS);
  }

  /** Aborted when the client goes before the end. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  send(event: string, data: object): void {
    this.#write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  close(): void {
    clearInterval(this.#keepAlive);
    this.#controller?.close();
    this.#controller = undefined;
  }

  response(): Response {
    return new Response(this.#body, {
      headers: {
        "content-type": "text/event-stream",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      },
    });
  }

  #write(text: string): void {
    this.#controller?.enqueue(this.#encoder.encode(text));
  }
}
