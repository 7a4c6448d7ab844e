/** JSON Schemas, as clients see them, in rows and words. */

import { code } from "./_markdown.ts";

/** As much of JSON Schema as the listed schemas use. */
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

export interface Field {
  /** Where it is, from the object on: `tools[].function.name`. */
  path: string;
  schema: JsonSchema;
  required: boolean;
}

/** What a value may be, in words. */
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

/** The object with fields of its own that a value is, or is an array of. */
export function objectIn(schema: JsonSchema): JsonSchema | undefined {
  if (Object.keys(schema.properties ?? {}).length > 0) return schema;
  if (schema.items !== undefined) return objectIn(schema.items);
  return schema.anyOf?.map(objectIn).find((found) => found !== undefined);
}

/** The fields of an object with those below them; `isNamed` says which objects are shown elsewhere. */
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
