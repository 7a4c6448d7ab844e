/** How long a call may wait: asked for in `wait_s`, bounded by the server's WAIT_S. */

import { ApiError } from "../../shared/errors.ts";
import type { ToolContext } from "../define_tool.ts";

/**
 * The seconds that a call waits: what it asks for, or the server's maximum.
 *
 * @throws {ApiError} 400 when it asks for more than that
 */
export function checkedWait(asked: number | undefined, { waitS }: ToolContext): number {
  if (asked === undefined) return waitS;
  if (asked <= waitS) return asked;
  throw new ApiError(
    `Invalid 'wait_s': decimal above maximum value. Expected a value <= ${waitS}, but got ${asked} instead.`,
    { status: 400, code: "decimal_above_max_value", param: "wait_s" },
  );
}

/** The end of a wait: the caller goes, or the time is over. */
export class Deadline {
  /** Aborted at the end, whichever it is; a wait of no seconds does not abort the request that begins it. */
  readonly signal: AbortSignal;
  readonly #over = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #seconds: number;

  constructor(caller: AbortSignal, seconds: number) {
    this.#seconds = seconds;
    this.signal = AbortSignal.any([caller, this.#over.signal]);
    if (seconds > 0) this.#timer = setTimeout(() => this.#over.abort(), seconds * 1000);
  }

  /** Whether the time is over. */
  get passed(): boolean {
    return this.#seconds === 0 || this.#over.signal.aborted;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
