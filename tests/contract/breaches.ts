/** Values that break one rule of a schema each, and the code with which OpenAI refused such. */

import { type Contract, nameOf, type Schema } from "./document.ts";
import { samples } from "./samples.ts";

export interface Breach {
  value: unknown;
  code: string;
}

/** Wherever in the schema a rule stands, the rest of the value is the least that is allowed. */
export function breaches(contract: Contract, schema: Schema, name = ""): Breach[] {
  if (schema.$ref !== undefined) {
    return breaches(contract, contract.schema(nameOf(schema)), nameOf(schema));
  }
  const alternatives = schema.anyOf ?? (schema.properties ? undefined : schema.oneOf) ??
    schema.allOf?.slice(0, 1);
  if (alternatives !== undefined) {
    return alternatives.flatMap((each) => breaches(contract, each, name));
  }
  if (schema.enum !== undefined) return [{ value: "wrong", code: "invalid_value" }];
  if (name === "Metadata") return ofMetadata();
  switch (schema.type) {
    case "string":
      return schema.maxLength === undefined
        ? []
        : [{ value: "é".repeat(schema.maxLength + 1), code: "string_above_max_length" }];
    case "integer":
    case "number":
      return ofNumber(schema);
    case "array":
      return ofArray(contract, schema);
    case "object":
      return ofObject(contract, schema);
    default:
      return [];
  }
}

function ofNumber({ type, minimum, maximum }: Schema): Breach[] {
  const kind = type === "integer" ? "integer" : "decimal";
  return [
    ...minimum === undefined ? [] : [{ value: minimum - 1, code: `${kind}_below_min_value` }],
    ...maximum === undefined ? [] : [{ value: maximum + 1, code: `${kind}_above_max_value` }],
  ];
}

function ofArray(contract: Contract, { items = {}, minItems, maxItems }: Schema): Breach[] {
  const [item] = samples(contract, items);
  return [
    ...minItems === undefined ? [] : [{ value: [], code: "empty_array" }],
    // A list of millions is refused for its size, long before it is looked at.
    ...maxItems === undefined || maxItems > 1000
      ? []
      : [{ value: Array(maxItems + 1).fill(item), code: "array_above_max_length" }],
    ...breaches(contract, items).map(({ value, code }) => ({ value: [value], code })),
  ];
}

function ofObject(contract: Contract, schema: Schema): Breach[] {
  const { properties = {}, required = [], additionalProperties } = schema;
  const least = Object.fromEntries(
    required.map((name) => [name, samples(contract, properties[name] ?? {}, name)[0]]),
  );
  const without = ([left]: readonly string[]) => {
    const { [String(left)]: _left, ...rest } = least;
    return rest;
  };
  return [
    ...required.map((name) => ({ value: without([name]), code: "missing_required_parameter" })),
    ...additionalProperties === false
      ? [{ value: { ...least, extra: 1 }, code: "unknown_parameter" }]
      : [],
    ...Object.entries(properties).flatMap(([name, property]) =>
      breaches(contract, property).map(({ value, code }) => ({
        value: { ...least, [name]: value },
        code,
      }))
    ),
  ];
}

/** Its limits stand in prose. */
function ofMetadata(): Breach[] {
  const pairs = Array.from({ length: 17 }, (_, index) => [`${index}`, ""]);
  return [
    { value: Object.fromEntries(pairs), code: "object_above_max_properties" },
    { value: { ["é".repeat(65)]: "" }, code: "string_above_max_length" },
    { value: { key: "é".repeat(513) }, code: "string_above_max_length" },
    { value: { key: 1 }, code: "invalid_type" },
  ];
}
