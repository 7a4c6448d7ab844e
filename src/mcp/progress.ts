/** Progress notifications of a call: at most five per second, and at least one every ten seconds. */

const MIN_GAP_MS = 200;
const MAX_GAP_MS = 10_000;

/** Sends one notification; `count` increases by one with each. */
export type SendProgress = (count: number, message: string) => Promise<void>;

/** Collects the progress text of a call and sends it at a limited rate. */
export class Progress {
  readonly #send: SendProgress;
  #pending = "";
  #count = 0;
  #sentAtMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor(send: SendProgress) {
    this.#send = send;
    this.#schedule(MAX_GAP_MS);
  }

  /** Adds text. It is sent at once or, if that would be too soon, together with the text that follows. */
  push(text: string): void {
    if (this.#ended || text === "") return;
    this.#pending += text;
    const waitMs = this.#sentAtMs + MIN_GAP_MS - performance.now();
    if (this.#count === 0 || waitMs <= 0) this.#flush();
    else this.#schedule(waitMs);
  }

  /** Sends the pending text and stops; resolves when the result of the call may be sent. */
  async end(): Promise<void> {
    if (this.#ended) return;
    const hasPending = this.#pending !== "";
    if (hasPending) this.#flush();
    this.#ended = true;
    clearTimeout(this.#timer);
    // Both SDK clients may drop a notification that arrives in the same tick as the result.
    if (hasPending) await new Promise((resolve) => setTimeout(resolve, 0));
  }

  #flush(): void {
    const message = this.#pending;
    this.#pending = "";
    this.#sentAtMs = performance.now();
    this.#count += 1;
    this.#schedule(MAX_GAP_MS);
    // The transport notices a client that disconnected, and aborts the call.
    this.#send(this.#count, message).catch(() => {});
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#pending === "") this.#pending = "Still working.";
      this.#flush();
    }, delayMs);
  }
}
