/** Descriptions of JSON Schemas for people. */

import { code } from "./_markdown.ts";

/** The keywords of JSON Schema that the tools use. */
export interface JsonSchema {
  type?: string | string[];
  description?: string;
  const?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
}

/** A field of an object. */
export interface Field {
  /** Path in the object, such as `tools[].function.name`. */
  path: string;
  schema: JsonSchema;
  required: boolean;
}

/** Returns the type of a value in words. */
export function typeText(schema: JsonSchema): string {
  const { type, items, anyOf, additionalProperties: values } = schema;
  if (anyOf !== undefined) return anyOf.map(typeText).join(" or ");
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(literal).join(", ");
  const [first = "", ...others] = [type ?? []].flat();
  let text = first;
  if (items !== undefined) text = `array of ${typeText(items)}`;
  else if (typeof values === "object") text = `object of ${typeText(values)}`;
  return [text, ...others].join(" or ") + rangeText(schema);
}

/** Returns the object type of a value or of its array items; undefined without fields. */
export function objectIn(schema: JsonSchema): JsonSchema | undefined {
  if (Object.keys(schema.properties ?? {}).length > 0) return schema;
  if (schema.items !== undefined) return objectIn(schema.items);
  return schema.anyOf?.map(objectIn).find((found) => found !== undefined);
}

/**
 * Returns the fields of an object, including nested fields.
 *
 * @param isNamed selects the objects that are described elsewhere
 */
export function fieldsOf(
  { properties = {}, required = [] }: JsonSchema,
  isNamed: (object: JsonSchema) => boolean,
  prefix = "",
): Field[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = prefix + name;
    const field = { path, schema, required: required.includes(name) };
    const object = objectIn(schema);
    if (object === undefined || isNamed(object)) return [field];
    const below = `${path}${object === schema ? "" : holdsArray(schema) ? "[]" : ""}.`;
    return [field, ...fieldsOf(object, isNamed, below)];
  });
}

function holdsArray({ items, anyOf = [] }: JsonSchema): boolean {
  return items !== undefined || anyOf.some(holdsArray);
}

function literal(value: unknown): string {
  return value === null ? "null" : code(JSON.stringify(value));
}

function rangeText({ minimum, maximum }: JsonSchema): string {
  if (minimum !== undefined && maximum !== undefined) return `, ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `, at least ${minimum}`;
  return maximum === undefined ? "" : `, at most ${maximum}`;
}
