/** The connection between a client and the server: a command to start, or the URL of a running server. */

import { resolve } from "node:path";
import { type Config, type Invocation, settingFlag } from "../../config/mod.ts";

import { UsageError } from "../../shared/errors.ts";
import { launchOf } from "./launch.ts";

/** A connection to the server. */
export type Connection =
  & {
    /** The variable whose value the client must provide; undefined if none is required. */
    secret?: SecretName;
  }
  & (
    | { kind: "stdio"; command: string; args: string[] }
    /** The client sends the secret as the bearer token. */
    | { kind: "http"; url: string }
  );

export type SecretName = "OPENAI_API_KEY" | "HTTP_HEADER_X_OPENAI_API_KEY" | "MCP_AUTH_TOKEN";

/**
 * Returns the connection that the flags select.
 *
 * @throws {UsageError} for an invalid URL, and for a random port
 */
export function connectionOf(invocation: Invocation): Connection {
  const { config, flags } = invocation;
  const url = flags.get("url");
  if (url !== undefined) return overHttp(config, parseUrl(url));
  return config.server.transport === "stdio"
    ? overStdio(invocation)
    : overHttp(config, ownUrl(config));
}

function overStdio({ config, origin }: Invocation): Connection {
  const { given } = origin;
  const envFile = origin.envFile && resolve(origin.envFile);
  const { command, args } = launchOf(config, envFile === undefined ? [] : [envFile]);
  const flags = [...given].filter(([, { source }]) => source === "flag")
    .map(([name, { text }]) => settingFlag(name, text));
  if (envFile !== undefined) flags.push(`--env-file=${envFile}`);
  const needsKey = envFile === undefined && config.upstream.baseUrl !== "offline:";
  return {
    kind: "stdio",
    command,
    args: [...args, ...flags],
    ...(needsKey && {
      secret: config.auth.passthrough ? "HTTP_HEADER_X_OPENAI_API_KEY" : "OPENAI_API_KEY",
    }),
  };
}

function overHttp({ auth: { token, passthrough } }: Config, url: URL): Connection {
  const needsToken = token === undefined ? !isLoopback(url.hostname) : token !== "off";
  const secret = passthrough ? "OPENAI_API_KEY" : needsToken ? "MCP_AUTH_TOKEN" : undefined;
  return { kind: "http", url: url.href, ...(secret && { secret }) };
}

function parseUrl(text: string): URL {
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (url !== null && url.username === "" && url.password === "") return url;
  throw new UsageError(
    "The flag --url must be an http or https URL without a user name and password, such as " +
      "https://assistants.example.com/mcp",
  );
}

function ownUrl({ http: { host, port } }: Config): URL {
  if (port === 0) {
    throw new UsageError("PORT=0 changes at every start; set PORT, or pass the server's --url");
  }
  const isWildcard = host === "0.0.0.0" || host === "::";
  const hostname = isWildcard ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return new URL(`http://${hostname}:${port}/mcp`);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\./.test(host);
}
