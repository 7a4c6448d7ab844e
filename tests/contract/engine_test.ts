/** The engine against OpenAI's published document: what it answers, what it streams, what it accepts. */

import assert from "node:assert/strict";
import { createAssistantBody, modifyAssistantBody } from "../../src/engine/api/assistants.ts";
import { messageBody } from "../../src/engine/objects/message_schemas.ts";
import { metadataBody } from "../../src/engine/objects/schemas.ts";
import {
  createRunBody,
  createThreadAndRunBody,
  submitBody,
} from "../../src/engine/api/run_request.ts";
import { createThreadBody, modifyThreadBody } from "../../src/engine/api/threads.ts";
import type { Check } from "../../src/engine/objects/validation.ts";
import { contractPage, cover, requestFields } from "./coverage.ts";
import { contractDir, type ContractOperation, loadContract } from "./document.ts";
import { isHalf } from "./requests.ts";
import { samples } from "./samples.ts";
import { EVENTS } from "./stream_events.ts";

const ignore = contractDir === undefined;

const BODIES: Record<string, Check<unknown>> = {
  CreateAssistantRequest: createAssistantBody,
  ModifyAssistantRequest: modifyAssistantBody,
  CreateThreadRequest: createThreadBody,
  ModifyThreadRequest: modifyThreadBody,
  CreateMessageRequest: messageBody,
  ModifyMessageRequest: metadataBody,
  CreateRunRequest: createRunBody,
  CreateThreadAndRunRequest: createThreadAndRunBody,
  ModifyRunRequest: metadataBody,
  SubmitToolOutputsRunRequest: submitBody,
};

Deno.test({
  name: "every operation takes, answers, refuses and streams what OpenAI's document says",
  ignore,
  async fn() {
    const contract = loadContract(contractDir ?? "");
    const checker = await cover(contract);
    for (const operation of contract.operations) {
      const { id, query } = operation;
      const seen = checker.of(id);
      assert.ok(seen.answered, `${id} was answered`);
      assert.deepEqual(query.filter((name) => !seen.query.has(name)), [], `${id} takes its query`);
      const left = [...requestFields(contract, operation)].filter((field) =>
        !seen.fields.has(field)
      );
      assert.deepEqual(left, [], `${id} takes all fields`);
      const kinds = kindsOf(operation).filter((kind) => !seen.refusals.has(kind));
      assert.deepEqual(kinds, [], `${id} refuses what it should`);
    }
    const events = new Set([...checker.seen.values()].flatMap(({ events }) => [...events]));
    assert.deepEqual([...events].toSorted(), ["done", ...Object.keys(EVENTS)].toSorted());
    assert.equal(
      await Deno.readTextFile(new URL("../../docs/contract.md", import.meta.url)),
      contractPage(contract, checker),
      'docs/contract.md is stale: run "deno task contract" to write it anew',
    );
  },
});

/** What every operation of this shape can be asked wrongly. */
function kindsOf({ template, query, request }: ContractOperation): string[] {
  return [
    ...template.includes("{") ? ["No … found with id '…'.", "invalid_value"] : [],
    ...query.includes("limit") ? ["integer_below_min_value", "integer_above_max_value"] : [],
    ...request === undefined ? [] : ["invalid_type", "unknown_parameter"],
  ];
}

Deno.test({
  name: "every request that OpenAI's document allows is accepted",
  ignore,
  fn() {
    const contract = loadContract(contractDir ?? "");
    const schemas = contract.operations.map(({ request }) => request ?? "").filter(Boolean);
    assert.deepEqual(schemas.filter((name) => BODIES[name] === undefined), []);
    for (const [name, check] of Object.entries(BODIES)) {
      const valid = samples(contract, contract.schema(name))
        .filter((sample) => contract.errors(name, sample).length === 0)
        .filter((sample) => !isHalf(sample));
      assert.ok(valid.length > 1, name);
      for (const sample of valid) {
        assert.doesNotThrow(() => check(sample, ""), `${name} ${JSON.stringify(sample)}`);
      }
    }
  },
});

Deno.test({
  name: "every field of a request is refused with a value of another type",
  ignore,
  fn() {
    const contract = loadContract(contractDir ?? "");
    for (const [name, check] of Object.entries(BODIES)) {
      const { properties = {}, required = [] } = contract.schema(name);
      const full = samples(contract, contract.schema(name))[1] as Record<string, unknown>;
      for (const field of Object.keys(properties)) {
        for (const wrong of [12.5, "wrong", true, [12], { wrong: [] }]) {
          const sample = { ...full, [field]: wrong };
          if (contract.errors(name, sample).length === 0) continue;
          assert.throws(() => check(sample, ""), { status: 400 }, `${name} ${field} ${wrong}`);
        }
      }
      for (const field of required) {
        const { [field]: _left, ...rest } = full;
        assert.throws(() => check(rest, ""), { code: "missing_required_parameter", param: field });
      }
      assert.throws(() => check({ ...full, extra: 1 }, ""), {
        code: "unknown_parameter",
        param: "extra",
      });
    }
  },
});
