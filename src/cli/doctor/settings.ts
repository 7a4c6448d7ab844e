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
import { shown } from "../../telemetry/summarize.ts";
import { clientSettings, toolSelection } from "../serve/options.ts";
import { type Finding, fine } from "./finding.ts";

export interface ShownSetting {
  name: SettingName;
  /** For people; of a secret only that it is set. */
  value: string | null;
  source: "flag" | "environment" | "file" | "default";
}

/** Every setting, in the table's order. */
export function shownSettings({ origin }: Invocation): ShownSetting[] {
  return settingEntries.map(([name, setting]) => {
    const given = origin.given.get(name);
    return given === undefined
      ? { name, value: setting.default ?? setting.computedDefault ?? null, source: "default" }
      : { name, value: shownValue(name, given.text), source: given.source };
  });
}

function shownValue(name: SettingName, text: string): string {
  if (isSecret(name)) return "set";
  // The address itself may be what lets somebody in.
  if (name === "WEBHOOK_URL") return `${URL.parse(text)?.origin ?? "not a URL"}/...`;
  return redact(shown(text)).replace(/\/\/[^/@]*@/, "//***@");
}

export async function settingFindings(invocation: Invocation): Promise<Finding[]> {
  const { config, origin } = invocation;
  const wrong = origin.problems.map(({ message }): Finding => ({
    check: "settings",
    status: "problem",
    what: message,
  }));
  return [
    ...wrong.length === 0 ? [fine("settings", "All settings can be used")] : wrong,
    ...keyFindings(config, origin.problems.map(({ setting }) => setting)),
    aliasFinding(config),
    await toolFinding(config),
    ...webhookFindings(config),
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

function keyFindings(config: Config, wrong: readonly (SettingName | undefined)[]): Finding[] {
  const own = ownKey(config);
  const { offline, baseURL } = upstreamAt(config.upstream.baseUrl);
  if (own === undefined) return [fine("key", "Callers bring their own keys")];
  const { name, key } = own;
  if (wrong.includes(name) || offline && key === undefined) return [];
  const atOpenAi = isOpenAi(baseURL);
  if (key === undefined) {
    if (!atOpenAi && !config.auth.passthrough) {
      return [fine("key", `${name} is not set; a server other than OpenAI's may need none`)];
    }
    return [{
      check: "key",
      status: "problem",
      what: `${name} is not set`,
      why: "The server starts and lists its tools, but no call can ask a model",
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
  if (!atOpenAi || offline) return [fine("key", `${name} is set`)];
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
  return [fine("key", `${name} is set: ${key.length} characters, beginning with ${kind}`)];
}

function isPlaceholder(key: string): boolean {
  return /\.\.\.|^\$\{|^<.*>$|^your\b|\byour[-_]/i.test(key);
}

function aliasFinding(config: Config): Finding {
  const aliases = aliasesOf(config);
  const pairs = [...aliases].map(([name, model]) => `${name} is ${model}`).join(", ");
  return pairs === ""
    ? fine("aliases", "No model stands for another")
    : fine("aliases", `Retired models and what answers for them: ${redact(pairs)}`);
}

/** The aliases in force. */
export function aliasesOf(config: Config): ReadonlyMap<string, string> {
  const { baseURL } = upstreamAt(config.upstream.baseUrl);
  return aliasesAt({ ...clientSettings(config), OPENAI_BASE_URL: baseURL });
}

async function toolFinding(config: Config): Promise<Finding> {
  const [{ createInventory }, { tools }] = await Promise.all([
    import("../../mcp/mod.ts"),
    import("../../tools/mod.ts"),
  ]);
  try {
    const { tools: { length } } = createInventory(tools, toolSelection(config));
    return length > 0 ? fine("tools", `${length} tools are served`) : {
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

function webhookFindings({ webhooks }: Config): Finding[] {
  if (webhooks.url === undefined) return [];
  const { protocol, hostname, origin } = new URL(webhooks.url);
  if (protocol === "https:" || /^(localhost|\[::1\]|127\..*)$/.test(hostname)) {
    return [fine("webhooks", `Run events go to ${origin}`)];
  }
  return [{
    check: "webhooks",
    status: "warning",
    what: `Run events go to ${origin} without encryption`,
    do: "Use an https URL in WEBHOOK_URL",
  }];
}
