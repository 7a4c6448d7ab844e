/**
 * OpenAI's published document of the Assistants API, from the folder that CONTRACT_DIR names. It is
 * not part of the project: without it the contract tests are skipped.
 */

import { type AnySchema, type ErrorObject } from "ajv/2020";
import { Ajv2020 } from "ajv/2020";
import { STREAM_SCHEMAS } from "./stream_events.ts";

export interface Schema {
  $ref?: string;
  type?: string;
  nullable?: boolean;
  enum?: readonly string[];
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: readonly string[];
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  allOf?: readonly Schema[];
}

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema?: Schema }> }>;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/** One operation with the names of its schemas. */
export interface ContractOperation {
  id: string;
  method: string;
  /** As the document writes it, ids in braces. */
  template: string;
  /** Matches the path below the API's root. */
  path: RegExp;
  /** The names of its query parameters. */
  query: readonly string[];
  request?: string;
  response: string;
}

export interface Contract {
  operations: readonly ContractOperation[];
  schema(name: string): Schema;
  /** What is wrong with a value by a schema of the document; empty when nothing is. */
  errors(name: string, value: unknown): ErrorObject[];
}

/** Where the document is, or undefined. */
export const contractDir = Deno.env.get("CONTRACT_DIR");

if (contractDir === undefined) {
  // deno-lint-ignore no-console -- who runs the tests is to know what was not tested
  console.warn(
    "CONTRACT_DIR is not set: the tests against OpenAI's published document are skipped.",
  );
}

export function loadContract(folder: string): Contract {
  const text = Deno.readTextFileSync(`${folder}/assistants-v2.openapi.json`);
  const document: Document = withoutBareNullable(JSON.parse(text));
  relax(document.components.schemas);
  mend(document.components.schemas);
  Object.assign(document.components.schemas, STREAM_SCHEMAS);
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(document as AnySchema, "contract");
  return {
    operations: Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) =>
        contractOperation(method, path, operation)
      )
    ),
    schema(name) {
      const schema = document.components.schemas[name];
      if (schema === undefined) throw new Error(`The document has no schema ${name}.`);
      return schema;
    },
    errors(name, value) {
      const validate = ajv.getSchema(`contract#/components/schemas/${name}`);
      if (validate === undefined) throw new Error(`The document has no schema ${name}.`);
      return validate(value) === true ? [] : validate.errors ?? [];
    },
  };
}

function contractOperation(
  method: string,
  path: string,
  { operationId, parameters = [], requestBody, responses }: Operation,
): ContractOperation {
  const request = requestBody?.content["application/json"]?.schema;
  const response = responses["200"]?.content?.["application/json"]?.schema;
  return {
    id: operationId,
    method: method.toUpperCase(),
    template: path,
    query: parameters.filter((each) => each.in === "query").map(({ name }) => name),
    path: new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`),
    request: request && nameOf(request),
    response: nameOf(response ?? {}),
  };
}

export function nameOf({ $ref = "" }: Schema): string {
  return $ref.slice($ref.lastIndexOf("/") + 1);
}

/** The document is OpenAPI 3.0 in places: a `nullable` without a `type` is no JSON Schema. */
function withoutBareNullable<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_key, node) => {
    if (node?.nullable !== true || node.type !== undefined) return node;
    const { nullable: _nullable, ...rest } = node;
    return Object.keys(rest).length === 0 ? {} : { anyOf: [rest, { type: "null" }] };
  });
}

/** An attachment needs both of its fields: the document says so of the list that it is in. */
function mend(schemas: Record<string, Schema>): void {
  const [list] = schemas.CreateMessageRequest?.properties?.attachments?.anyOf ?? [];
  if (list?.items !== undefined) list.items = { ...list.items, required: list.required };
}

/** Where the live API answered what its document does not allow. */
function relax(schemas: Record<string, Schema>): void {
  const properties = (name: string) => schemas[name]?.properties ?? {};
  for (const kind of ["Assistants", "Messages", "Runs", "RunSteps"]) {
    // An empty list has no first and no last id.
    const list = properties(`List${kind}Response`);
    for (const end of ["first_id", "last_id"]) list[end] = { ...list[end], nullable: true };
  }
  const details = properties("RunObject").incomplete_details;
  if (details?.properties?.reason?.enum !== undefined) {
    details.properties.reason = {
      ...details.properties.reason,
      enum: [...details.properties.reason.enum, "content_filter"],
    };
  }
}
