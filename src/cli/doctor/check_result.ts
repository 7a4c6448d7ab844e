/** What a look at one thing has formatValue. */

export type Status = "ok" | "warning" | "problem";

export interface CheckResult {
  /** What was looked at, for programs: such as `model`. */
  check: string;
  status: Status;
  what: string;
  why?: string;
  /** What a person can do about it. */
  do?: string;
}

/** A result that needs nothing done. */
export function passed(check: string, what: string, why?: string): CheckResult {
  return { check, status: "ok", what, ...(why !== undefined && { why }) };
}

/** What the runtime or the system says, in one line. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.replace(/^error sending request.*?\): /, "").replace(/^client error \(\w+\): /, "")
    .replaceAll(/\s+/g, " ");
}
