/**
 * Retired models for images on their way to OpenAI: a request that names one goes out with the model
 * that MODEL_ALIASES has for it. A name alone stands for a model that makes no images, and is left.
 */

import { getLogger } from "@logtape/logtape";
import { parseJson } from "../../shared/json.ts";
import { generatesImages, operationOfUrl } from "../../shared/openai_routes.ts";
import type { Fetch } from "../mod.ts";

const logger = getLogger(["assistants-mcp", "upstream"]);

/** The same `fetch`, in whose requests for images aliases become models. */
export function withImageAliases(ask: Fetch, aliases: ReadonlyMap<string, string>): Fetch {
  if (aliases.size === 0) return ask;
  const told = new Set<string>();

  function modelFor(alias: unknown): string | undefined {
    if (typeof alias !== "string") return undefined;
    const model = aliases.get(alias);
    if (model !== undefined && !told.has(alias)) {
      told.add(alias);
      logger.info("MODEL_ALIASES: {model} answers where {alias} is asked for.", { model, alias });
    }
    return model;
  }

  function aliased(body: RequestInit["body"]): RequestInit["body"] {
    if (body instanceof FormData) {
      const model = modelFor(body.get("model"));
      if (model !== undefined) body.set("model", model);
    } else if (typeof body === "string") {
      const params = Object(parseJson(body));
      const model = modelFor(params.model);
      if (model !== undefined) return JSON.stringify({ ...params, model });
    }
    return body;
  }

  return async (url, init, tenant) =>
    generatesImages(operationOfUrl("POST", url))
      ? await ask(url, { ...init, body: aliased(init?.body) }, tenant)
      : await ask(url, init, tenant);
}
