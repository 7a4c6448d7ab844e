/** Every command once: the parser, the help and the dispatch derive from this. */

import type { SettingName } from "./settings.ts";

export interface CommandFlag {
  /** What stands for its value in the help; none for a flag that takes no value. */
  placeholder?: string;
  meaning: string;
}

export interface CommandShape {
  /** A sentence or two. */
  meaning: string;
  /** What follows the name. */
  operands: readonly string[];
  /** Its own flags, by their names without dashes. */
  flags: Readonly<Record<string, CommandFlag>>;
  /** The settings whose flags it takes; the others can still come from the environment. */
  settings: readonly SettingName[] | "all";
  /** Is called also where settings cannot be used, to say so. */
  reportsProblems?: true;
  /** Command lines that work, each with what it does. */
  examples: readonly (readonly [command: string, meaning: string])[];
}

const DATABASE: readonly SettingName[] = ["DATABASE_URL", "OPENAI_BASE_URL"];

const WHOSE =
  "default for those of the server's own key, key to be asked for a caller's API key, " +
  "or the hash of it that the log shows";

const COMMANDS = {
  serve: {
    meaning: "Serve MCP, over standard input and output unless told.",
    operands: [],
    flags: {},
    settings: "all",
    examples: [
      ["assistants-mcp", "serve one client over standard input and output"],
      ["assistants-mcp --offline", "the same, with no key and no network"],
      ["assistants-mcp --http --port 8080", "serve many at http://127.0.0.1:8080/mcp"],
    ],
  },
  doctor: {
    meaning:
      "Look at everything that serving needs, and say what is wrong and what to do: settings, " +
      "permissions, key, model server, models, database, port, folders, clock. Changes nothing, and " +
      "exits with 1 where something is wrong.",
    operands: [],
    flags: { json: { meaning: "Print one JSON object, for programs." } },
    settings: "all",
    reportsProblems: true,
    examples: [
      ["assistants-mcp doctor", "look at what the environment sets"],
      ["assistants-mcp doctor --env-file=.env --http", "the same for a server over HTTP"],
    ],
  },
  setup: {
    meaning:
      "Print what an MCP client needs in its configuration to start this program with the same " +
      "flags, or with --http or --url to reach one that runs. Keys are never written.",
    operands: [],
    flags: {
      client: {
        placeholder: "NAME",
        meaning:
          "claude-desktop, claude-code, cursor, vscode, windsurf, roo, codex, or open-webui.",
      },
      write: {
        meaning:
          "Write it into the client's file, of which a copy is kept; all else stays as it is.",
      },
      file: {
        placeholder: "FILE",
        meaning: "The client's file, where it is not in its usual place.",
      },
      url: { placeholder: "URL", meaning: "Where the server runs that the client is to use." },
    },
    settings: "all",
    examples: [
      ["assistants-mcp setup --client cursor --write", "add the server to Cursor"],
      ["assistants-mcp setup --client codex --offline", "see it for Codex, with the offline model"],
      ["assistants-mcp setup --client vscode --http", "use the server at 127.0.0.1:8001"],
    ],
  },
  healthcheck: {
    meaning: "Ask the server that the settings describe over HTTP whether it is alive, and exit " +
      "with 1 where it does not answer; over standard streams there is nothing to ask.",
    operands: [],
    flags: {},
    settings: ["TRANSPORT", "HOST", "PORT"],
    examples: [["assistants-mcp healthcheck --http --port=8662", "ask at port 8662"]],
  },
  import: {
    meaning:
      "Take in objects of the Assistants API that were saved: an export of this program, or " +
      "what OpenAI's API answered, one object, page or list after the other, in any order. All of " +
      "the file is taken in, or nothing.",
    operands: ["FILE"],
    flags: {
      tenant: { placeholder: "TENANT", meaning: `Whose the objects become: ${WHOSE}.` },
      "skip-existing": { meaning: "Leave out objects whose IDs are there, instead of refusing." },
    },
    settings: DATABASE,
    examples: [
      ["assistants-mcp import saved.jsonl", "take in a file"],
      ["assistants-mcp import -", "take in what comes on standard input"],
    ],
  },
  export: {
    meaning:
      "Write the assistants, threads, messages, runs and run steps of one tenant as lines of " +
      "JSON, as they are at one moment; the server may go on.",
    operands: ["FILE"],
    flags: { tenant: { placeholder: "TENANT", meaning: `Whose objects: ${WHOSE}.` } },
    settings: DATABASE,
    examples: [
      ["assistants-mcp export all.jsonl", "write a file that only you can read"],
      ["assistants-mcp export -", "write to standard output"],
    ],
  },
  backup: {
    meaning:
      "Copy the whole database, as it is at one moment, into a new file; the server may go on.",
    operands: ["FILE"],
    flags: {},
    settings: DATABASE,
    examples: [["assistants-mcp backup assistants-copy.db", "copy the database"]],
  },
  "tenant move": {
    meaning: "Give all that belongs to one tenant to another, such as to a caller's new API key.",
    operands: [],
    flags: {
      from: { placeholder: "TENANT", meaning: `Whose it is: ${WHOSE}.` },
      to: { placeholder: "TENANT", meaning: "Whose it becomes, in the same words." },
    },
    settings: DATABASE,
    examples: [
      ["assistants-mcp tenant move --from key --to key", "be asked for the old and the new key"],
      [
        "assistants-mcp tenant move --from default --to key",
        "give what the server has to a caller",
      ],
    ],
  },
} as const satisfies Record<string, CommandShape>;

export type CommandName = keyof typeof COMMANDS;

/** The commands in the table's order, as the general type has them. */
export const commandEntries = Object.entries(COMMANDS) as [CommandName, CommandShape][];

export function commandShape(name: CommandName): CommandShape {
  return COMMANDS[name];
}
