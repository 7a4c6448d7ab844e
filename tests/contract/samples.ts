/** Values that a schema of the document allows: the smallest, the fullest, and each alternative. */

import { type Contract, nameOf, type Schema } from "./document.ts";

/** What fields of these names must hold beyond their schema, by the document's prose. */
const NAMED: Record<string, unknown> = {
  assistant_id: "asst_abc123",
  file_id: "file-abc123",
  file_ids: ["file-abc123"],
  vector_store_ids: ["vs_abc123"],
  url: "https://example.com/a.png",
};

export function samples(contract: Contract, schema: Schema, name = ""): unknown[] {
  if (schema.$ref !== undefined) return samples(contract, contract.schema(nameOf(schema)), name);
  const some = schema.nullable ? [null] : [];
  if (schema.enum !== undefined) return [...schema.enum, ...some];
  if (name in NAMED) return [NAMED[name], ...some];
  const alternatives = schema.anyOf ?? (schema.properties ? undefined : schema.oneOf) ??
    schema.allOf?.slice(0, 1);
  if (alternatives !== undefined) {
    return [...alternatives.flatMap((each) => samples(contract, each, name)), ...some];
  }
  switch (schema.type) {
    case "null":
      return [null];
    case "boolean":
      return [true, false, ...some];
    case "integer":
      return [schema.minimum ?? 1, ...some];
    case "number":
      return [0.5, 1, ...some];
    case "array": {
      const items = samples(contract, schema.items ?? {}, name);
      return [...schema.minItems ? [] : [[]], ...items.map((item) => [item]), ...some];
    }
    case "object":
      return [...objects(contract, schema), ...some];
    default:
      return ["text", ...some];
  }
}

function objects(contract: Contract, schema: Schema): unknown[] {
  const { properties = {}, required = [] } = schema;
  if (Object.keys(properties).length === 0) return [{}, { key: "value" }];
  const variants = Object.entries(properties).map(([name, property]) =>
    [name, samples(contract, property, name)] as const
  );
  const full = Object.fromEntries(variants.map(([name, [first]]) => [name, first]));
  const least = Object.fromEntries(required.map((name) => [name, full[name]]));
  return [
    least,
    full,
    ...variants.flatMap(([name, values]) =>
      values.flatMap((value) => [{ ...full, [name]: value }, { ...least, [name]: value }])
    ),
  ];
}
