/**
 * JSON-RPC over standard input and output, one message per line.
 *
 * An invalid line gets a JSON-RPC error and is skipped. Only the end of the input ends the
 * connection, after a short wait for calls in progress.
 */

import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";
import { joinBytes } from "../../shared/bytes.ts";
import type { ToolsListResponder } from "../../mcp/list_tools.ts";
import { type Line, readLines } from "./line_reader.ts";

/** Maximum length of a message. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** How long calls in progress may take after the end of the input. */
const DRAIN_MS = 500;

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;

/** The input and output of the transport. */
export interface StdioStreams {
  input: AsyncIterable<Uint8Array>;
  /** Writes some of the bytes, and returns how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** A transport over standard input and output. */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;

  readonly #streams: StdioStreams;
  readonly #respondToToolsList: ToolsListResponder;
  readonly #encoder = new TextEncoder();
  readonly #pending = new Set<string | number>();
  #queue: Uint8Array[] = [];
  #writing: Promise<void> | undefined;
  #closed = false;
  #onAllAnswered: (() => void) | undefined;

  constructor(streams: StdioStreams, respondToToolsList: ToolsListResponder) {
    this.#streams = streams;
    this.#respondToToolsList = respondToToolsList;
  }

  start(): Promise<void> {
    this.#read().catch((error) => this.onerror?.(error)).finally(() => this.close());
    return Promise.resolve();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#closed) throw new Error("The connection is closed.");
    const written = this.#write(this.#encoder.encode(JSON.stringify(message) + "\n"));
    if ("id" in message && !("method" in message) && message.id !== undefined) {
      this.#settle(message.id);
    }
    await written;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#writing?.catch(() => {});
    this.onclose?.();
  }

  async #read(): Promise<void> {
    for await (const line of readLines(this.#streams.input, MAX_LINE_BYTES)) {
      if (this.#closed) return;
      await this.#receive(line);
    }
    await this.#waitForAnswers();
  }

  async #receive(line: Line): Promise<void> {
    if ("tooLong" in line) {
      return await this.#sendError(
        PARSE_ERROR,
        `Parse error: a line is over ${MAX_LINE_BYTES / 2 ** 20} MiB`,
      );
    }
    if (line.text.trim() === "") return;
    let message: unknown;
    try {
      message = JSON.parse(line.text);
    } catch {
      return await this.#sendError(PARSE_ERROR, "Parse error: a line is not JSON");
    }
    if (Array.isArray(message)) {
      return await this.#sendError(INVALID_REQUEST, "Invalid request: batches are not part of MCP");
    }
    if (!isMessage(message)) {
      return await this.#sendError(INVALID_REQUEST, "Invalid request: not a JSON-RPC 2.0 message");
    }
    const list = this.#respondToToolsList(message);
    if (list !== undefined) return await this.#write(list, NEWLINE);
    if ("method" in message && "id" in message) this.#pending.add(message.id);
    if ("method" in message && message.method === "notifications/cancelled") {
      const cancelled = message.params?.requestId;
      if (typeof cancelled === "string" || typeof cancelled === "number") this.#settle(cancelled);
    }
    this.onmessage?.(message);
  }

  async #sendError(code: number, message: string): Promise<void> {
    const answer = { jsonrpc: "2.0", id: null, error: { code, message } };
    await this.#write(this.#encoder.encode(JSON.stringify(answer) + "\n"));
  }

  #settle(id: string | number): void {
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#onAllAnswered?.();
  }

  async #waitForAnswers(): Promise<void> {
    if (this.#pending.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onAllAnswered = resolve;
    const timer = setTimeout(resolve, DRAIN_MS);
    await promise;
    clearTimeout(timer);
  }

  /** Writes bytes in order; bytes that are queued together are written together. */
  #write(...bytes: Uint8Array[]): Promise<void> {
    this.#queue.push(...bytes);
    return this.#writing ??= this.#drain();
  }

  async #drain(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        // Let the messages of this turn of the event loop queue up.
        await Promise.resolve();
        const bytes = joinBytes(this.#queue);
        this.#queue = [];
        for (let offset = 0; offset < bytes.length;) {
          offset += await this.#streams.write(bytes.subarray(offset));
        }
      }
    } catch (error) {
      this.#queue = [];
      this.#closed = true;
      this.onclose?.();
      throw error;
    } finally {
      // In the same turn that found the queue empty, so that no later write is lost.
      this.#writing = undefined;
    }
  }
}

const NEWLINE = new Uint8Array([10]);

function isMessage(value: unknown): value is JSONRPCMessage {
  if (typeof value !== "object" || value === null) return false;
  if (!("jsonrpc" in value) || value.jsonrpc !== "2.0") return false;
  if ("id" in value && typeof value.id !== "string" && !Number.isInteger(value.id)) return false;
  if ("params" in value && (typeof value.params !== "object" || value.params === null)) {
    return false;
  }
  if ("method" in value) return typeof value.method === "string";
  return "id" in value && ("result" in value || "error" in value);
}
