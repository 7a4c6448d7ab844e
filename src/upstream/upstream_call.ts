/** One upstream request with all of its tries: its deadline, its place in line, its end. */

import { ApiError } from "../shared/errors.ts";

/** The longest time that a timer can take. */
const LONGEST_MS = 2 ** 31 - 1;

export interface CallOptions {
  settings: { OPENAI_TIMEOUT_S: number; OPENAI_MAX_CONCURRENCY: number };
  /** Waits for a place; what it resolves with gives the place back. */
  takePlace(signal: AbortSignal): Promise<() => void>;
  /** Aborted when nobody wants the answer any more. */
  caller: AbortSignal | undefined;
  onEnd(): void;
}

export class Call {
  /** The id of the answer that is being read. */
  requestId: string | undefined;
  /** The status of the last answer, or of the error for want of one. */
  status = 0;
  /** How often the request was sent, or is about to be. */
  tries = 0;
  readonly #controller = new AbortController();
  readonly #options: CallOptions;
  readonly #endsAt: number;
  readonly #timer: ReturnType<typeof setTimeout>;
  #place: (() => void) | undefined;
  #inLineMs = 0;
  #inLineSince: number | undefined;

  constructor(options: CallOptions) {
    this.#options = options;
    const { settings, caller } = options;
    const timeoutMs = Math.min(settings.OPENAI_TIMEOUT_S * 1000, LONGEST_MS);
    this.#endsAt = performance.now() + timeoutMs;
    this.#timer = setTimeout(() => this.abort(this.#timeout()), timeoutMs);
    if (caller?.aborted) this.#controller.abort(caller.reason);
    else caller?.addEventListener("abort", this.#follow);
  }

  /** Aborted by the caller, the deadline, or the end of the process. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get leftMs(): number {
    return this.#endsAt - performance.now();
  }

  /** Waits in line for a place. */
  async enter(): Promise<void> {
    this.signal.throwIfAborted();
    this.tries++;
    this.#inLineSince = performance.now();
    this.#place = await this.#options.takePlace(this.signal);
    this.#inLineMs = this.#waitedMs();
    this.#inLineSince = undefined;
  }

  /** Gives the place back, for a pause between two tries. */
  leave(): void {
    this.#place?.();
    this.#place = undefined;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
    this.end();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#options.caller?.removeEventListener("abort", this.#follow);
    this.leave();
    this.#options.onEnd();
  }

  /** What a body that cannot be read to its end comes to. */
  broken(cause: unknown): unknown {
    if (this.signal.aborted) return this.signal.reason;
    this.status = 502;
    return new ApiError("The connection to the model server broke in the middle of its answer.", {
      status: 502,
      type: "server_error",
      code: "connection_broken",
      requestId: this.requestId,
      cause,
    });
  }

  readonly #follow = () => this.abort(this.#options.caller?.reason);

  #timeout(): ApiError {
    const { OPENAI_TIMEOUT_S, OPENAI_MAX_CONCURRENCY } = this.#options.settings;
    const message = this.#waitedMs() > OPENAI_TIMEOUT_S * 500
      ? `The request spent most of its ${OPENAI_TIMEOUT_S} s (OPENAI_TIMEOUT_S) in line: ` +
        `OPENAI_MAX_CONCURRENCY lets ${OPENAI_MAX_CONCURRENCY} through at once.`
      : `The model server did not finish its answer within ${OPENAI_TIMEOUT_S} s (OPENAI_TIMEOUT_S).`;
    return new ApiError(message, {
      status: 504,
      type: "server_error",
      code: "timeout",
      requestId: this.requestId,
    });
  }

  #waitedMs(): number {
    if (this.#inLineSince === undefined) return this.#inLineMs;
    return this.#inLineMs + performance.now() - this.#inLineSince;
  }
}
