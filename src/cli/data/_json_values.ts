/** The JSON objects of a file, however they are laid out: on lines, one after the other, or in arrays. */

import { joinBytes } from "../../shared/bytes.ts";
import { ImportError, type Place } from "../../store/archive/mod.ts";

export interface LocatedObject {
  value: Record<string, unknown>;
  /** Where it begins; the item counts in the array around it. */
  place: Place;
}

/** As much as a text of the runtime can be, and more than any object is. */
const LARGEST_BYTES = 256 * 1024 * 1024;

const NEWLINE = 10, QUOTE = 34, COMMA = 44, BACKSLASH = 92;
const OPEN_ARRAY = 91, CLOSE_ARRAY = 93, OPEN_OBJECT = 123, CLOSE_OBJECT = 125;

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** How files begin that hold no text as we read it. */
const OTHER_FORMATS: [bytes: number[], reason: string][] = [
  [[0x1f, 0x8b], "the file is compressed with gzip; unpack it first"],
  [[0x50, 0x4b, 0x03, 0x04], "the file is a ZIP archive; unpack it first"],
  [[0xff, 0xfe], "the text is in UTF-16; save it in UTF-8"],
  [[0xfe, 0xff], "the text is in UTF-16; save it in UTF-8"],
];

const LONGEST_MARK = 4;

/**
 * Holds one object at a time, and of an array only the object that it has come to.
 *
 * @throws {ImportError} for what is no JSON object, or no array of such
 */
export async function* readJsonObjects(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<LocatedObject> {
  const scanner = new Scanner();
  for await (const chunk of textOf(chunks)) yield* scanner.take(chunk);
  scanner.end();
}

/** The chunks from where the text begins. */
async function* textOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let start: Uint8Array = new Uint8Array();
  let isFirst = true;
  for await (const chunk of chunks) {
    if (!isFirst) {
      yield chunk;
      continue;
    }
    start = joinBytes([start, chunk]);
    if (start.length < LONGEST_MARK) continue;
    isFirst = false;
    yield withoutMark(start);
  }
  if (isFirst) yield withoutMark(start);
}

/** @throws {ImportError} where the first bytes are those of another format */
function withoutMark(start: Uint8Array): Uint8Array {
  for (const [mark, reason] of OTHER_FORMATS) {
    if (begins(start, mark)) throw new ImportError({ line: 1 }, reason);
  }
  return begins(start, BYTE_ORDER_MARK) ? start.subarray(BYTE_ORDER_MARK.length) : start;
}

function begins(bytes: Uint8Array, mark: readonly number[]): boolean {
  return mark.every((byte, index) => bytes[index] === byte);
}

class Scanner {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #line = 1;
  /** ObjectCounts the objects of the array that the file has at its top; undefined outside of one. */
  #item: number | undefined;
  #depth = 0;
  #inText = false;
  #escaped = false;
  /** The object that has begun: where, and what of it was in earlier chunks. */
  #begun: Place = { line: 1 };
  #parts: Uint8Array[] = [];
  #size = 0;

  *take(chunk: Uint8Array): Generator<LocatedObject> {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === NEWLINE) this.#endLine();
      else if (this.#depth === 0) {
        if (this.#between(byte)) start = at;
      } else if (this.#inText) this.#text(byte);
      else if (byte === QUOTE) this.#inText = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#depth++;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        this.#depth--;
        if (this.#depth === 0) yield this.#value(chunk.subarray(start, at + 1));
      }
    }
    if (this.#depth > 0) this.#keep(chunk.slice(start));
  }

  /** @throws {ImportError} for an object or an array that has not ended */
  end(): void {
    if (this.#depth > 0) throw new ImportError(this.#begun, "the object does not end");
    if (this.#item !== undefined) {
      throw new ImportError({ line: this.#line }, "the file ends within an array");
    }
  }

  #endLine(): void {
    if (this.#inText) throw this.#broken("a text in quotes does not end");
    this.#line++;
  }

  /** What may stand around objects; whether one begins. */
  #between(byte: number): boolean {
    const inArray = this.#item !== undefined;
    if (byte === OPEN_OBJECT) {
      this.#depth = 1;
      this.#begun = { line: this.#line, item: this.#item };
      return true;
    }
    if (byte === OPEN_ARRAY && !inArray) this.#item = 0;
    else if (byte === CLOSE_ARRAY && inArray) this.#item = undefined;
    else if (!(byte === COMMA && inArray || isBlank(byte))) {
      throw this.#broken("here stands neither an object nor an array of objects");
    }
    return false;
  }

  #text(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inText = false;
  }

  #value(rest: Uint8Array): LocatedObject {
    this.#keep(rest);
    const bytes = joinBytes(this.#parts);
    this.#parts = [];
    this.#size = 0;
    if (this.#item !== undefined) this.#item++;
    return { value: this.#parse(bytes), place: this.#begun };
  }

  #keep(part: Uint8Array): void {
    this.#parts.push(part);
    this.#size += part.length;
    if (this.#size > LARGEST_BYTES) {
      throw new ImportError(this.#begun, "the object does not end within 256 MiB");
    }
  }

  #parse(bytes: Uint8Array): Record<string, unknown> {
    try {
      return JSON.parse(this.#decoder.decode(bytes));
    } catch (error) {
      if (error instanceof TypeError) {
        throw new ImportError(this.#begun, "the text is not in UTF-8");
      }
      const reason = error instanceof Error ? error.message : String(error);
      throw new ImportError(
        this.#begun,
        `the object is not JSON: ${reason.replace(/\s+/g, " ").slice(0, 120)}`,
      );
    }
  }

  #broken(reason: string): ImportError {
    return new ImportError({ line: this.#line, item: this.#item }, reason);
  }
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 13;
}
