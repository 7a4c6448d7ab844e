/** The texts about commands and settings: `--help`, `.env.example` and the tables of docs/configuration.md. */

import { commandEntries, type CommandName, type CommandShape, commandShape } from "./commands.ts";
import { flagName, type Setting, settingEntries, type SettingName } from "./settings.ts";

const WIDTH = 100;
const MARGIN = 30;

const SETTINGS_NOTE = wrap(
  "Settings come from flags, environment variables and the file of --env-file; the first " +
    "non-empty value wins. Secrets have no flag, because process lists show flags.",
  WIDTH,
);

/**
 * Returns the text of `--help` for a command; for `serve`, that of the program. Lines have at most
 * 100 columns. There is no final newline.
 */
export function helpText(command: CommandName): string {
  const shape = commandShape(command);
  const blocks = command === "serve" ? serverHelp(shape) : commandHelp(command, shape);
  return [
    ...blocks,
    ["Examples", ...shape.examples.flatMap(([line, description]) => entry(line, description, 56))],
  ].map((lines) => lines.join("\n")).join("\n\n");
}

function serverHelp({ settings }: CommandShape): string[][] {
  return [
    ["OpenAI assistants for every MCP client."],
    ["Usage: assistants-mcp [COMMAND] [FLAGS]"],
    [
      "Commands (details: assistants-mcp COMMAND --help)",
      ...commandEntries.flatMap(([name, shape]) => entry(usageOf(name, shape), shape.description)),
    ],
    SETTINGS_NOTE,
    ["General", ...generalFlags(settings)],
    ...groups().map(([group, settings]) => [group, ...settings.flatMap(settingLines)]),
  ];
}

function commandHelp(name: CommandName, shape: CommandShape): string[][] {
  const { flags, settings } = shape;
  const own = Object.entries(flags).flatMap(([flag, { placeholder, description }]) =>
    entry(`--${flag}${placeholder === undefined ? "" : ` ${placeholder}`}`, description)
  );
  return [
    wrap(shape.description, WIDTH),
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

/** Returns the text of `.env.example`: every setting, commented out. */
export function envExample(): string {
  const intro =
    "# Settings of assistants-mcp. Copy this file to .env, and remove the # from each line that you set.";
  const blocks = groups().flatMap(([group, settings]) => [
    `## ${group}`,
    ...settings.map(([name, setting]) => {
      const note = setting.computedDefault ? ` Default: ${setting.computedDefault}.` : "";
      const comment = wrap(setting.description + note, WIDTH - 2).map((line) => `# ${line}\n`).join(
        "",
      );
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
    setting.default ? `\`${setting.default}\`` : setting.computedDefault ?? "",
    setting.description,
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
    ...entry("--env-file FILE", "Read settings that the environment does not set from this file."),
    ...settingEntries.flatMap(([name, { shorthand }]) =>
      shorthand && takes(settings, name) ? entry(`--${shorthand.flag}`, shorthand.description) : []
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
    ...(setting.computedDefault ? [`default: ${setting.computedDefault}`] : []),
  ];
  return `${setting.description} [${facts.join(", ")}]`;
}

/** Formats a row of two columns; a left text that is too long gets its own line. */
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
