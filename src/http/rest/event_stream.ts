/** An answer of server-sent events, one after the other as they come. */

import { EventBodies } from "../../transports/mod.ts";

/** How often a comment keeps what is between from closing a silent connection. */
const KEEP_ALIVE_MS = 15_000;

const bodies = new EventBodies(KEEP_ALIVE_MS);

export class EventStream {
  readonly #gone = new AbortController();
  readonly #body = bodies.open(() => {
    this.#gone.abort(new DOMException("The client has gone.", "AbortError"));
  });

  /** Aborted when the client goes or does not read, and at the end. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  send(event: string, data: object): void {
    this.#body.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  close(): void {
    this.#body.close();
  }

  response(): Response {
    return new Response(this.#body.stream, {
      headers: {
        "content-type": "text/event-stream",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      },
    });
  }
}
