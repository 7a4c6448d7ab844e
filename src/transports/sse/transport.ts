/** One client over HTTP+SSE, the transport of 2024-11-05: a stream to it, and POSTs from it. */

import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";
import type { EventBody } from "../event_response.ts";

export class SseTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;

  readonly #body: EventBody;

  constructor(body: EventBody) {
    this.#body = body;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  send(message: JSONRPCMessage): Promise<void> {
    this.#body.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#body.close();
    return Promise.resolve();
  }
}
