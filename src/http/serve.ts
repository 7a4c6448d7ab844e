/** The listening socket. */

import { FatalError } from "../shared/errors.ts";

export interface HttpServer {
  url: string;
  /** Takes no more connections; resolves when the last has ended. */
  shutdown(): Promise<void>;
}

/** @throws {FatalError} when the address cannot be had */
export function listen(
  handler: (
    request: Request,
    info: Deno.ServeHandlerInfo<Deno.NetAddr>,
  ) => Response | Promise<Response>,
  { host, port }: { host: string; port: number },
): HttpServer {
  try {
    const server = Deno.serve({ hostname: host, port, onListen: () => {} }, handler);
    const shownHost = host.includes(":") ? `[${host}]` : host;
    return {
      url: `http://${shownHost}:${server.addr.port}`,
      shutdown: () => server.shutdown(),
    };
  } catch (error) {
    const reason = error instanceof Deno.errors.AddrInUse
      ? "another program listens there. Stop it or set PORT"
      : `${error instanceof Error ? error.message : error}. ` +
        "Set HOST to an address of this machine, and PORT to one that this user may take";
    throw new FatalError(`Cannot listen on ${host}:${port}: ${reason}.`, { cause: error });
  }
}

/**
 * The address that a request comes from; undefined where it came over no socket.
 *
 * @param info what the server gives its handler beside the request
 */
export function peerOf(info: unknown): string | undefined {
  return (info as Partial<Deno.ServeHandlerInfo<Deno.NetAddr>> | undefined)?.remoteAddr?.hostname;
}

/**
 * Resolves when the answer to a request has gone out or its client has; at once where it came over
 * no socket.
 *
 * @param info what the server gives its handler beside the request
 */
export function completionOf(info: unknown): Promise<void> {
  const { completed } = (info ?? {}) as Partial<Deno.ServeHandlerInfo>;
  return completed ?? Promise.resolve();
}
