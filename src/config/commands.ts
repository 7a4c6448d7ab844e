/** The commands. The parser, `--help` and the dispatch derive from this table. */

import type { SettingName } from "./settings.ts";

/** A flag of one command. */
export interface CommandFlag {
  /** Placeholder for its value in `--help`; undefined for a flag without a value. */
  placeholder?: string;
  description: string;
}

/** A row of the table of commands. */
export interface CommandShape {
  /** One to three sentences, for people. */
  description: string;
  /** Placeholders of the arguments that follow the name. */
  operands: readonly string[];
  /** The command's own flags by name, without dashes. */
  flags: Readonly<Record<string, CommandFlag>>;
  /** The settings that it accepts as flags; the others may come from the environment. */
  settings: readonly SettingName[] | "all";
  /** Runs the command although settings are invalid, so that it can report them. */
  reportsProblems?: true;
  /** Command lines that work, with descriptions. */
  examples: readonly (readonly [command: string, description: string])[];
}

const DATABASE: readonly SettingName[] = ["DATABASE_URL", "OPENAI_BASE_URL"];

const TENANT = "default (the server's own key), key (prompts for a caller's API key), or the " +
  "hash of a key as shown in the log";

const COMMANDS = {
  serve: {
    description: "Serve MCP (default transport: stdio).",
    operands: [],
    flags: {},
    settings: "all",
    examples: [
      ["assistants-mcp", "serve one client over stdio"],
      ["assistants-mcp --offline", "the same, without key and network"],
      ["assistants-mcp --http --port 8080", "serve clients at http://127.0.0.1:8080/mcp"],
    ],
  },
  doctor: {
    description:
      "Check settings, permissions, key, model server, models, database, port, folders and clock, " +
      "and report each problem with its solution. Changes nothing. Exits with 1 if there is a " +
      "problem.",
    operands: [],
    flags: { json: { description: "Print the report as a JSON object." } },
    settings: "all",
    reportsProblems: true,
    examples: [
      ["assistants-mcp doctor", "check the settings of the environment"],
      ["assistants-mcp doctor --env-file=.env --http", "check the settings of a server over HTTP"],
    ],
  },
  setup: {
    description:
      "Print the configuration with which an MCP client starts this program with the same flags, " +
      "or connects to a running server (--http or --url). Keys are never written.",
    operands: [],
    flags: {
      client: {
        placeholder: "NAME",
        description:
          "MCP client: claude-desktop, claude-code, cursor, vscode, windsurf, roo, codex, or " +
          "open-webui.",
      },
      write: {
        description:
          "Add the configuration to the client's file. Everything else in the file stays " +
          "unchanged; the old file is copied.",
      },
      file: {
        placeholder: "FILE",
        description: "Path of the client's file, if it is not in the default location.",
      },
      url: { placeholder: "URL", description: "URL of a running server to connect to." },
    },
    settings: "all",
    examples: [
      ["assistants-mcp setup --client cursor --write", "add the server to Cursor"],
      ["assistants-mcp setup --client codex --offline", "print it for Codex and the offline model"],
      ["assistants-mcp setup --client vscode --http", "connect to the server at 127.0.0.1:8001"],
    ],
  },
  healthcheck: {
    description: "Check whether the HTTP server with these settings responds, and exit with 1 if " +
      "it does not. Over stdio, the check always succeeds.",
    operands: [],
    flags: {},
    settings: ["TRANSPORT", "HOST", "PORT"],
    examples: [["assistants-mcp healthcheck --http --port=8662", "check the server on port 8662"]],
  },
  import: {
    description:
      "Import saved objects of the Assistants API: an export of this program, or responses of " +
      "OpenAI's API (objects, pages and lists in any order). Imports the whole file or nothing.",
    operands: ["FILE"],
    flags: {
      tenant: { placeholder: "TENANT", description: `Owner of the imported objects: ${TENANT}.` },
      "skip-existing": { description: "Skip objects whose IDs exist, instead of failing." },
    },
    settings: DATABASE,
    examples: [
      ["assistants-mcp import saved.jsonl", "import a file"],
      ["assistants-mcp import -", "import from standard input"],
    ],
  },
  export: {
    description:
      "Write the assistants, threads, messages, runs, run steps and stored files of one tenant as " +
      "JSON Lines. The export is a consistent snapshot; the server may keep running.",
    operands: ["FILE"],
    flags: { tenant: { placeholder: "TENANT", description: `Owner of the objects: ${TENANT}.` } },
    settings: DATABASE,
    examples: [
      ["assistants-mcp export all.jsonl", "write a file that only you can read"],
      ["assistants-mcp export -", "write to standard output"],
    ],
  },
  backup: {
    description:
      "Copy the whole database into a new file. The copy is a consistent snapshot; the server may " +
      "keep running.",
    operands: ["FILE"],
    flags: {},
    settings: DATABASE,
    examples: [["assistants-mcp backup assistants-copy.db", "copy the database"]],
  },
  "tenant move": {
    description:
      "Move all objects of one tenant to another, for example to a caller's new API key.",
    operands: [],
    flags: {
      from: { placeholder: "TENANT", description: `Current owner of the objects: ${TENANT}.` },
      to: { placeholder: "TENANT", description: "New owner of the objects, in the same format." },
    },
    settings: DATABASE,
    examples: [
      ["assistants-mcp tenant move --from key --to key", "enter the old and the new key"],
      [
        "assistants-mcp tenant move --from default --to key",
        "move the server's objects to a caller",
      ],
    ],
  },
} as const satisfies Record<string, CommandShape>;

export type CommandName = keyof typeof COMMANDS;

/** The commands with their names, in the order of the table. */
export const commandEntries = Object.entries(COMMANDS) as [CommandName, CommandShape][];

/** Returns the row of a command. */
export function commandShape(name: CommandName): CommandShape {
  return COMMANDS[name];
}
