/**
 * Converts the tools' zod schemas to the JSON Schema that clients see, without keywords that cost
 * bytes without information. It supports the kinds of schemas that tools use, and converts a shared
 * schema once: zod's own conversion would take a tenth of the start-up time.
 */

import type * as z from "zod";
import type { Tool } from "../define_tool.ts";

/** The JSON Schema of an object, without `$ref` and without a union at its root. */
export interface ObjectSchema {
  [keyword: string]: unknown;
  type: "object";
  properties: Record<string, Schema>;
}

type Schema = Record<string, unknown>;

const converted = new WeakMap<z.core.$ZodType, Schema>();

/** Returns the `inputSchema` to list; unknown arguments are not allowed. */
export function listedInputSchema(tool: Tool): ObjectSchema {
  return { ...objectSchema(tool.input.shape), additionalProperties: false };
}

/** Returns the `outputSchema` to list; results may have further fields. */
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

/** @throws {Error} for a kind of schema that no tool uses yet */
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
      throw new Error(`Cannot convert zod's "${def.type}" to JSON Schema`);
  }
}

function numberSchema({ isInt, minValue, maxValue }: z.ZodNumber): Schema {
  const result: Schema = { type: isInt ? "integer" : "number" };
  if (isBound(minValue)) result.minimum = minValue;
  if (isBound(maxValue)) result.maximum = maxValue;
  return result;
}

/** Returns whether a limit is a real bound, and not the range of safe integers. */
function isBound(limit: number | null): boolean {
  return limit !== null && Math.abs(limit) < Number.MAX_SAFE_INTEGER;
}

/** Adds null as a branch of `anyOf`, because some clients do not support lists of types. */
function nullable({ description, ...schema }: Schema): Schema {
  const branches = Array.isArray(schema.anyOf) ? schema.anyOf : [schema];
  return {
    anyOf: [...branches, { type: "null" }],
    ...(description === undefined ? {} : { description }),
  };
}
