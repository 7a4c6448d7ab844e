/** How long a call waits: its `wait_s`, at most the server's WAIT_S. */

import { ApiError } from "../shared/errors.ts";
import type { ToolContext } from "./define_tool.ts";

/**
 * Returns the seconds that a call waits.
 *
 * @param requested the call's `wait_s`; the server's maximum by default
 * @throws {ApiError} 400 if the call asks for more than the maximum
 */
export function checkedWait(requested: number | undefined, { waitS }: ToolContext): number {
  if (requested === undefined) return waitS;
  if (requested <= waitS) return requested;
  throw new ApiError(
    `Invalid 'wait_s': decimal above maximum value. Expected a value <= ${waitS}, but got ${requested} instead.`,
    { status: 400, code: "decimal_above_max_value", param: "wait_s" },
  );
}

/** The end of a wait, when the time is up or the caller cancels. */
export class Deadline {
  /** Aborted at the end. A wait of 0 s does not abort the request that it starts with. */
  readonly signal: AbortSignal;
  readonly #timeUp = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #waitS: number;

  constructor(caller: AbortSignal, waitS: number) {
    this.#waitS = waitS;
    this.signal = AbortSignal.any([caller, this.#timeUp.signal]);
    if (waitS > 0) this.#timer = setTimeout(() => this.#timeUp.abort(), waitS * 1000);
  }

  /** Whether the time is up. */
  get passed(): boolean {
    return this.#waitS === 0 || this.#timeUp.signal.aborted;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
