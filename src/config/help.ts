/** The texts about commands and settings: `--help`, `.env.example` and the tables of docs/configuration.md. */

import { commandEntries, type CommandName, type CommandShape, commandShape } from "./commands.ts";
import { flagName, type Setting, settingEntries, type SettingName } from "./settings.ts";

const WIDTH = 100;
const MARGIN = 30;

const SETTINGS_NOTE = wrap(
  "A setting is a flag, an environment variable, or a line in an env file; the first of these " +
    "that has a value wins. Secrets have no flag, as flags show in the list of processes.",
  WIDTH,
);

/** What `--help` shows of a command, and of everything where that is `serve`: at most 100 columns wide, with no newline at its end. */
export function helpText(command: CommandName): string {
  const shape = commandShape(command);
  const blocks = command === "serve" ? serverHelp(shape) : commandHelp(command, shape);
  return [
    ...blocks,
    ["Examples", ...shape.examples.flatMap(([line, meaning]) => entry(line, meaning, 56))],
  ].map((lines) => lines.join("\n")).join("\n\n");
}

function serverHelp({ settings }: CommandShape): string[][] {
  return [
    ["OpenAI assistants for every MCP client."],
    ["Usage: assistants-mcp [COMMAND] [FLAGS]"],
    [
      "Commands (assistants-mcp COMMAND --help says more)",
      ...commandEntries.flatMap(([name, shape]) => entry(usageOf(name, shape), shape.meaning)),
    ],
    SETTINGS_NOTE,
    ["General", ...generalFlags(settings)],
    ...groups().map(([group, settings]) => [group, ...settings.flatMap(settingLines)]),
  ];
}

function commandHelp(name: CommandName, shape: CommandShape): string[][] {
  const { flags, settings } = shape;
  const own = Object.entries(flags).flatMap(([flag, { placeholder, meaning }]) =>
    entry(`--${flag}${placeholder === undefined ? "" : ` ${placeholder}`}`, meaning)
  );
  return [
    wrap(shape.meaning, WIDTH),
    [`Usage: assistants-mcp ${usageOf(name, shape)} [FLAGS]`],
    ...own.length > 0 ? [["Flags", ...own]] : [],
    ["General", ...generalFlags(settings)],
    [
      "Settings",
      ...settingEntries.filter(([name]) => takes(settings, name)).flatMap(settingLines),
    ],
    SETTINGS_NOTE,
  ];
}

/** The text of `.env.example`: every setting, commented out. */
export function envExample(): string {
  const intro =
    "# The settings of assistants-mcp. Copy this file to .env and take the # from what you set.";
  const blocks = groups().flatMap(([group, settings]) => [
    `## ${group}`,
    ...settings.map(([name, setting]) => {
      const note = setting.derived ? ` Default: ${setting.derived}.` : "";
      const comment = wrap(setting.meaning + note, WIDTH - 2).map((line) => `# ${line}\n`).join("");
      return `${comment}#${name}=${setting.default ?? ""}`;
    }),
  ]);
  return `${[intro, ...blocks].join("\n\n")}\n`;
}

/** Returns a Markdown table of the settings, as `deno fmt` writes it, without a final newline. */
export function settingsTable(settings: readonly Entry[] = settingEntries): string {
  const header = ["Variable", "Flag", "Default", "Meaning"];
  const rows = settings.map(([name, setting]) => [
    `\`${name}\``,
    setting.secret ? "" : `\`--${flagName(name)}\``,
    setting.default ? `\`${setting.default}\`` : setting.derived ?? "",
    setting.meaning,
  ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0))
  );
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(header), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)]
    .join("\n");
}

type Entry = [SettingName, Setting];

function groups(): [string, Entry[]][] {
  return [...Map.groupBy(settingEntries, ([, { group }]) => group)];
}

function generalFlags(settings: CommandShape["settings"]): string[] {
  return [
    ...entry("-h, --help", "Show this help."),
    ...entry("-V, --version", "Show the version."),
    ...entry("--env-file FILE", "Take from this file what the environment does not have."),
    ...settingEntries.flatMap(([name, { shorthand }]) =>
      shorthand && takes(settings, name) ? entry(`--${shorthand.flag}`, shorthand.meaning) : []
    ),
  ];
}

function takes(settings: CommandShape["settings"], name: SettingName): boolean {
  return settings === "all" || settings.includes(name);
}

function usageOf(name: CommandName, { operands }: CommandShape): string {
  return [name, ...operands].join(" ");
}

function settingLines([name, setting]: Entry): string[] {
  const usage = setting.secret ? name : `--${flagName(name)} ${setting.type.placeholder}`;
  return entry(usage, explain(name, setting));
}

function explain(name: SettingName, setting: Setting): string {
  const facts = [
    setting.secret ? "variable only" : name,
    ...(setting.default ? [`default ${setting.default}`] : []),
    ...(setting.derived ? [`default: ${setting.derived}`] : []),
  ];
  return `${setting.meaning} [${facts.join(", ")}]`;
}

/** Two columns; a left text that is too long stands on a line of its own. */
function entry(left: string, right: string, margin = MARGIN): string[] {
  const lines = wrap(right, WIDTH - margin).map((line) => " ".repeat(margin) + line);
  const start = `  ${left}`;
  if (start.length + 2 > margin) return [start, ...lines];
  return [start + (lines[0] ?? "").slice(start.length), ...lines.slice(1)];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
