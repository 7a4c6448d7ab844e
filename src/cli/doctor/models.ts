/** Checks of the models: whether the model server has the configured ones, and when they shut down. */

import type { Config } from "../../config/mod.ts";
import { parseJson } from "../../shared/json.ts";
import { nearest } from "../../shared/nearest.ts";
import { isOpenAi } from "../../gateway/mod.ts";
import { upstreamAt } from "../../credentials/tenants.ts";
import { redact } from "../../telemetry/redact.ts";
import { errorTextOf, sendRequest, type ServerReply } from "./request.ts";
import { type CheckResult, passed } from "./check_result.ts";
import { aliasesOf, ownKey } from "./settings.ts";

/** Models that shut down within this time cause a warning. */
const WARNING_DAYS = 90;

const DAY_MS = 86_400_000;

interface Model {
  id: string;
  shutdown_date?: unknown;
}

/**
 * Checks every model that the settings name.
 *
 * @param reply the response of the model server to `GET /models`
 */
export async function checkModels(config: Config, reply: ServerReply): Promise<CheckResult[]> {
  const own = ownKey(config);
  if (own === undefined) return [];
  const models = modelsIn(reply.text);
  if (models === undefined) {
    const why = reply.status === 200
      ? "The response is not a list of models"
      : errorTextOf(reply, own.key);
    return [{
      check: "model",
      status: "warning",
      what: "The model server does not list its models, so they cannot be checked",
      why,
      do: "Check that the path of OPENAI_BASE_URL is complete; if it is, nothing needs to be done",
    }];
  }
  const { defaultModel, defaultImageModel } = config.models;
  const aliases = aliasesOf(config);
  const configured = new Map<string, string>([
    ["DEFAULT_MODEL", aliases.get(defaultModel) ?? defaultModel],
    ["DEFAULT_IMAGE_MODEL", defaultImageModel],
    ...[...aliases].filter(([, model]) => model !== defaultModel)
      .map(([name, model]) => [`MODEL_ALIASES for ${name}`, model] as const),
  ]);
  return await Promise.all(
    [...configured].map(([setting, model]) => checkModel(config, { setting, model, models })),
  );
}

async function checkModel(
  config: Config,
  { setting, model, models }: { setting: string; model: string; models: readonly Model[] },
): Promise<CheckResult> {
  const check = setting === "DEFAULT_IMAGE_MODEL" ? "image_model" : "model";
  const found = models.find(({ id }) => id === model) ?? await findUnlisted(config, model);
  if (found !== undefined) return checkShutdown(check, setting, found);
  const similar = nearest(model, models.map(({ id }) => id));
  // Other servers may accept models that they do not list, such as deployments.
  const isCertain = check === "model" && isOpenAi(upstreamAt(config.upstream.baseUrl).baseURL);
  return {
    check,
    status: isCertain ? "problem" : "warning",
    what: `The model server does not have the model "${model}" of ${setting}`,
    why: `It lists ${models.length} models`,
    do: similar === undefined
      ? `Set ${setting} to one of them`
      : `Did you mean "${redact(similar)}"?`,
  };
}

function checkShutdown(
  check: string,
  setting: string,
  { id, shutdown_date: date }: Model,
): CheckResult {
  const what = `${setting} ${id} is available`;
  const endsAtMs = typeof date === "string" ? Date.parse(date) : NaN;
  if (Number.isNaN(endsAtMs)) {
    return passed(check, what, date === null ? "No shutdown date is announced" : undefined);
  }
  const day = new Date(endsAtMs).toISOString().slice(0, 10);
  const leftMs = endsAtMs - Date.now();
  if (leftMs > WARNING_DAYS * DAY_MS) return passed(check, what, `It shuts down on ${day}`);
  return {
    check,
    status: leftMs < 0 ? "problem" : "warning",
    what: `${setting} ${id} ${leftMs < 0 ? "was shut down" : "shuts down"} on ${day}`,
    do: "Set another model",
  };
}

/** Returns a model that the server has but does not list. */
async function findUnlisted(config: Config, model: string): Promise<Model | undefined> {
  const reply = await sendRequest(config, `/models/${encodeURIComponent(model)}`);
  if (!("status" in reply) || reply.status !== 200) return undefined;
  const found = parseJson(reply.text);
  return isModel(found) ? found : undefined;
}

function modelsIn(text: string): Model[] | undefined {
  const { data } = Object(parseJson(text));
  return Array.isArray(data) ? data.filter(isModel) : undefined;
}

function isModel(value: unknown): value is Model {
  return typeof Object(value).id === "string";
}
