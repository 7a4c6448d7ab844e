/** The models: whether the server has those that the settings name, and until when. */

import type { Config } from "../../config/mod.ts";
import { parseJson } from "../../shared/json.ts";
import { nearest } from "../../shared/nearest.ts";
import { isOpenAi } from "../../gateway/mod.ts";
import { upstreamAt } from "../../credentials/tenants.ts";
import { redact } from "../../telemetry/redact.ts";
import { errorTextOf, sendRequest, type ServerReply } from "./request.ts";
import { type CheckResult, passed } from "./check_result.ts";
import { aliasesOf, ownKey } from "./settings.ts";

/** Models that end within so many days are worth a word. */
const SOON_DAYS = 90;

const DAY_MS = 86_400_000;

interface Model {
  id: string;
  shutdown_date?: unknown;
}

/** @param answer what the model server said to `GET /models` */
export async function checkModels(config: Config, answer: ServerReply): Promise<CheckResult[]> {
  const own = ownKey(config);
  if (own === undefined) return [];
  const models = modelsOf(answer.text);
  if (models === undefined) {
    const why = answer.status === 200
      ? "What came is no list of models"
      : errorTextOf(answer, own.key);
    return [{
      check: "model",
      status: "warning",
      what: "The model server does not list its models, so they cannot be checked",
      why,
      do: "Check that the path of OPENAI_BASE_URL is whole; if it is, nothing has to be done",
    }];
  }
  const aliases = aliasesOf(config);
  const wanted = new Map<string, string>([
    ["DEFAULT_MODEL", aliases.get(config.models.defaultModel) ?? config.models.defaultModel],
    ["DEFAULT_IMAGE_MODEL", config.models.defaultImageModel],
    ...[...aliases].filter(([, model]) => model !== config.models.defaultModel)
      .map(([name, model]) => [`MODEL_ALIASES for ${name}`, model] as const),
  ]);
  return await Promise.all(
    [...wanted].map(([setting, model]) => checkModel(config, { setting, model, models })),
  );
}

async function checkModel(
  config: Config,
  { setting, model, models }: { setting: string; model: string; models: readonly Model[] },
): Promise<CheckResult> {
  const check = setting === "DEFAULT_IMAGE_MODEL" ? "image_model" : "model";
  const found = models.find(({ id }) => id === model) ?? await unlisted(config, model);
  if (found !== undefined) return available(check, setting, found);
  const like = nearest(model, models.map(({ id }) => id));
  // Other servers may know models that they do not list, such as deployments.
  const isCertain = check === "model" && isOpenAi(upstreamAt(config.upstream.baseUrl).baseURL);
  return {
    check,
    status: isCertain ? "problem" : "warning",
    what: `The model server does not have "${model}" of ${setting}`,
    why: `It lists ${models.length} models`,
    do: like === undefined ? `Set ${setting} to one of them` : `Did you mean "${redact(like)}"?`,
  };
}

function available(
  check: string,
  setting: string,
  { id, shutdown_date: date }: Model,
): CheckResult {
  const what = `${setting} ${id} is available`;
  const endsMs = typeof date === "string" ? Date.parse(date) : NaN;
  if (Number.isNaN(endsMs)) {
    return passed(check, what, date === null ? "No shutdown date is announced" : undefined);
  }
  const day = new Date(endsMs).toISOString().slice(0, 10);
  const leftMs = endsMs - Date.now();
  if (leftMs > SOON_DAYS * DAY_MS) return passed(check, what, `It shuts down on ${day}`);
  return {
    check,
    status: leftMs < 0 ? "problem" : "warning",
    what: `${setting} ${id} ${leftMs < 0 ? "was shut down" : "shuts down"} on ${day}`,
    do: `Set another model`,
  };
}

/** A model that can be used although the list does not have it. */
async function unlisted(config: Config, model: string): Promise<Model | undefined> {
  const answer = await sendRequest(config, `/models/${encodeURIComponent(model)}`);
  if (!("status" in answer) || answer.status !== 200) return undefined;
  const found = parseJson(answer.text);
  return isModel(found) ? found : undefined;
}

function modelsOf(text: string): Model[] | undefined {
  const { data } = Object(parseJson(text));
  return Array.isArray(data) ? data.filter(isModel) : undefined;
}

function isModel(value: unknown): value is Model {
  return typeof Object(value).id === "string";
}
