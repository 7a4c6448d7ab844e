/** The model server: whether it is reached, takes the key, has the models and the API, and what time it is there. */

import type { Config } from "../../config/mod.ts";
import { isOpenAi } from "../../gateway/mod.ts";
import { upstreamAt } from "../../credentials/tenants.ts";
import { errorTextOf, type NoReply, sendRequest, type ServerReply } from "./request.ts";
import { type CheckResult, passed } from "./check_result.ts";
import { checkModels } from "./models.ts";
import { ownKey } from "./settings.ts";

/** Clocks further apart are worth a word. */
const SKEW_S = 60;

export async function checkUpstream(config: Config): Promise<CheckResult[]> {
  const { offline, baseURL } = upstreamAt(config.upstream.baseUrl);
  if (offline) {
    return [passed("upstream", "The built-in offline model answers; no server is asked")];
  }
  const [models, api] = await Promise.all([sendRequest(config, "/models"), probeApi(config)]);
  if (!("status" in models)) return [notReachable(baseURL, models.reason, models.missing)];
  const clock = checkClock(models);
  const refusal = failureOf(config, models);
  if (refusal !== undefined) return [refusal, ...clock];
  return [
    passed("upstream", `The model server at ${baseURL} answers`, `in ${models.tookMs} ms`),
    ...checkApi(config, api),
    ...await checkModels(config, models),
    ...clock,
  ];
}

/** Asks for what needs neither tokens nor leave: whether the path of runs is there. */
function probeApi(config: Config): Promise<ServerReply | NoReply> {
  if (config.upstream.assistantsBackend === "assistants") {
    return sendRequest(config, "/assistants?limit=1", {
      headers: { "openai-beta": "assistants=v2" },
    });
  }
  return sendRequest(config, "/responses", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
}

function notReachable(baseURL: string, why: string, missing: string | undefined): CheckResult {
  return {
    check: "upstream",
    status: "problem",
    what: `The model server at ${baseURL} cannot be reached`,
    why,
    do: missing === undefined
      ? "Check OPENAI_BASE_URL and the network, or use --offline"
      : `Add ${missing} before the program`,
  };
}

/** What keeps the model server from being asked anything else. */
function failureOf(config: Config, answer: ServerReply): CheckResult | undefined {
  const { status } = answer;
  const { baseURL } = upstreamAt(config.upstream.baseUrl);
  const own = ownKey(config);
  if (status === 401) {
    if (own === undefined || own.key === undefined && isOpenAi(baseURL)) {
      return passed("upstream", `The model server at ${baseURL} answers, and asks for a key`);
    }
    return {
      check: "key",
      status: "problem",
      what: own.key === undefined
        ? `The model server at ${baseURL} asks for a key, and ${own.name} is not set`
        : `The model server at ${baseURL} does not take the key`,
      why: errorTextOf(answer, own.key),
      do: `Set ${own.name} to a key that is good there`,
    };
  }
  if (status >= 300 && status < 400) {
    const location = URL.parse(answer.headers.get("location") ?? "", baseURL);
    return {
      check: "upstream",
      status: "problem",
      what: `The model server at ${baseURL} redirects${
        location === null ? "" : ` to ${location.origin}${location.pathname}`
      }`,
      why: "That is not followed, as the key would go there too",
      do: "Set OPENAI_BASE_URL to the final address",
    };
  }
  if (status >= 500) {
    return {
      check: "upstream",
      status: "problem",
      what: `The model server at ${baseURL} fails with status ${status}`,
      why: errorTextOf(answer, own?.key),
      do: "Try again later",
    };
  }
  return undefined;
}

function checkApi(config: Config, answer: ServerReply | NoReply): CheckResult[] {
  const assistants = config.upstream.assistantsBackend === "assistants";
  const path = assistants ? "the Assistants API" : "POST /responses";
  if (!("status" in answer) || ![404, 405, 410, 501].includes(answer.status)) {
    const known = "status" in answer && (answer.status < 300 || answer.status === 400);
    return known ? [passed("api", `The model server has ${path}`)] : [];
  }
  return [{
    check: "api",
    status: "problem",
    what: `The model server does not have ${path}`,
    why: errorTextOf(answer, ownKey(config)?.key),
    do: assistants
      ? "Leave ASSISTANTS_BACKEND out, and this program carries that API itself"
      : "Check that the path of OPENAI_BASE_URL is whole (it often ends in /v1), or use a server that has it",
  }];
}

function checkClock({ headers, askedMs, tookMs }: ServerReply): CheckResult[] {
  const theirsMs = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(theirsMs)) return [];
  const skewS = Math.round((askedMs + tookMs / 2 - theirsMs) / 1000);
  if (Math.abs(skewS) <= SKEW_S) {
    return [passed("clock", "The clock agrees with the model server's")];
  }
  return [{
    check: "clock",
    status: "warning",
    what: `The clock is ${Math.abs(skewS)} s ${
      skewS > 0 ? "ahead of" : "behind"
    } the model server's`,
    why: "Times in answers, expiry and the signatures of webhooks go by it",
    do: "Set the clock of this machine by the network's time",
  }];
}
