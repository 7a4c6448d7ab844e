/** The error for a client's file that cannot be changed safely. */

/** A file cannot be changed safely. The message begins with the position of the reason. */
export class UneditableFileError extends Error {
  override readonly name = "UneditableFileError";
  /** Line and column, counted from 1. */
  readonly line: number;
  readonly column: number;

  /** @param offset position of the reason in the text */
  constructor(text: string, offset: number, readonly reason: string) {
    const before = text.slice(0, offset).split("\n");
    const [line, column] = [before.length, (before.at(-1)?.length ?? 0) + 1];
    super(`line ${line}, column ${column}: ${reason}`);
    this.line = line;
    this.column = column;
  }
}
