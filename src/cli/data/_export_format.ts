/**
 * The lines of an export beside the API's own objects: what the engine needs to go on elsewhere.
 *
 * An export begins with a line that names its format and ends with one that counts the others: so
 * it shows where one was cut off, and that its order is the one in which things came to be.
 */

import { type Exported, ImportError, type Place, type Staged } from "../../store/archive/mod.ts";

const FIRST = "assistants-mcp.export";
const LAST = "assistants-mcp.export.end";
const KEY = "assistants-mcp.idempotency_key";
const FILE = "assistants-mcp.file";

/** ObjectCounts up when a program of today could no longer read what is written. */
const VERSION = 1;

export function headerLine(): string {
  return jsonLine({ object: FIRST, version: VERSION });
}

/** @param lines how many there are between the first and the last */
export function footerLine(lines: number): string {
  return jsonLine({ object: LAST, lines });
}

export function objectLine(exported: Exported): string {
  switch (exported.kind) {
    case "key": {
      const { assistantId: assistant_id, key } = exported;
      return jsonLine({ object: KEY, assistant_id, key });
    }
    case "file": {
      const { threadId: thread_id, json, content } = exported;
      const file = JSON.parse(json);
      return jsonLine({ object: FILE, thread_id, file, content: content && content.toBase64() });
    }
    default:
      return `${exported.json}\n`;
  }
}

/** Reads such lines, and notices where some are missing. */
export class ExportReader {
  /** Values so far, of every kind. */
  #values = 0;
  /** Where the export began that has not ended yet, and at which value. */
  #open: { place: Place; values: number } | undefined;
  #inOrder = false;

  /**
   * What a value adds to the API's objects; "seen" where it only frames them, undefined where it is
   * none of ours.
   *
   * @throws {ImportError} for an export of a later version, and for one that is damaged
   */
  take(value: Record<string, unknown>, place: Place): Staged | "seen" | undefined {
    const before = this.#values++;
    switch (value.object) {
      case FIRST:
        this.#begin(value.version, place, before);
        return "seen";
      case LAST:
        this.#finish(Number(value.lines), place, before);
        return "seen";
      case KEY: {
        const [assistantId, key] = [value.assistant_id, value.key];
        if (typeof assistantId !== "string" || typeof key !== "string") throw damaged(place);
        return { kind: "key", assistantId, key };
      }
      case FILE:
        return fileOf(value, place);
      default:
        return undefined;
    }
  }

  /** Whether all of the source is in the order in which things came to be. */
  end(): boolean {
    if (this.#open === undefined) return this.#inOrder;
    throw new ImportError(
      this.#open.place,
      "the export that begins here is cut off: it has no end",
    );
  }

  #begin(version: unknown, place: Place, before: number): void {
    if (version !== VERSION) {
      throw new ImportError(
        place,
        `the export has version ${version}, and this program knows version ${VERSION}; ` +
          "update assistants-mcp",
      );
    }
    this.#inOrder ||= before === 0;
    this.#open = { place, values: before };
  }

  #finish(lines: number, place: Place, before: number): void {
    const found = before - (this.#open?.values ?? before) - 1;
    if (this.#open === undefined || found !== lines) {
      throw new ImportError(
        place,
        `the export had ${lines} lines before this one, and not all came`,
      );
    }
    this.#open = undefined;
  }
}

function fileOf({ thread_id, file, content }: Record<string, unknown>, place: Place): Staged {
  if (
    !(thread_id === null || typeof thread_id === "string") ||
    typeof file !== "object" || file === null ||
    !("id" in file) || typeof file.id !== "string" ||
    !(content === null || typeof content === "string")
  ) throw damaged(place);
  const object = { ...file, id: file.id };
  return { kind: "file", threadId: thread_id, object, content: bytesOf(content, place) };
}

function bytesOf(base64: string | null, place: Place): Uint8Array | null {
  try {
    return base64 === null ? null : Uint8Array.fromBase64(base64);
  } catch {
    throw damaged(place);
  }
}

function damaged(place: Place): ImportError {
  return new ImportError(place, "the line is damaged");
}

function jsonLine(object: object): string {
  return `${JSON.stringify(object)}\n`;
}
