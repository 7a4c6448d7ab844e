/** How a client is to reach the server: by starting it, or where it runs. */

import { resolve } from "node:path";
import type { Config, Invocation } from "../../config/mod.ts";
import { flagName, type Setting, SETTINGS } from "../../config/settings.ts";
import { UsageError } from "../../shared/errors.ts";
import { launchOf } from "./launch.ts";

export type Connection =
  & {
    /** The variable with the secret that the client has to bring; none where none is needed. */
    secret?: SecretName;
  }
  & (
    | { kind: "stdio"; command: string; args: string[] }
    /** The secret goes as the bearer token. */
    | { kind: "http"; url: string }
  );

export type SecretName = "OPENAI_API_KEY" | "HTTP_HEADER_X_OPENAI_API_KEY" | "MCP_AUTH_TOKEN";

/** @throws {UsageError} for a URL that is none */
export function connectionOf(invocation: Invocation): Connection {
  const { config, flags } = invocation;
  const url = flags.get("url");
  if (url !== undefined) return overHttp(config, checked(url));
  return config.TRANSPORT === "stdio" ? overStdio(invocation) : overHttp(config, ownUrl(config));
}

function overStdio({ config, origin }: Invocation): Connection {
  const { given } = origin;
  const envFile = origin.envFile && resolve(origin.envFile);
  const { command, args } = launchOf(config, envFile === undefined ? [] : [envFile]);
  const flags = [...given].filter(([, { source }]) => source === "flag")
    .map(([name, { text }]) => flagOf(name, text));
  if (envFile !== undefined) flags.push(`--env-file=${envFile}`);
  const needsKey = envFile === undefined && config.OPENAI_BASE_URL !== "offline:";
  return {
    kind: "stdio",
    command,
    args: [...args, ...flags],
    ...(needsKey && {
      secret: config.MCP_CREDENTIALS_PASSTHROUGH
        ? "HTTP_HEADER_X_OPENAI_API_KEY"
        : "OPENAI_API_KEY",
    }),
  };
}

function flagOf(name: keyof typeof SETTINGS, text: string): string {
  const { shorthand }: Setting = SETTINGS[name];
  return shorthand?.value === text ? `--${shorthand.flag}` : `--${flagName(name)}=${text}`;
}

function overHttp(config: Config, url: URL): Connection {
  const { MCP_AUTH_TOKEN: token, MCP_CREDENTIALS_PASSTHROUGH: passthrough } = config;
  const needsToken = token === undefined ? !isLoopback(url.hostname) : token !== "off";
  const secret = passthrough ? "OPENAI_API_KEY" : needsToken ? "MCP_AUTH_TOKEN" : undefined;
  return { kind: "http", url: url.href, ...(secret && { secret }) };
}

function checked(text: string): URL {
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (url !== null && url.username === "" && url.password === "") return url;
  throw new UsageError(
    "The flag --url must be an http or https URL with no user name or password in it, as in " +
      "https://assistants.example.com/mcp",
  );
}

function ownUrl({ HOST, PORT }: Config): URL {
  if (PORT === 0) {
    throw new UsageError("PORT 0 is another port at each start; name one, or the server's --url");
  }
  const everywhere = HOST === "0.0.0.0" || HOST === "::";
  const host = everywhere ? "127.0.0.1" : HOST.includes(":") ? `[${HOST}]` : HOST;
  return new URL(`http://${host}:${PORT}/mcp`);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\./.test(host);
}
