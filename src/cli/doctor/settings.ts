/** Checks of the settings and of what depends on them, and the report of all settings with their sources. */

import {
  type Config,
  type Invocation,
  isSecret,
  settingEntries,
  type SettingName,
} from "../../config/mod.ts";
import { UsageError } from "../../shared/errors.ts";
import { aliasesAt, isOpenAi } from "../../gateway/mod.ts";
import { upstreamAt } from "../../credentials/tenants.ts";
import { redact } from "../../telemetry/redact.ts";
import { formatValue } from "../../telemetry/format.ts";
import { clientSettings } from "../serve/options.ts";
import { type CheckResult, passed } from "./check_result.ts";

/** A setting with its value and source. */
export interface SettingReport {
  name: SettingName;
  /** Value in words; `set` for a secret, null for a setting without a value. */
  value: string | null;
  source: "flag" | "environment" | "file" | "default";
}

/** Returns all settings in the order of the settings table. */
export function reportSettings({ origin }: Invocation): SettingReport[] {
  return settingEntries.map(([name, setting]) => {
    const given = origin.given.get(name);
    return given === undefined
      ? { name, value: setting.default ?? setting.computedDefault ?? null, source: "default" }
      : { name, value: redactedValue(name, given.text), source: given.source };
  });
}

function redactedValue(name: SettingName, text: string): string {
  if (isSecret(name)) return "set";
  // The path of a webhook URL may be a credential.
  if (name === "WEBHOOK_URL") return `${URL.parse(text)?.origin ?? "not a URL"}/...`;
  return redact(formatValue(text)).replace(/\/\/[^/@]*@/, "//***@");
}

/** Checks the settings, the key, the model aliases, the selection of tools and the webhooks. */
export async function checkSettings(invocation: Invocation): Promise<CheckResult[]> {
  const { config, origin } = invocation;
  const problems = origin.problems.map(({ message }): CheckResult => ({
    check: "settings",
    status: "problem",
    what: message,
  }));
  return [
    ...problems.length === 0 ? [passed("settings", "All settings are valid")] : problems,
    ...checkKey(config, origin.problems.map(({ setting }) => setting)),
    checkAliases(config),
    await checkTools(config),
    ...checkWebhooks(config),
  ];
}

/** Returns the key of this process with its setting; undefined if callers send their own keys. */
export function ownKey(config: Config): { name: SettingName; key: string | undefined } | undefined {
  if (!config.auth.passthrough) {
    return { name: "OPENAI_API_KEY", key: config.upstream.apiKey };
  }
  return config.server.transport === "stdio"
    ? { name: "HTTP_HEADER_X_OPENAI_API_KEY", key: config.auth.stdioKey }
    : undefined;
}

function checkKey(config: Config, invalid: readonly (SettingName | undefined)[]): CheckResult[] {
  const own = ownKey(config);
  const { offline, baseURL } = upstreamAt(config.upstream.baseUrl);
  if (own === undefined) return [passed("key", "Callers send their own keys")];
  const { name, key } = own;
  if (invalid.includes(name) || offline && key === undefined) return [];
  const isAtOpenAi = isOpenAi(baseURL);
  if (key === undefined) {
    if (!isAtOpenAi && !config.auth.passthrough) {
      return [passed("key", `${name} is not set; servers other than OpenAI may not require a key`)];
    }
    return [{
      check: "key",
      status: "problem",
      what: `${name} is not set`,
      why: "The server starts and lists its tools, but calls that need a model fail",
      do: `Set ${name}, add it to the file of --env-file, or use --offline`,
    }];
  }
  if (isPlaceholder(key)) {
    return [{
      check: "key",
      status: "problem",
      what: `${name} is still the placeholder of a configuration`,
      do: "Replace the placeholder with the key",
    }];
  }
  if (!isAtOpenAi || offline) return [passed("key", `${name} is set`)];
  // The prefix is the same for all keys of a kind, so it may be shown.
  const prefix = /^sk-(proj-|svcacct-|admin-|ant-)?/.exec(key)?.[0];
  if (prefix === "sk-admin-" || prefix === "sk-ant-" || prefix === undefined) {
    return [{
      check: "key",
      status: "warning",
      what: `${name} does not look like a key for OpenAI's models`,
      why: prefix === "sk-admin-"
        ? "Keys that begin with sk-admin- are for administration"
        : prefix === "sk-ant-"
        ? "Keys that begin with sk-ant- belong to another company"
        : "Those keys begin with sk-",
      do: "Create one at https://platform.openai.com/api-keys",
    }];
  }
  return [passed("key", `${name} is set: ${key.length} characters, beginning with ${prefix}`)];
}

function isPlaceholder(key: string): boolean {
  return /\.\.\.|^\$\{|^<.*>$|^your\b|\byour[-_]/i.test(key);
}

function checkAliases(config: Config): CheckResult {
  const aliases = aliasesOf(config);
  const pairs = [...aliases].map(([name, model]) => `${name} by ${model}`).join(", ");
  return pairs === ""
    ? passed("aliases", "No model aliases are active")
    : passed("aliases", `Retired models are replaced: ${redact(pairs)}`);
}

/** Returns the model aliases that are active at the configured model server. */
export function aliasesOf(config: Config): ReadonlyMap<string, string> {
  const { baseURL } = upstreamAt(config.upstream.baseUrl);
  return aliasesAt({ ...clientSettings(config), OPENAI_BASE_URL: baseURL });
}

async function checkTools(config: Config): Promise<CheckResult> {
  const [{ createInventory }, { tools }] = await Promise.all([
    import("../../mcp/mod.ts"),
    import("../../tools/mod.ts"),
  ]);
  try {
    const { tools: { length } } = createInventory(tools, config.tools);
    return length > 0 ? passed("tools", `${length} tools are served`) : {
      check: "tools",
      status: "warning",
      what: "No tool is served",
      do: "Check TOOLSETS, TOOLS_EXCLUDE and READ_ONLY",
    };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { check: "tools", status: "problem", what: error.message };
  }
}

function checkWebhooks({ webhooks }: Config): CheckResult[] {
  if (webhooks.url === undefined) return [];
  const { protocol, hostname, origin } = new URL(webhooks.url);
  if (protocol === "https:" || /^(localhost|\[::1\]|127\..*)$/.test(hostname)) {
    return [passed("webhooks", `Run events are sent to ${origin}`)];
  }
  return [{
    check: "webhooks",
    status: "warning",
    what: `Run events are sent to ${origin} without encryption`,
    do: "Use an https URL in WEBHOOK_URL",
  }];
}
