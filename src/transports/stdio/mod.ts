/** MCP over standard input and output, in both protocol eras. */

import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { getLogger } from "@logtape/logtape";
import { createToolsListResponder } from "../../mcp/list_tools.ts";
import { createServer, type Service } from "../../mcp/mod.ts";
import type { Credential } from "../../gateway/mod.ts";
import { redactedSummary } from "../../telemetry/mod.ts";
import { StdioTransport } from "./transport.ts";

const logger = getLogger(["assistants-mcp", "stdio"]);

/** A running stdio server. */
export interface StdioServer {
  /** Resolves when the client has disconnected, or after `close()`. */
  closed: Promise<void>;
  close(): Promise<void>;
}

/** Serves MCP over the standard streams of this process. */
export function serveOwnStdio(service: Service, credential: Credential): StdioServer {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const transport = new StdioTransport({
    input: ownInput(),
    write: (bytes) => Deno.stdout.write(bytes),
  }, createToolsListResponder(service.inventory));
  const connection = serveStdio(() => createServer(service, credential), {
    transport,
    onerror: (error) => logger.debug("{reason}", { reason: redactedSummary(error) }),
  });
  const onclose = transport.onclose;
  transport.onclose = () => {
    onclose?.();
    resolve();
  };
  return { closed, close: () => connection.close() };
}

/** Yields the bytes of standard input, always in the same buffer. */
async function* ownInput(): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    const length = await Deno.stdin.read(buffer);
    if (length === null) return;
    yield buffer.subarray(0, length);
  }
}
