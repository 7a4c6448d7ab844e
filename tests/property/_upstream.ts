/** An upstream under the SDK's fetch that says what it is told to, one event after the other. */

import OpenAI from "openai";
import type { ResponseEvent, Said } from "./_actions.ts";

export class Upstream implements Disposable {
  readonly client: OpenAI;
  /** Every request for a response, by the instructions in it. */
  readonly #turns = new Map<string, Turn[]>();

  constructor() {
    this.client = new OpenAI({
      apiKey: "sk-upstream-secret-0123456789",
      baseURL: "http://upstream/v1",
      maxRetries: 0,
      fetch: (url, init) => this.#fetch(String(url), init ?? {}),
    });
  }

  turnsOf(instructions: string): readonly Turn[] {
    return this.#turns.get(instructions) ?? [];
  }

  /** Breaks off whatever is still listened to. */
  [Symbol.dispose](): void {
    for (const turns of this.#turns.values()) for (const turn of turns) turn.abort();
  }

  #fetch(url: string, init: RequestInit): Promise<Response> {
    if (!url.endsWith("/responses")) return Promise.resolve(new Response(null, { status: 404 }));
    const body = JSON.parse(String(init.body));
    const turn = new Turn(body, init.signal);
    this.#turns.set(body.instructions, [...this.turnsOf(body.instructions), turn]);
    return turn.response;
  }
}

/** One request, and the answer as far as it has been given. */
export class Turn {
  readonly #response = Promise.withResolvers<Response>();
  readonly #gone = Promise.withResolvers<void>();
  #isGone = false;
  #body: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Resolves when the reader has done with all that it has got, and asks for more. */
  #asked = Promise.withResolvers<void>();
  #given = Promise.withResolvers<void>();

  constructor(readonly request: { input: unknown }, signal: AbortSignal | null | undefined) {
    if (signal?.aborted) this.abort(signal.reason);
    else signal?.addEventListener("abort", () => this.abort(signal.reason), { once: true });
  }

  abort(reason: unknown = new TypeError("The upstream is closed.")): void {
    this.#response.reject(reason);
    this.#body?.error(reason);
    this.#leave();
  }

  get response(): Promise<Response> {
    return this.#response.promise;
  }

  /** Whether nobody listens any more, or nothing is left to say. */
  get over(): boolean {
    return this.#isGone;
  }

  /** Resolves when the reader has taken all that was said, or has gone. */
  async say(said: Said): Promise<void> {
    switch (said.says) {
      case "nothing":
        this.#response.reject(new TypeError("connection refused"));
        return this.#leave();
      case "status": {
        const error = { message: "The upstream says no.", type: "t", param: null, code: null };
        this.#response.resolve(Response.json({ error }, { status: said.status }));
        return this.#leave();
      }
      case "events":
        if (this.#body === undefined) this.#open();
        for (const event of said.events) await this.#give((body) => body.enqueue(frame(event)));
        if (said.then === "close") await this.#give((body) => this.#end(() => body.close()));
        if (said.then === "cut") {
          await this.#give((body) => this.#end(() => body.error(new TypeError("cut"))));
        }
    }
  }

  #open(): void {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#body = controller;
      },
      pull: () => {
        this.#asked.resolve();
        return this.#given.promise;
      },
      cancel: () => this.#leave(),
    }, { highWaterMark: 0 });
    const headers = { "content-type": "text/event-stream", "x-request-id": "req_upstream" };
    this.#response.resolve(new Response(body, { headers }));
  }

  async #give(
    give: (body: ReadableStreamDefaultController<Uint8Array>) => void,
  ): Promise<void> {
    await Promise.race([this.#asked.promise, this.#gone.promise]);
    if (this.#body === undefined || this.#isGone) return;
    const given = this.#given;
    this.#asked = Promise.withResolvers();
    this.#given = Promise.withResolvers();
    give(this.#body);
    given.resolve();
    await Promise.race([this.#asked.promise, this.#gone.promise]);
  }

  #end(how: () => void): void {
    how();
    this.#leave();
  }

  #leave(): void {
    this.#isGone = true;
    this.#gone.resolve();
    this.#given.resolve();
  }
}

function frame(event: ResponseEvent): Uint8Array {
  return new TextEncoder().encode(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}
