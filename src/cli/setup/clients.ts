/** The MCP clients: where each keeps its servers, and in which words. */

import type { Connection, SecretName } from "./connection.ts";

export type Json = string | boolean | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** The folders from which a client's file is found. */
export type Base = "home" | "applications" | "codex";

export interface Client {
  title: string;
  format: "json" | "toml";
  /** Undefined where the file is wherever its user wants it. */
  file?: { base: Base; path: readonly string[] };
  /** What has to be in the file; undefined where the client cannot be told so. */
  document(connection: Connection): JsonObject | undefined;
  /** How the secret gets to where it is needed, in a sentence; and what else is to be done. */
  steps(connection: Connection): string[];
}

/** What the server is called in every client. */
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
      "restart Claude Desktop when the file is as it should be",
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
      secret === undefined
        ? []
        : [`VS Code asks for ${secret} when it first starts the server, and keeps it`],
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
          // mcpo hands its own environment down.
          ? stdioEntry({ ...connection, secret: undefined }, placeholder)
          : { type: "streamable-http", ...httpEntry(connection, placeholder) },
      },
    }),
    steps: (connection) => [
      ...connection.kind === "stdio"
        ? variableSteps("mcpo", connection)
        : placeholderSteps(connection),
      "start mcpo with it, as in uvx mcpo --port 8000 --config FILE",
      `in Open WebUI add the tool server http://localhost:8000/${SERVER_NAME}`,
    ],
  },
};

type Reference = (name: SecretName) => string;

type Stdio = Extract<Connection, { kind: "stdio" }>;
type Http = Extract<Connection, { kind: "http" }>;

function stdioEntry({ command, args, secret }: Stdio, reference: Reference): JsonObject {
  return { command, args, ...(secret && { env: { [secret]: reference(secret) } }) };
}

function httpEntry({ url, secret }: Http, reference: Reference): JsonObject {
  return { url, ...(secret && { headers: { Authorization: `Bearer ${reference(secret)}` } }) };
}

/** Codex hands variables down by their names, and has none of the others. */
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

/** Stands where a client knows no other way, until a person writes the secret there. */
function placeholder(name: SecretName): string {
  return name === "MCP_AUTH_TOKEN" ? "your-token" : "sk-...";
}

function placeholderSteps({ secret }: Connection): string[] {
  if (secret === undefined) return [];
  return [
    `write the value of ${secret} in the place of ${placeholder(secret)}` +
    (secret === "MCP_AUTH_TOKEN" ? "" : ", or give --env-file=FILE for a file that has it"),
  ];
}

function variableSteps(who: string, { secret, kind }: Connection): string[] {
  if (secret === undefined) return [];
  const otherwise = kind === "stdio" ? "; or give --env-file=FILE for a file that has it" : "";
  return [`${secret} has to be set in the environment in which ${who} starts${otherwise}`];
}
