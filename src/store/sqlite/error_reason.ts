/** SQLite error codes as messages that a person can act on. */

/** By primary result code, the low byte of `errcode`. See https://sqlite.org/rescode.html */
const REASONS: Readonly<Record<number, string>> = {
  3: "access to it is denied",
  5: "another process has locked it; try again, or stop that process",
  6: "another process has locked it; try again, or stop that process",
  7: "out of memory",
  8: "it is read-only; grant this user write access to the file and its folder",
  10: "the disk reports an I/O error; check whether it is full or failing",
  11: "the file is damaged; restore it from a backup",
  13: "the disk is full; free some space, then try again",
  14: "a file next to it cannot be opened; check the permissions of its folder",
  18: "an object is larger than SQLite can store",
  26: "it is not a SQLite database; name another file",
};

/** Returns the problem with the database, or undefined if the error has another cause. */
export function databaseReason(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  const reason = REASONS[Number(error.errcode) & 0xff];
  return reason && `${reason} (${error.message})`;
}
