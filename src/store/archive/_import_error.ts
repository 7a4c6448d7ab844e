/** Errors in the source of an import. */

/** A position in the source of an import. */
export interface Place {
  line: number;
  /** Index in a list or an array, from 0. */
  item?: number;
  /** Whether the object is in a list of the API, which is newest first by default. */
  listed?: boolean;
}

/** An object that cannot be imported, and its position in the source. */
export class ImportError extends Error {
  override readonly name = "ImportError";
  constructor(readonly place: Place, message: string) {
    super(message);
  }
}
