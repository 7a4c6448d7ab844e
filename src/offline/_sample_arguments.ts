/** A value that a JSON schema allows, made from its required properties. */

import { isObject } from "../shared/json.ts";

const DEEPEST = 16;

/**
 * Follows types, enums, ranges, lengths, required properties, local references and the first of
 * alternatives; patterns and formats other than dates are beyond it.
 *
 * @param text what a string says where the schema leaves it free
 */
export function sample(schema: unknown, text = "example"): unknown {
  return build(schema, { root: schema, text, depth: 0 });
}

interface Context {
  root: unknown;
  text: string;
  depth: number;
}

function build(schema: unknown, context: Context): unknown {
  if (!isObject(schema) || context.depth > DEEPEST) return null;
  const deeper = { ...context, depth: context.depth + 1 };
  if ("const" in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if ("default" in schema) return schema.default;
  if (Array.isArray(schema.examples)) return schema.examples[0];
  if (typeof schema.$ref === "string") return build(resolve(schema.$ref, context.root), deeper);
  const [first] = list(schema.anyOf) ?? list(schema.oneOf) ?? [];
  if (first !== undefined) return build(first, deeper);
  const parts = list(schema.allOf);
  if (parts !== undefined) {
    const values = parts.map((part) => build(part, deeper));
    return values.every(isObject) ? Object.assign({}, ...values) : values[0];
  }
  switch (typeOf(schema)) {
    case "object":
      return object(schema, deeper);
    case "array":
      return Array.from({ length: count(schema.minItems) }, () => build(schema.items, deeper));
    case "string":
      return string(schema, context.text);
    case "integer":
    case "number":
      return numeric(schema);
    case "boolean":
      return true;
    default:
      return null;
  }
}

type Schema = Record<string, unknown>;

function typeOf(schema: Schema): unknown {
  if (Array.isArray(schema.type)) return schema.type.find((type) => type !== "null");
  return schema.type ?? (isObject(schema.properties) ? "object" : undefined);
}

function object(schema: Schema, context: Context): Schema {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const names = (list(schema.required) ?? []).map(String);
  return Object.fromEntries(names.map((name) => [name, build(properties[name], context)]));
}

function string(schema: Schema, text: string): string {
  if (schema.format === "date") return "2026-01-01";
  if (schema.format === "date-time") return "2026-01-01T00:00:00Z";
  const longest = typeof schema.maxLength === "number" ? schema.maxLength : text.length;
  return text.slice(0, longest).padEnd(count(schema.minLength), ".");
}

function numeric({ minimum, exclusiveMinimum, maximum, multipleOf }: Schema): number {
  const step = typeof multipleOf === "number" ? multipleOf : 1;
  if (typeof minimum === "number") return Math.ceil(minimum / step) * step;
  if (typeof exclusiveMinimum === "number") return (Math.floor(exclusiveMinimum / step) + 1) * step;
  return typeof maximum === "number" && maximum < step ? Math.floor(maximum / step) * step : step;
}

function resolve(reference: string, root: unknown): unknown {
  const path = reference.replace(/^#\/?/, "").split("/").filter((name) => name !== "");
  return path.reduce<unknown>((at, name) => isObject(at) ? at[name] : undefined, root);
}

function count(least: unknown): number {
  return typeof least === "number" ? least : 0;
}

function list(value: unknown): unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}
