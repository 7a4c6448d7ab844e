/** The settings: what is wrong with them, where each comes from, and what follows from them. */

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
import { clientSettings, toolSelection } from "../serve/options.ts";
import { type CheckResult, passed } from "./check_result.ts";

export interface SettingReport {
  name: SettingName;
  /** For people; of a secret only that it is set. */
  value: string | null;
  source: "flag" | "environment" | "file" | "default";
}

/** Every setting, in the table's order. */
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
  // The address itself may be what lets somebody in.
  if (name === "WEBHOOK_URL") return `${URL.parse(text)?.origin ?? "not a URL"}/...`;
  return redact(formatValue(text)).replace(/\/\/[^/@]*@/, "//***@");
}

export async function checkSettings(invocation: Invocation): Promise<CheckResult[]> {
  const { config, origin } = invocation;
  const wrong = origin.problems.map(({ message }): CheckResult => ({
    check: "settings",
    status: "problem",
    what: message,
  }));
  return [
    ...wrong.length === 0 ? [passed("settings", "All settings can be used")] : wrong,
    ...checkKey(config, origin.problems.map(({ setting }) => setting)),
    checkAliases(config),
    await checkTools(config),
    ...checkWebhooks(config),
  ];
}

/** The key that this process would use of itself; undefined where callers bring theirs. */
export function ownKey(config: Config): { name: SettingName; key: string | undefined } | undefined {
  if (!config.auth.passthrough) {
    return { name: "OPENAI_API_KEY", key: config.upstream.apiKey };
  }
  return config.server.transport === "stdio"
    ? { name: "HTTP_HEADER_X_OPENAI_API_KEY", key: config.auth.stdioKey }
    : undefined;
}

function checkKey(config: Config, wrong: readonly (SettingName | undefined)[]): CheckResult[] {
  const own = ownKey(config);
  const { offline, baseURL } = upstreamAt(config.upstream.baseUrl);
  if (own === undefined) return [passed("key", "Callers bring their own keys")];
  const { name, key } = own;
  if (wrong.includes(name) || offline && key === undefined) return [];
  const atOpenAi = isOpenAi(baseURL);
  if (key === undefined) {
    if (!atOpenAi && !config.auth.passthrough) {
      return [passed("key", `${name} is not set; a server other than OpenAI's may need none`)];
    }
    return [{
      check: "key",
      status: "problem",
      what: `${name} is not set`,
      why: "The server starts and lists its tools, but no call can sendRequest a model",
      do: `Set ${name}, write it into the file named by --env-file, or use --offline`,
    }];
  }
  if (isPlaceholder(key)) {
    return [{
      check: "key",
      status: "problem",
      what: `${name} is still the placeholder of a configuration`,
      do: "Write the key itself in its place",
    }];
  }
  if (!atOpenAi || offline) return [passed("key", `${name} is set`)];
  // No part of the key beyond the words that all keys of its kind begin with.
  const kind = /^sk-(proj-|svcacct-|admin-|ant-)?/.exec(key)?.[0];
  if (kind === "sk-admin-" || kind === "sk-ant-" || kind === undefined) {
    return [{
      check: "key",
      status: "warning",
      what: `${name} does not look like a key for OpenAI's models`,
      why: kind === "sk-admin-"
        ? "Keys that begin with sk-admin- are for administration"
        : kind === "sk-ant-"
        ? "Keys that begin with sk-ant- are another company's"
        : "Those begin with sk-",
      do: "Take one from https://platform.openai.com/api-keys",
    }];
  }
  return [passed("key", `${name} is set: ${key.length} characters, beginning with ${kind}`)];
}

function isPlaceholder(key: string): boolean {
  return /\.\.\.|^\$\{|^<.*>$|^your\b|\byour[-_]/i.test(key);
}

function checkAliases(config: Config): CheckResult {
  const aliases = aliasesOf(config);
  const pairs = [...aliases].map(([name, model]) => `${name} is ${model}`).join(", ");
  return pairs === ""
    ? passed("aliases", "No model stands for another")
    : passed("aliases", `Retired models and what answers for them: ${redact(pairs)}`);
}

/** The aliases in force. */
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
    const { tools: { length } } = createInventory(tools, toolSelection(config));
    return length > 0 ? passed("tools", `${length} tools are served`) : {
      check: "tools",
      status: "warning",
      what: "No tool is served",
      do: "Look at TOOLSETS, TOOLS_EXCLUDE and READ_ONLY",
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
    return [passed("webhooks", `Run events go to ${origin}`)];
  }
  return [{
    check: "webhooks",
    status: "warning",
    what: `Run events go to ${origin} without encryption`,
    do: "Use an https URL in WEBHOOK_URL",
  }];
}
