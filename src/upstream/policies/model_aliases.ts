/**
 * Retired models on their way to OpenAI: a request that names one goes out with the model that
 * stands for it. Objects keep the name that was asked for, as they never come here.
 */

import { getLogger } from "@logtape/logtape";
import { parseJson } from "../../shared/json.ts";
import { operationOfUrl } from "../../shared/openai_routes.ts";
import type { Fetch } from "../mod.ts";

export interface AliasSettings {
  OPENAI_BASE_URL: string;
  /** Models by the names that stand for them; undefined stands for the default model. */
  MODEL_ALIASES?: ReadonlyMap<string, string | undefined>;
  DEFAULT_MODEL?: string;
}

/** What a model may refuse that its predecessor took. */
const SAMPLING = ["temperature", "top_p"];

const logger = getLogger(["assistants-mcp", "upstream"]);

/** The aliases that hold at this upstream: none but at OpenAI, as the names may be deployments elsewhere. */
export function aliasesAt(
  { OPENAI_BASE_URL, MODEL_ALIASES = new Map(), DEFAULT_MODEL }: AliasSettings,
): Map<string, string> {
  const aliases = new Map<string, string>();
  if (!isOpenAi(OPENAI_BASE_URL)) return aliases;
  for (const [name, model = DEFAULT_MODEL] of MODEL_ALIASES) {
    if (model !== undefined && model !== name) aliases.set(name, model);
  }
  return aliases;
}

export function isOpenAi(baseUrl: string): boolean {
  return /(^|\.)api\.openai\.com$/.test(new URL(baseUrl).hostname);
}

/**
 * The same `fetch`, in whose requests for responses aliases become models. A sampling parameter
 * that such a model refuses is left out, from then on.
 */
export function withAliases(ask: Fetch, aliases: ReadonlyMap<string, string>): Fetch {
  const leftOut = new Map<string, Set<string>>();

  function refusedBy(alias: string, model: string): Set<string> {
    let refused = leftOut.get(alias);
    if (refused === undefined) {
      refused = new Set();
      leftOut.set(alias, refused);
      logger.info("MODEL_ALIASES: {model} answers where {alias} is asked for.", { model, alias });
    }
    return refused;
  }

  return async (url, init, tenant) => {
    const asked = aliasedRequest(aliases, url, init);
    if (asked === undefined) return await ask(url, init, tenant);
    const { alias, model } = asked;
    const refused = refusedBy(alias, model);
    for (;;) {
      const params = Object.entries(asked.params).filter(([name]) => !refused.has(name));
      const body = JSON.stringify({ ...Object.fromEntries(params), model });
      const response = await ask(url, { ...init, body }, tenant);
      const param = await refusedSampling(response);
      if (param === undefined || refused.has(param) || !(param in asked.params)) return response;
      logger.info("{model} refuses {param}; requests for {alias} go without it.", {
        model,
        param,
        alias,
      });
      refused.add(param);
    }
  };
}

interface AliasedRequest {
  alias: string;
  model: string;
  params: Record<string, unknown>;
}

function aliasedRequest(
  aliases: ReadonlyMap<string, string>,
  url: string,
  { body }: RequestInit = {},
): AliasedRequest | undefined {
  if (typeof body !== "string") return undefined;
  const operation = operationOfUrl("POST", url);
  if (operation !== "createResponse" && operation !== "countInputTokens") return undefined;
  for (const [alias, model] of aliases) {
    // A body may be megabytes: it is parsed only where it can hold the name.
    if (!body.includes(JSON.stringify(alias))) continue;
    const params = Object(parseJson(body));
    if (params.model === alias) return { alias, model, params };
  }
  return undefined;
}

/** The sampling parameter that an answer refuses because the model has none. */
async function refusedSampling(response: Response): Promise<string | undefined> {
  if (response.status !== 400) return undefined;
  const { error } = Object(await response.clone().json().catch(() => undefined));
  const { param, code, message } = Object(error);
  const unsupported = /^unsupported_/.test(code) || /^Unsupported /.test(message);
  return unsupported && SAMPLING.includes(param) ? param : undefined;
}
