/**
 * The lines of an export that are not objects of the Assistants API: idempotency keys, stored files,
 * a header and a footer.
 *
 * The header names the version of the format, the footer the number of lines between the two. So an
 * import detects a truncated export, and knows that the objects are in their original order.
 */

import { type Exported, ImportError, type Place, type Staged } from "../../store/archive/mod.ts";

const HEADER = "assistants-mcp.export";
const FOOTER = "assistants-mcp.export.end";
const KEY = "assistants-mcp.idempotency_key";
const FILE = "assistants-mcp.file";

/** The version of the format; it increases with every change that older programs cannot read. */
const VERSION = 1;

/** Returns the first line of an export. */
export function headerLine(): string {
  return jsonLine({ object: HEADER, version: VERSION });
}

/**
 * Returns the last line of an export.
 *
 * @param lines number of lines between the first and the last
 */
export function footerLine(lines: number): string {
  return jsonLine({ object: FOOTER, lines });
}

/** Returns the line of an exported object. */
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

/** Reads the lines that are specific to exports, and verifies headers and footers. */
export class ExportReader {
  /** Number of values so far, of any kind. */
  #values = 0;
  /** The export that has begun and not ended: its position, and the number of values before it. */
  #open: { place: Place; values: number } | undefined;
  #isOrdered = false;

  /**
   * Reads a value. Returns the content of a key or file line, "frame" for a header or footer, and
   * undefined for any other value.
   *
   * @throws {ImportError} for an export of a newer version, and for a damaged one
   */
  read(value: Record<string, unknown>, place: Place): Staged | "frame" | undefined {
    const before = this.#values++;
    switch (value.object) {
      case HEADER:
        this.#begin(value.version, place, before);
        return "frame";
      case FOOTER:
        this.#finish(Number(value.lines), place, before);
        return "frame";
      case KEY: {
        const [assistantId, key] = [value.assistant_id, value.key];
        if (typeof assistantId !== "string" || typeof key !== "string") throw damaged(place);
        return { kind: "key", assistantId, key };
      }
      case FILE:
        return parseFile(value, place);
      default:
        return undefined;
    }
  }

  /**
   * Ends the source. Returns whether it began with an export, whose objects are in their original
   * order.
   *
   * @throws {ImportError} for an export without a footer
   */
  end(): boolean {
    if (this.#open === undefined) return this.#isOrdered;
    throw new ImportError(
      this.#open.place,
      "the export that begins here is cut off: its last line is missing",
    );
  }

  #begin(version: unknown, place: Place, before: number): void {
    if (version !== VERSION) {
      throw new ImportError(
        place,
        `the export has version ${version}, but this program supports version ${VERSION} only; ` +
          "update assistants-mcp",
      );
    }
    this.#isOrdered ||= before === 0;
    this.#open = { place, values: before };
  }

  #finish(lines: number, place: Place, before: number): void {
    const found = before - (this.#open?.values ?? before) - 1;
    if (this.#open === undefined || found !== lines) {
      throw new ImportError(
        place,
        `the export had ${lines} lines before this one, and some are missing`,
      );
    }
    this.#open = undefined;
  }
}

function parseFile({ thread_id, file, content }: Record<string, unknown>, place: Place): Staged {
  if (
    !(thread_id === null || typeof thread_id === "string") ||
    typeof file !== "object" || file === null ||
    !("id" in file) || typeof file.id !== "string" ||
    !(content === null || typeof content === "string")
  ) throw damaged(place);
  const object = { ...file, id: file.id };
  return { kind: "file", threadId: thread_id, object, content: decodeBase64(content, place) };
}

function decodeBase64(base64: string | null, place: Place): Uint8Array | null {
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
