/**
 * A line to one MCP server that stays: the requests of many HTTP clients go over it side by side.
 *
 * A server for each request costs more than the request. What goes over a line is answered by one
 * JSON message; what streams, or asks its client something, does not belong here.
 */

import {
  type JSONRPCMessage,
  type JSONRPCRequest,
  PerRequestHTTPServerTransport,
  ProtocolErrorCode,
} from "@modelcontextprotocol/server";
import { type Era, MODERN_VERSION, type Served } from "../../mcp/mod.ts";

const JSON_HEADERS = { "content-type": "application/json" };

type Server = ReturnType<Served["createServer"]>;

export class SharedServer {
  readonly #transport: LineTransport;
  readonly #server: Server;
  readonly #ready: Promise<void>;

  /** @param server a fresh one of this era */
  constructor(server: Server, era: Era) {
    this.#server = server;
    this.#transport = new LineTransport(era);
    this.#ready = server.connect(this.#transport);
  }

  async ask(request: JSONRPCRequest): Promise<Response> {
    await this.#ready;
    const answer = await this.#transport.ask(request).answer;
    return new Response(JSON.stringify(answer), {
      status: lacksCapability(answer) ? 400 : 200,
      headers: JSON_HEADERS,
    });
  }

  /**
   * The same with a response that starts at once: Deno does not always tell a handler that is still
   * pending that its client has gone; of a body that is being streamed it does.
   */
  async askEarly(request: JSONRPCRequest): Promise<Response> {
    await this.#ready;
    const { answer, cancel } = this.#transport.ask(request);
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        // White space before a JSON text is part of the format.
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

/** The one error of a call that the protocol wants to be seen in the status. */
function lacksCapability(answer: JSONRPCMessage | undefined): boolean {
  return answer !== undefined && "error" in answer &&
    answer.error.code === ProtocolErrorCode.MissingRequiredClientCapability;
}

interface Asked {
  /** Resolves to undefined when the request was cancelled. */
  answer: Promise<JSONRPCMessage | undefined>;
  cancel(): void;
}

/** Of the SDK's transport for one request it takes only what tells a server its era. */
class LineTransport extends PerRequestHTTPServerTransport {
  readonly #waiting = new Map<number, (message: JSONRPCMessage | undefined) => void>();
  #nextId = 1;

  constructor(era: Era) {
    super({ classification: era === "modern" ? { era, revision: MODERN_VERSION } : { era } });
  }

  /** Clients choose ids as they like, so each request gets one of ours on its way. */
  ask(request: JSONRPCRequest): Asked {
    const id = this.#nextId++;
    const { promise: answer, resolve } = Promise.withResolvers<JSONRPCMessage | undefined>();
    this.#waiting.set(id, (message) => {
      this.#waiting.delete(id);
      resolve(message && { ...message, id: request.id } as JSONRPCMessage);
    });
    this.onmessage?.({ ...request, id });
    return { answer, cancel: () => this.#cancel(id) };
  }

  override send(message: JSONRPCMessage): Promise<void> {
    if (!("method" in message)) this.#waiting.get(Number(message.id))?.(message);
    return Promise.resolve();
  }

  override close(): Promise<void> {
    const error = { code: -32000, message: "The server is shutting down. Try again later." };
    for (const resolve of this.#waiting.values()) resolve({ jsonrpc: "2.0", id: 0, error });
    this.onclose?.();
    return Promise.resolve();
  }

  #cancel(requestId: number): void {
    this.onmessage?.({
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId, reason: "The client has gone." },
    });
    this.#waiting.get(requestId)?.(undefined);
  }
}
