/** A call's progress notifications: never more than five a second, never silent for ten. */

const MIN_GAP_MS = 200;
const MAX_GAP_MS = 10_000;

/** Sends one notification; `count` grows by one. */
export type SendProgress = (count: number, message: string) => Promise<void>;

export class Progress {
  readonly #send: SendProgress;
  #pending = "";
  #count = 0;
  #sentAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor(send: SendProgress) {
    this.#send = send;
    this.#arm(MAX_GAP_MS);
  }

  /** Adds text; it goes out at once or, together with what follows, when it may. */
  push(text: string): void {
    if (this.#ended || text === "") return;
    this.#pending += text;
    const wait = this.#sentAt + MIN_GAP_MS - performance.now();
    if (this.#count === 0 || wait <= 0) this.#flush();
    else this.#arm(wait);
  }

  /** Sends what is left; resolves when a client can tell it from the result that follows. */
  async end(): Promise<void> {
    if (this.#ended) return;
    const last = this.#pending !== "";
    if (last) this.#flush();
    this.#ended = true;
    clearTimeout(this.#timer);
    // Both SDK clients may drop a notification that arrives in the same tick as the result.
    if (last) await new Promise((resolve) => setTimeout(resolve, 0));
  }

  #flush(): void {
    const message = this.#pending;
    this.#pending = "";
    this.#sentAt = performance.now();
    this.#count += 1;
    this.#arm(MAX_GAP_MS);
    // A client that has gone is noticed by the transport, which aborts the call.
    this.#send(this.#count, message).catch(() => {});
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#pending === "") this.#pending = "Still working.";
      this.#flush();
    }, ms);
  }
}
