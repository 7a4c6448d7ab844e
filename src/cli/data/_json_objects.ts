/** Incremental reading of JSON objects from JSON Lines, concatenated JSON, or arrays of objects. */

import { joinBytes } from "../../shared/bytes.ts";
import { ImportError, type Place } from "../../store/archive/mod.ts";

/** A JSON object of a source, with its position. */
export interface LocatedObject {
  value: Record<string, unknown>;
  /** Its first line, and its index in the array that contains it. */
  place: Place;
}

/** Maximum size of an object; the runtime cannot hold a longer string. */
const MAX_OBJECT_BYTES = 256 * 1024 * 1024;

const NEWLINE = 10, QUOTE = 34, COMMA = 44, BACKSLASH = 92;
const OPEN_ARRAY = 91, CLOSE_ARRAY = 93, OPEN_OBJECT = 123, CLOSE_OBJECT = 125;

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** First bytes of files in other formats, with the reason to report. */
const OTHER_FORMATS: [signature: number[], reason: string][] = [
  [[0x1f, 0x8b], "the file is compressed with gzip; unpack it first"],
  [[0x50, 0x4b, 0x03, 0x04], "the file is a ZIP archive; unpack it first"],
  [[0xff, 0xfe], "the text is in UTF-16; save it in UTF-8"],
  [[0xfe, 0xff], "the text is in UTF-16; save it in UTF-8"],
];

const MAX_SIGNATURE_BYTES = 4;

/**
 * Reads the objects of a source. Only one object is in memory at a time, also in an array.
 *
 * @throws {ImportError} if the source contains anything but objects and arrays of objects
 */
export async function* readJsonObjects(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<LocatedObject> {
  const scanner = new Scanner();
  for await (const chunk of withoutSignature(chunks)) yield* scanner.read(chunk);
  scanner.end();
}

/** Yields the chunks without a byte order mark. */
async function* withoutSignature(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let start: Uint8Array = new Uint8Array();
  let isFirst = true;
  for await (const chunk of chunks) {
    if (!isFirst) {
      yield chunk;
      continue;
    }
    start = joinBytes([start, chunk]);
    if (start.length < MAX_SIGNATURE_BYTES) continue;
    isFirst = false;
    yield checkSignature(start);
  }
  if (isFirst) yield checkSignature(start);
}

/**
 * Returns the first bytes without a byte order mark.
 *
 * @throws {ImportError} if they are those of another format
 */
function checkSignature(start: Uint8Array): Uint8Array {
  for (const [signature, reason] of OTHER_FORMATS) {
    if (startsWith(start, signature)) throw new ImportError({ line: 1 }, reason);
  }
  return startsWith(start, BYTE_ORDER_MARK) ? start.subarray(BYTE_ORDER_MARK.length) : start;
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((byte, index) => bytes[index] === byte);
}

/** Splits bytes into objects by counting brackets, and parses each complete object. */
class Scanner {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #line = 1;
  /** Index of the next object in a top-level array; undefined outside an array. */
  #item: number | undefined;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** The position of the current object, and its parts from earlier chunks. */
  #start: Place = { line: 1 };
  #parts: Uint8Array[] = [];
  #sizeBytes = 0;

  /** Yields the objects that end in a chunk. */
  *read(chunk: Uint8Array): Generator<LocatedObject> {
    let start = 0;
    for (let offset = 0; offset < chunk.length; offset++) {
      const byte = chunk[offset] ?? 0;
      if (byte === NEWLINE) this.#endLine();
      else if (this.#depth === 0) {
        if (this.#readOutside(byte)) start = offset;
      } else if (this.#inString) this.#readString(byte);
      else if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#depth++;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        this.#depth--;
        if (this.#depth === 0) yield this.#finish(chunk.subarray(start, offset + 1));
      }
    }
    if (this.#depth > 0) this.#append(chunk.slice(start));
  }

  /** @throws {ImportError} for an incomplete object or array */
  end(): void {
    if (this.#depth > 0) throw new ImportError(this.#start, "the object is incomplete");
    if (this.#item !== undefined) {
      throw new ImportError({ line: this.#line }, "the array is incomplete");
    }
  }

  #endLine(): void {
    if (this.#inString) throw this.#error("a string is not terminated");
    this.#line++;
  }

  /** Reads a byte outside of objects; returns whether an object begins. */
  #readOutside(byte: number): boolean {
    const inArray = this.#item !== undefined;
    if (byte === OPEN_OBJECT) {
      this.#depth = 1;
      this.#start = { line: this.#line, item: this.#item };
      return true;
    }
    if (byte === OPEN_ARRAY && !inArray) this.#item = 0;
    else if (byte === CLOSE_ARRAY && inArray) this.#item = undefined;
    else if (!(byte === COMMA && inArray || isBlank(byte))) {
      throw this.#error("expected an object or an array of objects");
    }
    return false;
  }

  #readString(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inString = false;
  }

  #finish(rest: Uint8Array): LocatedObject {
    this.#append(rest);
    const bytes = joinBytes(this.#parts);
    this.#parts = [];
    this.#sizeBytes = 0;
    if (this.#item !== undefined) this.#item++;
    return { value: this.#parse(bytes), place: this.#start };
  }

  #append(part: Uint8Array): void {
    this.#parts.push(part);
    this.#sizeBytes += part.length;
    if (this.#sizeBytes > MAX_OBJECT_BYTES) {
      throw new ImportError(this.#start, "the object is larger than 256 MiB");
    }
  }

  #parse(bytes: Uint8Array): Record<string, unknown> {
    try {
      return JSON.parse(this.#decoder.decode(bytes));
    } catch (error) {
      if (error instanceof TypeError) {
        throw new ImportError(this.#start, "the text is not in UTF-8");
      }
      const reason = error instanceof Error ? error.message : String(error);
      throw new ImportError(
        this.#start,
        `the object is not JSON: ${reason.replace(/\s+/g, " ").slice(0, 120)}`,
      );
    }
  }

  #error(reason: string): ImportError {
    return new ImportError({ line: this.#line, item: this.#item }, reason);
  }
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 13;
}
