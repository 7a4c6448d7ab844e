/** Compares the tools with OpenAI's published API description, which is not part of the project. */

import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/2020";
import { listedInputSchema, listedOutputSchema } from "../../src/tools/schemas/json_schema.ts";
import { tools } from "../../src/tools/mod.ts";
import { type Api, instances, type Operation, operations } from "./_contract.ts";
import type { Args } from "../kit/tool_examples.ts";

const directory = Deno.env.get("CONTRACT_DIR");
if (directory === undefined) {
  // The runner shows this next to the ignored tests.
  await Deno.stderr.write(
    new TextEncoder().encode("CONTRACT_DIR is not set: the published contract is not checked.\n"),
  );
}

const ajv = new Ajv2020({ strict: true });

/** Filters of lists that OpenAI's API does not have. */
const FILTERS = ["metadata", "created_after", "created_before"];

const EXTENSIONS: Record<string, Set<string>> = {
  listAssistants: new Set(FILTERS),
  listMessages: new Set([...FILTERS, "assistant_id"]),
  listRuns: new Set([...FILTERS, "assistant_id", "status"]),
};

Deno.test({
  name: "tools have every parameter of their operation, and no other",
  ignore: directory === undefined,
  async fn() {
    const api = await contract();
    for (const operation of operations(api)) {
      const { properties, required = [] } = listedInputSchema(toolOf(operation));
      const fields = Object.keys(properties).filter((name) => !EXTENSIONS[operation.id]?.has(name));
      assert.deepEqual(fields.sort(), Object.keys(operation.fields).sort());
      // The server has a default model.
      const needed = operation.required.filter((name) =>
        !(operation.id === "createAssistant" && name === "model")
      );
      assert.deepEqual([...required as string[]].sort(), needed.sort(), operation.id);
    }
  },
});

Deno.test({
  name: "tools accept every kind of request that the contract allows",
  ignore: directory === undefined,
  async fn() {
    const api = await contract();
    let checked = 0;
    for (const operation of operations(api)) {
      const tool = toolOf(operation);
      const validate = ajv.compile(listedInputSchema(tool));
      for (const args of requests(api, operation)) {
        const text = JSON.stringify(args);
        assert.ok(validate(args), `${tool.name} ${text}: ${ajv.errorsText(validate.errors)}`);
        assert.deepEqual(tool.input.parse(args), args);
        checked++;
      }
    }
    assert.ok(checked > 300, `only ${checked} requests`);
  },
});

Deno.test({
  name: "tools name every field of what their operation answers",
  ignore: directory === undefined,
  async fn() {
    const api = await contract();
    for (const operation of operations(api)) {
      const { properties } = listedOutputSchema(toolOf(operation));
      const missing = operation.answer.filter((name) => !(name in properties));
      assert.deepEqual(missing, [], operation.id);
    }
  },
});

async function contract(): Promise<Api> {
  return JSON.parse(await Deno.readTextFile(`${directory}/assistants-v2.openapi.json`));
}

function toolOf({ id }: Operation) {
  // The API description spells it this way.
  const known = id === "submitToolOuputsToRun" ? "submitToolOutputs" : id;
  const name = known.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const tool = tools.find((tool) => tool.name === name);
  assert.ok(tool, `no tool for ${id}`);
  return tool;
}

/** Returns the shortest and the longest request, and one for every form of every argument. */
function* requests(api: Api, { fields, required }: Operation): Generator<Args> {
  const schema = { type: "object", properties: fields, required };
  for (const instance of instances(api, schema)) yield instance as Args;
}
