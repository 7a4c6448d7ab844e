/** A file of a client's that cannot be changed as it is. */

export class UneditableFileError extends Error {
  override readonly name = "UneditableFileError";
  /** Counted from one. */
  readonly line: number;
  readonly column: number;

  /** @param offset where in the text the reason is */
  constructor(text: string, offset: number, readonly reason: string) {
    const before = text.slice(0, offset).split("\n");
    const [line, column] = [before.length, (before.at(-1)?.length ?? 0) + 1];
    super(`line ${line}, column ${column}: ${reason}`);
    this.line = line;
    this.column = column;
  }
}
