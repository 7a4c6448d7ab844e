/** The texts about the tools: the README's table and docs/tools.md, from what clients see of them. */

import { aliasesOf } from "../src/mcp/names.ts";
import { type Tool, TOOLSETS } from "../src/tools/define_tool.ts";
import { listedInputSchema, listedOutputSchema } from "../src/tools/json_schema.ts";
import { tools } from "../src/tools/mod.ts";
import { code, headingLink, table } from "./_markdown.ts";
import { type Field, fieldsOf, type JsonSchema, objectIn, typeText } from "./_schema_text.ts";

/** Every tool with the first sentence of its description; no newline at its end. */
export function toolsTable(): string {
  return table(
    ["Tool", "What it does"],
    tools.map(({ name, description }) => [
      headingLink(code(name), name, "docs/tools.md"),
      description.replace(/(?<=\.) .*/s, ""),
    ]),
  );
}

/** The text of docs/tools.md. */
export function toolsPage(): string {
  const sections = TOOLSETS.flatMap((toolset) => [
    `## ${toolset}`,
    ...tools.filter((tool) => tool.toolset === toolset).flatMap(toolSection),
  ]);
  const blocks = [
    "# Tools",
    "This page is written by `deno task docs` from the definitions in `src/tools/`.",
    "Arguments and results are those of the Assistants API. A tool also answers to its other names, " +
    "which the list does not show. An argument that is not named here is refused, and a string " +
    "that holds the JSON of the type that is wanted is read as that. An object in a result may " +
    "have more fields than stand here. How an error looks is told in the [README](../README.md#errors).",
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
  const facts = [
    `Hints: ${hintsText(tool)}.`,
    `Other names: ${aliasesOf(tool).map(code).join(", ")}.`,
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
