/** The results of checks. */

export type Status = "ok" | "warning" | "problem";

/** The result of one check, as `doctor --json` prints it. */
export interface CheckResult {
  /** Identifier of the check, for programs, such as `model`. */
  check: string;
  status: Status;
  what: string;
  why?: string;
  /** What the user can do about it. */
  do?: string;
}

/** Returns the result of a check that found no problem. */
export function passed(check: string, what: string, why?: string): CheckResult {
  return { check, status: "ok", what, ...(why !== undefined && { why }) };
}

/** Returns the reason of an error of the runtime or the system, in one line. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.replace(/^error sending request.*?\): /, "").replace(/^client error \(\w+\): /, "")
    .replaceAll(/\s+/g, " ");
}
