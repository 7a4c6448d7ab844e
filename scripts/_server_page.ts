/** The texts about the tools: the README's table and docs/server.md, from what clients see of them. */

import { createInventory } from "../src/mcp/inventory.ts";
import { aliasesOf } from "../src/mcp/names.ts";
import { DEFAULT_TOOLSETS, type Tool, TOOLSETS } from "../src/tools/define_tool.ts";
import { listedInputSchema, listedOutputSchema } from "../src/tools/schemas/json_schema.ts";
import { tools } from "../src/tools/mod.ts";
import { EXAMPLES } from "./_examples.ts";
import { code, headingLink, table } from "./_markdown.ts";
import { type Field, fieldsOf, type JsonSchema, objectIn, typeText } from "./_schema_text.ts";

/** Every tool with the first sentence of its description; no newline at its end. */
export function toolsTable(): string {
  return table(
    ["Tool", "What it does"],
    tools.map(({ name, toolset, description }) => [
      headingLink(code(name), name, "docs/server.md"),
      description.replace(/(?<=\.) .*/s, "") + (isDefault(toolset) ? "" : ` (${code(toolset)})`),
    ]),
  );
}

/** The text of docs/server.md. */
export function serverPage(): string {
  const sections = TOOLSETS.flatMap((toolset) => [
    `## ${toolset}`,
    isDefault(toolset)
      ? "Served unless `TOOLSETS` says otherwise."
      : `Served where ${code("TOOLSETS")} names it: ${code(`TOOLSETS=default,${toolset}`)}.`,
    ...tools.filter((tool) => tool.toolset === toolset).flatMap(toolSection),
  ]);
  const blocks = [
    "# The server and its tools",
    "This page is written by `deno task docs` from the definitions in `src/tools/`.",
    "Arguments and results are those of the Assistants API. A tool also answers to its other names, " +
    "which the list does not show. An argument that is not named here is refused, and a string " +
    "that holds the JSON of the type that is wanted is read as that. An object in a result may " +
    "have more fields than stand here. The tests make every example.",
    "## What a model is told",
    `> ${createInventory(tools).instructions()}`,
    "## Which tools are served",
    table(["Setting", "What it does"], SELECTING),
    "A call of a tool that is not served says which setting would add it.",
    "## Lists",
    "A list answers 20 items unless `limit` says otherwise, newest first unless `order` does. What " +
    "would be over 8,000 tokens is cut at an item: `note` says how to get the rest, `last_id` and " +
    "`has_more` are those of what is there.",
    "## Confirmation",
    "With `CONFIRM_DELETES=ask` a tool that is destructive asks the person at the client before it " +
    "does anything, where the client has elicitation; with `require` it does nothing where they " +
    "cannot be asked, which goes for `POST /mcp/call` too. What they agree to holds for one call " +
    "with those arguments, once, for ten minutes.",
    "## Errors",
    "How an error looks is told in the [README](../README.md#errors). These are what a tool can say:",
    table(["Status", "When", "What to do"], Object.values(ERRORS)),
    ...sections,
    "## Objects in arguments",
    ...[...shapes.values()].flatMap(({ name, object, users }) => [
      `### Argument: ${name}`,
      `Used by ${users.map((user) => headingLink(user, user)).join(", ")}.`,
      argumentsTable(fieldsOf(object, isOtherShape(object))),
    ]),
    "## Objects in results",
    ...[...resultObjects].flatMap(([name, object]) => [`### Object: ${name}`, resultTable(object)]),
  ];
  return `${blocks.join("\n\n")}\n`;
}

/** The settings about tools, as far as a reader of this page has to know. */
const SELECTING = [
  [code("TOOLSETS"), "Toolsets by name, `default` or `all`"],
  [code("TOOLS_EXCLUDE"), "Takes tools away, by any of their names"],
  [code("READ_ONLY"), "Leaves the tools that only read"],
  [code("TOOL_NAMING"), "`kebab-case` lists `thread-create` for `create_thread`"],
];

/** What a tool can say, by what has to be true of the tool. */
const ERRORS = {
  arguments: ["400", "An argument is wrong, unknown or missing", "Correct what the text names"],
  state: ["400", "The run or its thread is not in a state for this", "`get_run`, `wait_for_run`"],
  id: ["404", "No object of the caller has this id", "Take the id from a list"],
  path: ["403, 404", "A path may not be read, or there is no file", "Send the content itself"],
  size: ["413", "A file is larger than what is read or shown", "Do as the text says"],
  agreement: ["403", "Nobody agreed, with `CONFIRM_DELETES`", "Call again if the person asks"],
  key: ["401, 403", "The key is missing, refused, or may not do this", "Set another key"],
  busy: ["429", "Too many calls, requests or tokens", "Wait as long as the text says"],
  upstream: ["500 to 504", "The model server or the database fails", "Try again in a moment"],
};

function errorsOf({ hints = {}, input, name, toolset }: Tool): string {
  const names = Object.keys(input.shape);
  const asksNobody = toolset === "utility";
  const kinds: [kind: keyof typeof ERRORS, holds: boolean][] = [
    ["arguments", names.length > 0],
    ["state", /run|tool_outputs|message$/.test(name) && !hints.readOnly],
    ["id", names.some((name) => name.endsWith("_id"))],
    ["path", /^(upload_file|edit_image)$/.test(name)],
    ["size", /^(upload_file|edit_image|get_file_content)$/.test(name)],
    ["agreement", hints.destructive === true],
    ["key", !asksNobody],
    ["busy", true],
    ["upstream", !asksNobody],
  ];
  const statuses = kinds.flatMap(([kind, holds]) => holds ? [ERRORS[kind][0] ?? ""] : []);
  return [...new Set(statuses)].join(", ");
}

function isDefault(toolset: string): boolean {
  return DEFAULT_TOOLSETS.some((name) => name === toolset);
}

function exampleOf(tool: Tool): string[] {
  const example = EXAMPLES.find(({ tool: name }) => name === tool.name);
  if (example === undefined) throw new Error(`scripts/_examples.ts has no call of ${tool.name}.`);
  return [
    "```json\n" + JSON.stringify({ name: tool.name, arguments: example.args }, null, 2) + "\n```",
  ];
}

/** An object that arguments hold, shown once for all that hold it. */
interface Shape {
  name: string;
  object: JsonSchema;
  /** The tools that have it as an argument. */
  users: string[];
}

const shapes = new Map<string, Shape>();
const resultObjects = new Map<string, JsonSchema>();
for (const tool of tools) {
  for (const [argument, schema] of Object.entries(inputOf(tool).properties ?? {})) {
    const object = objectIn(schema);
    if (object === undefined) continue;
    const shape = shapes.get(keyOf(object)) ??
      { name: shapeName(argument, tool), object, users: [] };
    shape.users.push(tool.name);
    shapes.set(keyOf(object), shape);
  }
  const output = outputOf(tool);
  const name = resultName(output);
  if (name !== undefined) resultObjects.set(name, output);
}

function toolSection(tool: Tool): string[] {
  const { name, description, long } = tool;
  const aliases = aliasesOf(tool);
  const facts = [
    `Hints: ${hintsText(tool)}.`,
    ...aliases.length > 0 ? [`Other names: ${aliases.map(code).join(", ")}.`] : [],
    ...long ? ["It may take a while: over HTTP the response begins at once."] : [],
  ];
  const fields = fieldsOf(inputOf(tool), isShape);
  const output = outputOf(tool);
  const result = resultName(output);
  return [
    `### ${name}`,
    description,
    facts.join(" "),
    fields.length === 0 ? "It takes no arguments." : argumentsTable(fields),
    `Result: ${
      result === undefined ? resultLine(output) : headingLink(result, `Object: ${result}`)
    }.`,
    `[Errors](#errors): ${errorsOf(tool)}.`,
    ...exampleOf(tool),
  ];
}

function hintsText({ hints = {} }: Tool): string {
  const { readOnly, destructive, idempotent, openWorld } = hints;
  return [
    readOnly ? "reads only" : destructive ? "writes, destructive" : "writes",
    ...idempotent ? ["idempotent"] : [],
    ...openWorld ? ["asks a model server"] : [],
  ].join(", ");
}

function argumentsTable(fields: Field[]): string {
  return table(
    ["Argument", "Type", "Required", "Meaning"],
    fields.map(({ path, schema, required }) => [
      code(path),
      typeText(schema) + shapeLink(schema),
      required ? "yes" : "",
      schema.description ?? "",
    ]),
  );
}

function resultTable(output: JsonSchema): string {
  return table(
    ["Field", "Type"],
    fieldsOf(output, () => false).map(({ path, schema }) => [code(path), typeText(schema)]),
  );
}

function resultLine(output: JsonSchema): string {
  return fieldsOf(output, () => false)
    .map(({ path, schema }) => `${code(path)} (${typeText(schema)})`).join(", ");
}

function shapeLink(schema: JsonSchema): string {
  const object = objectIn(schema);
  const shape = object && shapes.get(keyOf(object));
  return shape === undefined ? "" : ` (${headingLink(shape.name, `Argument: ${shape.name}`)})`;
}

function isShape(object: JsonSchema): boolean {
  return shapes.has(keyOf(object));
}

function isOtherShape(self: JsonSchema): (object: JsonSchema) => boolean {
  return (object) => object !== self && isShape(object);
}

/** Two objects are one where their fields are; whether they may be null is said at each. */
function keyOf({ properties, required }: JsonSchema): string {
  return JSON.stringify({ properties, required });
}

function shapeName(argument: string, { name }: Tool): string {
  const taken = [...shapes.values()].some((shape) => shape.name === argument);
  return taken ? `${argument} of ${name}` : argument;
}

/** The name of an object of the API; lists and answers of our own have none. */
function resultName({ properties = {} }: JsonSchema): string | undefined {
  const { id, object } = properties;
  return id && typeof object?.const === "string" ? object.const : undefined;
}

function inputOf(tool: Tool): JsonSchema {
  return listedInputSchema(tool) as JsonSchema;
}

function outputOf(tool: Tool): JsonSchema {
  return listedOutputSchema(tool) as JsonSchema;
}
