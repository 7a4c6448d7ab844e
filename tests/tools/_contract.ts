/** Reads OpenAI's published API description: its operations, and requests generated from its schemas. */

export interface Schema {
  [keyword: string]: unknown;
  $ref?: string;
  type?: string;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  nullable?: boolean;
  example?: unknown;
  default?: unknown;
  minimum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
}

interface Parameter {
  name: string;
  required?: boolean;
  schema: Schema;
}

interface Method {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: Body;
  responses: { 200: Body };
}

interface Body {
  content: { "application/json": { schema: Schema } };
}

export interface Api {
  paths: Record<string, Record<string, Method>>;
  components: { schemas: Record<string, Schema> };
}

/** The parameters of one operation, from its path, query and body. */
export interface Operation {
  id: string;
  fields: Record<string, Schema>;
  required: string[];
  /** The fields of its response. */
  answer: string[];
}

export function operations(api: Api): Operation[] {
  return Object.values(api.paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId, parameters = [], requestBody, responses }) => {
      const body = resolve(api, requestBody?.content["application/json"].schema ?? {});
      return {
        id: operationId,
        fields: {
          ...Object.fromEntries(parameters.map(({ name, schema }) => [argument(name), schema])),
          ...body.properties,
        },
        required: [
          ...parameters.filter(({ required }) => required).map(({ name }) => argument(name)),
          ...body.required ?? [],
        ],
        answer: Object.keys(
          resolve(api, responses[200].content["application/json"].schema).properties ?? {},
        ),
      };
    })
  );
}

/** Returns values of every form that a schema allows: every branch, every enum value, with and without each property. */
export function instances(api: Api, schema: Schema): unknown[] {
  const { nullable, ...rest } = resolve(api, schema);
  const values = examplesOf(rest) ?? valuesOf(api, rest);
  return nullable ? [...values, null] : values;
}

function examplesOf({ example, enum: words }: Schema): unknown[] | undefined {
  if (words !== undefined) return words;
  return example === undefined ? undefined : [example];
}

function valuesOf(api: Api, schema: Schema): unknown[] {
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined && schema.properties === undefined) {
    return branches.flatMap((branch) => instances(api, branch));
  }
  switch (schema.type) {
    case "string":
      return ["text"];
    case "integer":
    case "number":
      return [schema.minimum ?? 1];
    case "boolean":
      return [true, false];
    case "null":
      return [null];
    case "array": {
      const items = instances(api, schema.items ?? {});
      return [[], items, ...items.map((item) => [item])];
    }
    case "object":
      return objectsOf(api, schema);
    default:
      throw new Error(`Cannot make a value of ${JSON.stringify(schema)}`);
  }
}

function objectsOf(api: Api, schema: Schema): object[] {
  const { properties = {}, required = [], additionalProperties } = schema;
  const forms = Object.entries(properties)
    .map(([name, property]) => [name, instances(api, property)] as const);
  const least = Object.fromEntries(
    forms.filter(([name]) => required.includes(name)).map(([name, [first]]) => [name, first]),
  );
  const most = Object.fromEntries(forms.map(([name, [first]]) => [name, first]));
  const free = additionalProperties === undefined || additionalProperties === false
    ? []
    : [{ ...least, key: "value" }];
  const single = forms.flatMap(([name, values]) =>
    values.map((value) => ({ ...least, [name]: value }))
  );
  return [least, most, ...free, ...single];
}

/** Resolves references, and merges the parts of an `allOf`. */
function resolve(api: Api, schema: Schema): Schema {
  if (schema.$ref !== undefined) {
    const { $ref, ...rest } = schema;
    const target = api.components.schemas[$ref.replace("#/components/schemas/", "")];
    if (target === undefined) throw new Error(`The contract has no ${$ref}`);
    return { ...resolve(api, target), ...rest };
  }
  if (schema.allOf === undefined) return schema;
  const { allOf, ...rest } = schema;
  return Object.assign({}, ...allOf.map((part) => resolve(api, part)), rest);
}

/** `include[]` is how a query writes a list. */
function argument(name: string): string {
  return name.replace("[]", "");
}
