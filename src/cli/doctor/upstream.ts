/** Checks of the model server: connection, key, API, models and clock. */

import type { Config } from "../../config/mod.ts";
import { isOpenAi } from "../../gateway/mod.ts";
import { upstreamAt } from "../../credentials/tenants.ts";
import { errorTextOf, type NoReply, sendRequest, type ServerReply } from "./request.ts";
import { type CheckResult, passed } from "./check_result.ts";
import { checkModels } from "./models.ts";
import { ownKey } from "./settings.ts";

/** Maximum difference between the clocks. */
const MAX_SKEW_S = 60;

/** Checks the model server; skips the network for the offline model. */
export async function checkUpstream(config: Config): Promise<CheckResult[]> {
  const { offline, baseURL } = upstreamAt(config.upstream.baseUrl);
  if (offline) {
    return [passed("upstream", "The built-in offline model is used; no server is contacted")];
  }
  const [models, api] = await Promise.all([sendRequest(config, "/models"), probeApi(config)]);
  if (!("status" in models)) return [notReachable(baseURL, models)];
  const clock = checkClock(models);
  const failure = failureOf(config, models);
  if (failure !== undefined) return [failure, ...clock];
  return [
    passed("upstream", `The model server at ${baseURL} responds`, `in ${models.tookMs} ms`),
    ...checkApi(config, api),
    ...await checkModels(config, models),
    ...clock,
  ];
}

/** Probes the endpoint that runs use, with a request that costs no tokens. */
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

function notReachable(baseURL: string, { reason, missingFlag }: NoReply): CheckResult {
  return {
    check: "upstream",
    status: "problem",
    what: `The model server at ${baseURL} cannot be reached`,
    why: reason,
    do: missingFlag === undefined
      ? "Check OPENAI_BASE_URL and the network, or use --offline"
      : `Add ${missingFlag} before the program`,
  };
}

/** Returns the problem that makes all further requests pointless, if there is one. */
function failureOf(config: Config, reply: ServerReply): CheckResult | undefined {
  const { status } = reply;
  const { baseURL } = upstreamAt(config.upstream.baseUrl);
  const own = ownKey(config);
  if (status === 401) {
    if (own === undefined || own.key === undefined && isOpenAi(baseURL)) {
      return passed("upstream", `The model server at ${baseURL} responds and requires a key`);
    }
    return {
      check: "key",
      status: "problem",
      what: own.key === undefined
        ? `The model server at ${baseURL} requires a key, and ${own.name} is not set`
        : `The model server at ${baseURL} rejects the key`,
      why: errorTextOf(reply, own.key),
      do: `Set ${own.name} to a valid key of that server`,
    };
  }
  if (status >= 300 && status < 400) {
    const location = URL.parse(reply.headers.get("location") ?? "", baseURL);
    return {
      check: "upstream",
      status: "problem",
      what: `The model server at ${baseURL} redirects${
        location === null ? "" : ` to ${location.origin}${location.pathname}`
      }`,
      why: "The server does not follow redirects, because they would receive the key",
      do: "Set OPENAI_BASE_URL to the final address",
    };
  }
  if (status >= 500) {
    return {
      check: "upstream",
      status: "problem",
      what: `The model server at ${baseURL} fails with status ${status}`,
      why: errorTextOf(reply, own?.key),
      do: "Try again later",
    };
  }
  return undefined;
}

function checkApi(config: Config, reply: ServerReply | NoReply): CheckResult[] {
  const isAssistants = config.upstream.assistantsBackend === "assistants";
  const api = isAssistants ? "the Assistants API" : "POST /responses";
  if (!("status" in reply) || ![404, 405, 410, 501].includes(reply.status)) {
    const isKnown = "status" in reply && (reply.status < 300 || reply.status === 400);
    return isKnown ? [passed("api", `The model server supports ${api}`)] : [];
  }
  return [{
    check: "api",
    status: "problem",
    what: `The model server does not support ${api}`,
    why: errorTextOf(reply, ownKey(config)?.key),
    do: isAssistants
      ? "Unset ASSISTANTS_BACKEND; this program then implements that API"
      : "Check that the path of OPENAI_BASE_URL is complete (it often ends in /v1), or use another server",
  }];
}

function checkClock({ headers, sentAtMs, tookMs }: ServerReply): CheckResult[] {
  const serverMs = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(serverMs)) return [];
  const skewS = Math.round((sentAtMs + tookMs / 2 - serverMs) / 1000);
  if (Math.abs(skewS) <= MAX_SKEW_S) {
    return [passed("clock", "The clock agrees with the clock of the model server")];
  }
  const direction = skewS > 0 ? "ahead of" : "behind";
  return [{
    check: "clock",
    status: "warning",
    what: `The clock is ${Math.abs(skewS)} s ${direction} the clock of the model server`,
    why: "Timestamps, expiry and webhook signatures depend on it",
    do: "Synchronize the clock of this machine, for example with NTP",
  }];
}
