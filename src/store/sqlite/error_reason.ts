/** SQLite's error codes in words that a person can act on. */

/** Primary result codes: the low byte of `errcode`. See https://sqlite.org/rescode.html */
const REASONS: Readonly<Record<number, string>> = {
  3: "the system denies access to it",
  5: "another process keeps it locked; try again, or stop that process",
  6: "another process keeps it locked; try again, or stop that process",
  7: "the memory is used up",
  8: "it is read-only; give this user the right to write the file and its folder",
  10: "the disk reports an error; look whether it is full or failing",
  11: "the file is damaged; restore it from a backup",
  13: "the disk is full; free some space, then try again",
  14: "a file beside it cannot be opened; check the rights of its folder",
  18: "an object is larger than SQLite can hold",
  26: "it is not a SQLite database; name another file",
};

/** What went wrong with the database behind an error, or undefined where that is not at fault. */
export function databaseReason(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  const reason = REASONS[Number(error.errcode) & 0xff];
  return reason && `${reason} (${error.message})`;
}
