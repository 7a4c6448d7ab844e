/**
 * One MCP server for the requests of many HTTP clients, because creating a server takes longer than
 * handling a request. It handles only requests whose answer is one JSON message: none that streams,
 * or that asks its client something.
 */

import {
  type JSONRPCMessage,
  type JSONRPCRequest,
  PerRequestHTTPServerTransport,
  ProtocolErrorCode,
} from "@modelcontextprotocol/server";
import { type Era, MODERN_VERSION, type ServerFactory } from "../../mcp/mod.ts";

const JSON_HEADERS = { "content-type": "application/json" };

type Server = ReturnType<ServerFactory["createServer"]>;

/** An MCP server that handles concurrent, independent requests. */
export class SharedServer {
  readonly #transport: SharedTransport;
  readonly #server: Server;
  readonly #ready: Promise<void>;

  /** @param server not connected yet */
  constructor(server: Server, era: Era) {
    this.#server = server;
    this.#transport = new SharedTransport(era);
    this.#ready = server.connect(this.#transport);
  }

  /** Handles a request. */
  async handle(request: JSONRPCRequest): Promise<Response> {
    await this.#ready;
    const answer = await this.#transport.request(request).answer;
    return new Response(JSON.stringify(answer), {
      status: isMissingCapability(answer) ? 400 : 200,
      headers: JSON_HEADERS,
    });
  }

  /**
   * Handles a request with a response whose body starts at once, so that the call is cancelled if
   * its client disconnects: Deno reports that reliably only while a body is being sent.
   */
  async handleStreamed(request: JSONRPCRequest): Promise<Response> {
    await this.#ready;
    const { answer, cancel } = this.#transport.request(request);
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        // JSON may begin with white space.
        controller.enqueue(encoder.encode("\n"));
        const message = await answer;
        if (message === undefined) return;
        controller.enqueue(encoder.encode(JSON.stringify(message)));
        controller.close();
      },
      cancel,
    });
    return new Response(body, { headers: JSON_HEADERS });
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}

/** Tells whether this is the one error that MCP reports with an HTTP status, 400. */
function isMissingCapability(answer: JSONRPCMessage | undefined): boolean {
  return answer !== undefined && "error" in answer &&
    answer.error.code === ProtocolErrorCode.MissingRequiredClientCapability;
}

interface PendingRequest {
  /** Resolves to undefined if the request is cancelled. */
  answer: Promise<JSONRPCMessage | undefined>;
  cancel(): void;
}

/** Extends the SDK's transport for a single request, because only that tells a server its era. */
class SharedTransport extends PerRequestHTTPServerTransport {
  readonly #pending = new Map<number, (message: JSONRPCMessage | undefined) => void>();
  #nextId = 1;

  constructor(era: Era) {
    super({ classification: era === "modern" ? { era, revision: MODERN_VERSION } : { era } });
  }

  /** Sends a request to the server under a new ID, because different clients may use the same one. */
  request(request: JSONRPCRequest): PendingRequest {
    const id = this.#nextId++;
    const { promise: answer, resolve } = Promise.withResolvers<JSONRPCMessage | undefined>();
    this.#pending.set(id, (message) => {
      this.#pending.delete(id);
      resolve(message && { ...message, id: request.id } as JSONRPCMessage);
    });
    this.onmessage?.({ ...request, id });
    return { answer, cancel: () => this.#cancel(id) };
  }

  override send(message: JSONRPCMessage): Promise<void> {
    if (!("method" in message)) this.#pending.get(Number(message.id))?.(message);
    return Promise.resolve();
  }

  override close(): Promise<void> {
    const error = { code: -32000, message: "The server is shutting down. Try again later." };
    for (const resolve of this.#pending.values()) resolve({ jsonrpc: "2.0", id: 0, error });
    this.onclose?.();
    return Promise.resolve();
  }

  #cancel(requestId: number): void {
    this.onmessage?.({
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId, reason: "The client disconnected." },
    });
    this.#pending.get(requestId)?.(undefined);
  }
}
