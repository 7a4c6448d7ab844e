/** The listening socket. */

import { FatalError } from "../shared/errors.ts";

/** A running server. */
export interface HttpServer {
  url: string;
  /** Stops accepting connections. Resolves when the last one has ended. */
  shutdown(): Promise<void>;
}

/**
 * Listens on an address.
 *
 * @throws {FatalError} if the address is not available
 */
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
        "Set HOST to an address of this machine, and PORT to one that this user may use";
    throw new FatalError(`Cannot listen on ${host}:${port}: ${reason}.`, { cause: error });
  }
}

/**
 * Returns the address of the client; undefined for a request that did not come over a socket.
 *
 * @param info the second argument of the handler of `Deno.serve()`
 */
export function peerAddress(info: unknown): string | undefined {
  return (info as Partial<Deno.ServeHandlerInfo<Deno.NetAddr>> | undefined)?.remoteAddr?.hostname;
}

/**
 * Resolves when the response has been sent, and rejects if that fails. Resolves at once for a
 * request that did not come over a socket.
 *
 * @param info the second argument of the handler of `Deno.serve()`
 */
export function responseSent(info: unknown): Promise<void> {
  const { completed } = (info ?? {}) as Partial<Deno.ServeHandlerInfo>;
  return completed ?? Promise.resolve();
}
