/** What the engine has been seen to keep of OpenAI's document, as a page of the docs. */

import { code, table } from "../../scripts/_markdown.ts";
import { Checker, fieldsOf } from "./checker.ts";
import type { Contract, ContractOperation } from "./document.ts";
import { tryRequests } from "./requests.ts";
import { samples } from "./samples.ts";
import { playScenarios } from "./scenarios.ts";
import { EVENTS } from "./stream_events.ts";

/** Tries all that there is in the document. */
export async function cover(contract: Contract): Promise<Checker> {
  const checker = new Checker(contract);
  await playScenarios(checker);
  for (const operation of contract.operations) await tryRequests(contract, checker, operation);
  await checker.streamsRead();
  return checker;
}

/** All that a request of the operation can say, as paths. */
export function requestFields(contract: Contract, { request }: ContractOperation): Set<string> {
  if (request === undefined) return new Set();
  return new Set(samples(contract, contract.schema(request)).flatMap((each) => fieldsOf(each)));
}

export function contractPage(contract: Contract, checker: Checker): string {
  return `# The contract, as the tests found it kept

Written by \`deno task contract\`, which sends every operation of OpenAI's published document all that it allows and something against each of its rules, and looks at every answer and every event with its schemas. [The API](api.md) says what each operation does.

## Operations

Request fields are counted with all that is nested in them. "Answer" is the schema that every answer was valid by.

${operationsTable(contract, checker)}

## Refusals

Every refusal has the shape of OpenAI's errors, and a status after which the SDK does not send the request again: 404 for what is not there, 400 for all else, and only from a server that shuts down a 503. Where an error has no code, its words stand for it.

${refusalsTable(contract, checker)}

## Events

${eventsTable(contract, checker)}
`;
}

function operationsTable(contract: Contract, checker: Checker): string {
  return table(
    ["Operation", "Path", "Request fields taken", "Query", "Answer"],
    contract.operations.map((operation) => {
      const { id, method, template, query, response } = operation;
      const fields = [...requestFields(contract, operation)];
      const seen = checker.of(id);
      const taken = fields.filter((field) => seen.fields.has(field));
      return [
        id,
        code(`${method} ${template}`),
        fields.length === 0 ? "–" : `${taken.length} of ${fields.length}`,
        query.filter((name) => seen.query.has(name)).map(code).join(", ") || "–",
        seen.answered ? response : "never",
      ];
    }),
  );
}

function refusalsTable(contract: Contract, checker: Checker): string {
  const byKind = new Map<string, string[]>();
  for (const { id } of contract.operations) {
    for (const kind of checker.of(id).refusals) {
      byKind.set(kind, [...byKind.get(kind) ?? [], id]);
    }
  }
  const rows = [...byKind].toSorted(([a], [b]) => a < b ? -1 : 1);
  return table(
    ["Refusal", "Operations"],
    rows.map(([kind, ids]) => [
      code(kind),
      ids.length === contract.operations.length ? "all" : ids.join(", "),
    ]),
  );
}

function eventsTable(contract: Contract, checker: Checker): string {
  const streaming = contract.operations.filter(({ id }) => checker.of(id).events.size > 0);
  return table(
    ["Event", "Valid by", "Seen of"],
    [...Object.entries(EVENTS), ["done", "–"]].map(([event, schema]) => [
      code(event ?? ""),
      schema ?? "",
      streaming.filter(({ id }) => checker.of(id).events.has(event ?? "")).map(({ id }) => id)
        .join(", "),
    ]),
  );
}
