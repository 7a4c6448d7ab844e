/** The text of docs/tools.md, generated from the tool definitions. */

import { aliasesOf } from "../src/mcp/names.ts";
import { type Tool, TOOLSETS } from "../src/tools/define_tool.ts";
import { listedInputSchema, listedOutputSchema } from "../src/tools/schemas/json_schema.ts";
import { tools } from "../src/tools/mod.ts";
import { EXAMPLES } from "./_examples.ts";
import { code, headingLink, table } from "./_markdown.ts";
import { type Field, fieldsOf, type JsonSchema, objectIn, typeText } from "./_schema_text.ts";
import { errorsOf } from "./_tool_errors.ts";
import { isDefault, toolsGuide } from "./_tools_guide.ts";

/** Returns the whole page, with a final newline. */
export function toolsPage(): string {
  const sections = TOOLSETS.flatMap((toolset) => [
    `## Toolset: ${toolset}`,
    isDefault(toolset)
      ? "Part of the default selection."
      : `Opt-in. Enable it with ${code(`TOOLSETS=default,${toolset}`)}.`,
    ...tools.filter((tool) => tool.toolset === toolset).flatMap(toolSection),
  ]);
  const blocks = [
    ...toolsGuide(),
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

function exampleOf(tool: Tool): string[] {
  const example = EXAMPLES.find(({ tool: name }) => name === tool.name);
  if (example === undefined) throw new Error(`scripts/_examples.ts has no call of ${tool.name}.`);
  return [
    "```json\n" + JSON.stringify({ name: tool.name, arguments: example.args }, null, 2) + "\n```",
  ];
}

/** An object type that arguments contain, documented once for all tools that use it. */
interface Shape {
  name: string;
  object: JsonSchema;
  /** Names of the tools that take it. */
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
  const { name, description, longRunning } = tool;
  const aliases = aliasesOf(tool);
  const facts = [
    `Hints: ${hintsText(tool)}.`,
    ...aliases.length > 0 ? [`Other names: ${aliases.map(code).join(", ")}.`] : [],
    ...longRunning ? ["A call may take a while: over HTTP the response starts immediately."] : [],
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
    readOnly ? "read-only" : destructive ? "writes, destructive" : "writes",
    ...idempotent ? ["idempotent"] : [],
    ...openWorld ? ["calls a model server"] : [],
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

/** Returns equal keys for objects with equal fields; nullability is shown per argument. */
function keyOf({ properties, required }: JsonSchema): string {
  return JSON.stringify({ properties, required });
}

function shapeName(argument: string, { name }: Tool): string {
  const taken = [...shapes.values()].some((shape) => shape.name === argument);
  return taken ? `${argument} of ${name}` : argument;
}

/** Returns the `object` of an API object; undefined for lists and for results that only this server has. */
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
