/** The options of the configuration under the names that the gateway takes. */

import type { Config } from "../../config/mod.ts";
import type { ClientSettings } from "../../gateway/mod.ts";

/** Returns the settings of {@linkcode createClients}. */
export function clientSettings({ upstream, models, auth, limits }: Config): ClientSettings {
  return {
    OPENAI_BASE_URL: upstream.baseUrl,
    OPENAI_ORG_ID: upstream.organizationId,
    OPENAI_PROJECT_ID: upstream.projectId,
    OPENAI_TIMEOUT_S: upstream.timeoutMs / 1000,
    OPENAI_MAX_RETRIES: upstream.maxRetries,
    OPENAI_MAX_CONCURRENCY: upstream.maxConcurrency,
    ASSISTANTS_BACKEND: upstream.assistantsBackend,
    UPSTREAM_TOOLS: upstream.hostedTools,
    MODEL_ALIASES: models.aliases,
    DEFAULT_MODEL: models.defaultModel,
    MCP_CREDENTIALS_PASSTHROUGH: auth.passthrough,
    TOKENS_PER_DAY: limits.tokensPerDay,
  };
}
