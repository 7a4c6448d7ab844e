/** One client over HTTP+SSE, the transport of 2024-11-05: a stream to it, and POSTs from it. */

import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";

/** A client that leaves more than this unread, in bytes, is not there any more. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;

const encoder = new TextEncoder();
const KEEP_ALIVE = encoder.encode(": keepalive\n\n");

export class SseTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;

  /** What the client reads. */
  readonly body: ReadableStream<Uint8Array>;
  readonly #endpoint: string;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  /** @param endpoint where the client is told to POST */
  constructor(endpoint: string) {
    this.#endpoint = endpoint;
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: () => this.#end(),
    }, { highWaterMark: MAX_UNREAD_BYTES, size: ({ length }) => length });
  }

  start(): Promise<void> {
    this.#write(encoder.encode(`event: endpoint\ndata: ${this.#endpoint}\n\n`));
    return Promise.resolve();
  }

  send(message: JSONRPCMessage): Promise<void> {
    this.#write(encoder.encode(`event: message\ndata: ${JSON.stringify(message)}\n\n`));
    return Promise.resolve();
  }

  /** Keeps what stands between here and the client from ending a stream on which nothing happens. */
  keepAlive(): void {
    this.#write(KEEP_ALIVE);
  }

  close(): Promise<void> {
    this.#controller?.close();
    this.#end();
    return Promise.resolve();
  }

  #write(bytes: Uint8Array): void {
    const unread = this.#controller?.desiredSize ?? 0;
    if (unread > 0) this.#controller?.enqueue(bytes);
    else if (this.#controller !== undefined) this.#drop();
  }

  /** Ends the stream with what the client has not read. */
  #drop(): void {
    this.#controller?.error(new Error("The client does not read."));
    this.#end();
  }

  #end(): void {
    if (this.#controller === undefined) return;
    this.#controller = undefined;
    this.onclose?.();
  }
}
