/** The MCP clients, with the location and the format of their configurations. */

import type { Connection, SecretName } from "./connection.ts";

export type Json = string | boolean | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** Base folder of a client's file. */
export type Base = "home" | "applications" | "codex";

/** An MCP client. */
export interface Client {
  /** Name for people. */
  title: string;
  format: "json" | "toml";
  /** Location of the file; undefined if the client has no default location. */
  file?: { base: Base; path: readonly string[] };
  /** Returns the required content of the file; undefined if the client does not support the connection. */
  document(connection: Connection): JsonObject | undefined;
  /** Returns the remaining steps for the user, such as providing the secret. */
  steps(connection: Connection): string[];
}

/** Name of the server in every client. */
const SERVER_NAME = "assistants";

const VSCODE_USER = ["Code", "User"];

export const CLIENTS: Readonly<Record<string, Client>> = {
  "claude-desktop": {
    title: "Claude Desktop",
    format: "json",
    file: { base: "applications", path: ["Claude", "claude_desktop_config.json"] },
    document: (connection) =>
      connection.kind === "http"
        ? undefined
        : { mcpServers: { [SERVER_NAME]: stdioEntry(connection, placeholder) } },
    steps: (connection) => [
      ...placeholderSteps(connection),
      "restart Claude Desktop after the file is complete",
    ],
  },
  "claude-code": {
    title: "Claude Code",
    format: "json",
    file: { base: "home", path: [".claude.json"] },
    document: (connection) => ({
      mcpServers: {
        [SERVER_NAME]: connection.kind === "stdio"
          ? { type: "stdio", ...stdioEntry(connection, (name) => `\${${name}}`) }
          : { type: "http", ...httpEntry(connection, (name) => `\${${name}}`) },
      },
    }),
    steps: (connection) => variableSteps("Claude Code", connection),
  },
  cursor: {
    title: "Cursor",
    format: "json",
    file: { base: "home", path: [".cursor", "mcp.json"] },
    document: (connection) => ({
      mcpServers: {
        [SERVER_NAME]: connection.kind === "stdio"
          ? stdioEntry(connection, envReference)
          : httpEntry(connection, envReference),
      },
    }),
    steps: (connection) => variableSteps("Cursor", connection),
  },
  vscode: {
    title: "VS Code",
    format: "json",
    file: { base: "applications", path: [...VSCODE_USER, "mcp.json"] },
    document: (connection) => ({
      servers: {
        [SERVER_NAME]: connection.kind === "stdio"
          ? { type: "stdio", ...stdioEntry(connection, inputReference) }
          : { type: "http", ...httpEntry(connection, inputReference) },
      },
      ...(connection.secret && { inputs: [inputOf(connection.secret)] }),
    }),
    steps: ({ secret }) =>
      secret === undefined ? [] : [
        `VS Code asks for ${secret} when it starts the server for the first time, and stores it`,
      ],
  },
  windsurf: {
    title: "Windsurf",
    format: "json",
    file: { base: "home", path: [".codeium", "windsurf", "mcp_config.json"] },
    document: (connection) => {
      if (connection.kind === "stdio") {
        return { mcpServers: { [SERVER_NAME]: stdioEntry(connection, envReference) } };
      }
      const { url: serverUrl = "", ...rest } = httpEntry(connection, envReference);
      return { mcpServers: { [SERVER_NAME]: { serverUrl, ...rest } } };
    },
    steps: (connection) => variableSteps("Windsurf", connection),
  },
  roo: {
    title: "Roo Code",
    format: "json",
    file: {
      base: "applications",
      path: [
        ...VSCODE_USER,
        "globalStorage",
        "rooveterinaryinc.roo-cline",
        "settings",
        "mcp_settings.json",
      ],
    },
    document: (connection) => ({
      mcpServers: {
        [SERVER_NAME]: connection.kind === "stdio"
          ? stdioEntry(connection, envReference)
          : { type: "streamable-http", ...httpEntry(connection, envReference) },
      },
    }),
    steps: (connection) => variableSteps("VS Code", connection),
  },
  codex: {
    title: "Codex",
    format: "toml",
    file: { base: "codex", path: ["config.toml"] },
    document: (connection) => ({ mcp_servers: { [SERVER_NAME]: codexEntry(connection) } }),
    steps: (connection) => variableSteps("Codex", connection),
  },
  "open-webui": {
    title: "Open WebUI",
    format: "json",
    document: (connection) => ({
      mcpServers: {
        [SERVER_NAME]: connection.kind === "stdio"
          // mcpo passes its own environment to the server.
          ? stdioEntry({ ...connection, secret: undefined }, placeholder)
          : { type: "streamable-http", ...httpEntry(connection, placeholder) },
      },
    }),
    steps: (connection) => [
      ...connection.kind === "stdio"
        ? variableSteps("mcpo", connection)
        : placeholderSteps(connection),
      "start mcpo with this configuration, for example with uvx mcpo --port 8000 --config FILE",
      `add the tool server http://localhost:8000/${SERVER_NAME} in Open WebUI`,
    ],
  },
};

/** Returns the syntax with which a client inserts a secret. */
type Reference = (name: SecretName) => string;

type Stdio = Extract<Connection, { kind: "stdio" }>;
type Http = Extract<Connection, { kind: "http" }>;

function stdioEntry({ command, args, secret }: Stdio, reference: Reference): JsonObject {
  return { command, args, ...(secret && { env: { [secret]: reference(secret) } }) };
}

function httpEntry({ url, secret }: Http, reference: Reference): JsonObject {
  return { url, ...(secret && { headers: { Authorization: `Bearer ${reference(secret)}` } }) };
}

/** Returns the entry for Codex, which passes environment variables by name only. */
function codexEntry(connection: Connection): JsonObject {
  const { secret } = connection;
  if (connection.kind === "http") {
    return { url: connection.url, ...(secret && { bearer_token_env_var: secret }) };
  }
  const { command, args } = connection;
  return { command, args, ...(secret && { env_vars: [secret] }) };
}

function envReference(name: SecretName): string {
  return `\${env:${name}}`;
}

function inputReference(name: SecretName): string {
  return `\${input:${inputId(name)}}`;
}

function inputOf(name: SecretName): JsonObject {
  const description = `${name} for assistants-mcp`;
  return { type: "promptString", id: inputId(name), description, password: true };
}

function inputId(name: SecretName): string {
  return `${SERVER_NAME}-${name.toLowerCase().replaceAll("_", "-")}`;
}

/** Returns a placeholder that the user replaces, for clients that cannot reference a secret. */
function placeholder(name: SecretName): string {
  return name === "MCP_AUTH_TOKEN" ? "your-token" : "sk-...";
}

function placeholderSteps({ secret }: Connection): string[] {
  if (secret === undefined) return [];
  return [
    `replace ${placeholder(secret)} with the value of ${secret}` +
    (secret === "MCP_AUTH_TOKEN"
      ? ""
      : ", or run setup with --env-file=FILE for a file that sets it"),
  ];
}

function variableSteps(program: string, { secret, kind }: Connection): string[] {
  if (secret === undefined) return [];
  const alternative = kind === "stdio"
    ? "; or run setup with --env-file=FILE for a file that sets it"
    : "";
  return [`set ${secret} in the environment of ${program}${alternative}`];
}
