/**
 * What clients see of a tool's schemas: JSON Schema with nothing in it that costs bytes and says
 * nothing. It reads the kinds of schema that tools use and no others, and a fragment that many
 * tools share is converted once: zod's own conversion would be a tenth of the time to start.
 */

import type * as z from "zod";
import type { Tool } from "../define_tool.ts";

/** The JSON Schema of an object, without `$ref` and with no union at its root. */
export interface ObjectSchema {
  [keyword: string]: unknown;
  type: "object";
  properties: Record<string, Schema>;
}

type Schema = Record<string, unknown>;

const converted = new WeakMap<z.core.$ZodType, Schema>();

/** The listed `inputSchema`: arguments that the tool does not have are refused. */
export function listedInputSchema(tool: Tool): ObjectSchema {
  return { ...objectSchema(tool.input.shape), additionalProperties: false };
}

/** The listed `outputSchema`: an answer may carry more than it names. */
export function listedOutputSchema(tool: Tool): ObjectSchema {
  return objectSchema(tool.output.shape);
}

function objectSchema(shape: z.core.$ZodShape): ObjectSchema {
  const entries = Object.entries(shape);
  const required = entries.filter(([, field]) => field._zod.optin !== "optional")
    .map(([name]) => name);
  return {
    type: "object",
    properties: Object.fromEntries(entries.map(([name, field]) => [name, toSchema(field)])),
    ...(required.length > 0 ? { required } : {}),
  };
}

function toSchema(schema: z.core.$ZodType): Schema {
  let result = converted.get(schema);
  if (result === undefined) {
    const { description } = schema as z.ZodType;
    result = convert(schema as z.core.$ZodTypes);
    if (description !== undefined) result = { ...result, description };
    converted.set(schema, result);
  }
  return result;
}

/** @throws {Error} for a kind of schema that no tool has used yet */
function convert(schema: z.core.$ZodTypes): Schema {
  const { def } = schema._zod;
  switch (def.type) {
    case "string":
    case "boolean":
      return { type: def.type };
    case "number":
      return numberSchema(schema as z.ZodNumber);
    case "enum":
      return { type: "string", enum: Object.values(def.entries) };
    case "literal":
      return { type: "string", const: def.values[0] };
    case "array":
      return { type: "array", items: toSchema(def.element) };
    case "record":
      return { type: "object", additionalProperties: toSchema(def.valueType) };
    case "object":
      return Object.keys(def.shape).length > 0 ? objectSchema(def.shape) : { type: "object" };
    case "union":
      return { anyOf: def.options.map(toSchema) };
    case "optional":
      return toSchema(def.innerType);
    case "nullable":
      return nullable(toSchema(def.innerType));
    default:
      throw new Error(`No JSON Schema for zod's "${def.type}": teach it to convert().`);
  }
}

function numberSchema({ isInt, minValue, maxValue }: z.ZodNumber): Schema {
  const result: Schema = { type: isInt ? "integer" : "number" };
  if (isBound(minValue)) result.minimum = minValue;
  if (isBound(maxValue)) result.maximum = maxValue;
  return result;
}

/** Whether a limit says more than that the number is one. */
function isBound(limit: number | null): boolean {
  return limit !== null && Math.abs(limit) < Number.MAX_SAFE_INTEGER;
}

/** One type a branch: several types in one schema are more than some clients understand. */
function nullable({ description, ...schema }: Schema): Schema {
  const branches = Array.isArray(schema.anyOf) ? schema.anyOf : [schema];
  return {
    anyOf: [...branches, { type: "null" }],
    ...(description === undefined ? {} : { description }),
  };
}
