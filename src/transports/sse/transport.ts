/** The transport of one HTTP+SSE client, as of MCP 2024-11-05. */

import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";
import type { EventStream } from "../../shared/event_streams.ts";

/** Sends messages over an event stream. The owner forwards received messages. */
export class SseTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;

  readonly #stream: EventStream;

  constructor(stream: EventStream) {
    this.#stream = stream;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  send(message: JSONRPCMessage): Promise<void> {
    this.#stream.send("message", message);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#stream.close();
    return Promise.resolve();
  }
}
