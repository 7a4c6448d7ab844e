/** Every setting once: the parser, the help, `.env.example` and the README's table derive from this. */

import {
  aliases,
  baseUrl,
  boolean,
  choice,
  databaseUrl,
  folder,
  folders,
  host,
  hosts,
  integer,
  mebibytesAsBytes,
  names,
  OFFLINE,
  origins,
  seconds,
  secondsAsMs,
  text,
  token,
  upstreamTools,
  type ValueType,
  webAddress,
  webhookSecret,
  word,
} from "./_values.ts";

export interface Setting {
  /** The heading under which texts show it. */
  group: string;
  /** Where the value goes in the configuration: `upstream.timeoutMs` for `config.upstream.timeoutMs`. */
  option: `${string}.${string}`;
  /** A sentence or two. */
  meaning: string;
  type: ValueType<unknown>;
  /** As a person would write it; the empty text is an empty list. */
  default?: string;
  /** Where the default is made at start: what it is, in words. */
  derived?: string;
  /** Has no flag, as flags show in the list of processes, and never stands in a message. */
  secret?: true;
  /** A flag that stands for one value. */
  shorthand?: { flag: string; value: string; meaning: string };
}

export const SETTINGS = {
  OPENAI_API_KEY: {
    group: "Model server",
    option: "upstream.apiKey",
    meaning: "The key for the model server. api.openai.com needs one, others may not.",
    type: word,
    secret: true,
  },
  OPENAI_BASE_URL: {
    group: "Model server",
    option: "upstream.baseUrl",
    meaning: "Where the models are: OpenAI, Azure OpenAI, Ollama or any other server that has " +
      "POST /responses; or offline: for the model that is built in.",
    type: baseUrl,
    default: "https://api.openai.com/v1",
    shorthand: {
      flag: "offline",
      value: OFFLINE,
      meaning: "Use the built-in offline model: no key, no network.",
    },
  },
  OPENAI_ORG_ID: {
    group: "Model server",
    option: "upstream.organizationId",
    meaning: "The OpenAI organization that pays.",
    type: word,
  },
  OPENAI_PROJECT_ID: {
    group: "Model server",
    option: "upstream.projectId",
    meaning: "The OpenAI project that pays.",
    type: word,
  },
  OPENAI_TIMEOUT_S: {
    group: "Model server",
    option: "upstream.timeoutMs",
    meaning: "How long a request may take, its retries included.",
    type: secondsAsMs(0.1, 86_400),
    default: "600",
  },
  OPENAI_MAX_RETRIES: {
    group: "Model server",
    option: "upstream.maxRetries",
    meaning: "How often a request is tried again after a passing failure.",
    type: integer(0, 20),
    default: "2",
  },
  OPENAI_MAX_CONCURRENCY: {
    group: "Model server",
    option: "upstream.maxConcurrency",
    meaning: "How many requests may be under way at once; the others wait in line. With " +
      "MCP_CREDENTIALS_PASSTHROUGH an eighth is kept for callers that have few.",
    type: integer(1, 10_000),
    default: "64",
  },
  DEFAULT_MODEL: {
    group: "Model server",
    option: "models.defaultModel",
    meaning: "The model where a call names none.",
    type: text,
    default: "gpt-6.1-terra",
  },
  DEFAULT_IMAGE_MODEL: {
    group: "Model server",
    option: "models.defaultImageModel",
    meaning: "The model for images where a call names none.",
    type: text,
    default: "gpt-image-2.6-flare",
  },
  MODEL_ALIASES: {
    group: "Model server",
    option: "models.aliases",
    meaning:
      "Retired models, and the models that answer in their place at api.openai.com: old=new, with " +
      "commas between pairs; a name alone stands for DEFAULT_MODEL.",
    type: aliases,
    default: "gpt-4,gpt-4-turbo-preview,gpt-3.5-turbo",
  },
  ASSISTANTS_BACKEND: {
    group: "Model server",
    option: "upstream.assistantsBackend",
    meaning:
      "Who keeps assistants and runs them: this server, over POST /responses (responses), or a " +
      "model server that still has the Assistants API itself (assistants).",
    type: choice("responses", "assistants"),
    default: "responses",
  },
  UPSTREAM_TOOLS: {
    group: "Model server",
    option: "upstream.hostedTools",
    meaning:
      "The tools of assistants that the model server runs by itself: file_search, code_interpreter, " +
      "or none; auto stands for both at OpenAI and Azure, and for none elsewhere.",
    type: upstreamTools,
    default: "auto",
  },
  DATABASE_URL: {
    group: "Storage",
    option: "store.url",
    meaning:
      "Where assistants, threads, messages and runs are kept: sqlite:PATH, or sqlite::memory: to " +
      "forget them at the end.",
    type: databaseUrl,
    derived: "assistants.db in the user's data folder (offline.db with the offline model)",
  },
  RETENTION_DAYS: {
    group: "Storage",
    option: "store.retentionDays",
    meaning:
      "After how many days without a use threads are deleted with all that is in them; they " +
      "are kept unless set.",
    type: integer(1, 36_500),
  },
  TRANSPORT: {
    group: "Serving",
    option: "server.transport",
    meaning: "How clients reach the server: stdio, or over HTTP at /mcp and /sse, which " +
      "streamable-http and sse both stand for.",
    type: choice("stdio", "streamable-http", "sse"),
    default: "stdio",
    shorthand: { flag: "http", value: "streamable-http", meaning: "Serve over HTTP." },
  },
  HOST: {
    group: "Serving",
    option: "http.host",
    meaning: "The address to listen on over HTTP.",
    type: host,
    default: "127.0.0.1",
  },
  PORT: {
    group: "Serving",
    option: "http.port",
    meaning: "The port to listen on over HTTP; 0 takes a free one.",
    type: integer(0, 65_535),
    default: "8001",
  },
  MCP_AUTH_TOKEN: {
    group: "Serving",
    option: "auth.token",
    meaning:
      "The bearer token that callers show over HTTP. Without one, a token is made where HOST can be " +
      "reached by others; off asks for none.",
    type: token,
    secret: true,
  },
  MCP_CREDENTIALS_PASSTHROUGH: {
    group: "Serving",
    option: "auth.passthrough",
    meaning:
      "Whether each caller brings a key of their own, in the header X-OpenAI-API-Key or as the bearer " +
      "token; OPENAI_API_KEY and MCP_AUTH_TOKEN then play no part. Callers see nothing of each other.",
    type: boolean,
    default: "false",
  },
  MCP_KEY_IN_URL: {
    group: "Serving",
    option: "auth.keyInUrl",
    meaning:
      "Whether the key that a caller brings may also stand in the address, as /mcp/{key}. Addresses " +
      "end up in logs and histories: headers are safer.",
    type: boolean,
    default: "false",
  },
  HTTP_HEADER_X_OPENAI_API_KEY: {
    group: "Serving",
    option: "auth.stdioKey",
    meaning:
      "The caller's key where MCP_CREDENTIALS_PASSTHROUGH is on and there are no headers: over stdio.",
    type: word,
    secret: true,
  },
  ALLOWED_HOSTS: {
    group: "Serving",
    option: "http.allowedHosts",
    meaning:
      "Host names by which callers may reach the server, beside loopback names, IP addresses and " +
      "host.docker.internal.",
    type: hosts,
    default: "",
  },
  BACKEND_CORS_ORIGINS: {
    group: "Serving",
    option: "http.allowedOrigins",
    meaning: "Origins of the web pages that may call, with commas or as a JSON list.",
    type: origins,
    default: "",
  },
  TOOLSETS: {
    group: "Tools",
    option: "tools.toolsets",
    meaning:
      "The groups of tools that are served, with commas between them; default stands for those that " +
      "need not be asked for, all for every one.",
    type: names,
    default: "default",
  },
  TOOLS_EXCLUDE: {
    group: "Tools",
    option: "tools.exclude",
    meaning: "Tools that are not served, by any of their names, with commas between them.",
    type: names,
    default: "",
  },
  READ_ONLY: {
    group: "Tools",
    option: "tools.readOnly",
    meaning: "Whether only what reads is served.",
    type: boolean,
    default: "false",
  },
  TOOL_NAMING: {
    group: "Tools",
    option: "tools.naming",
    meaning: "How tools are listed: create_thread (snake_case) or thread-create (kebab-case). " +
      "Calls may use any name.",
    type: choice("snake_case", "kebab-case"),
    default: "snake_case",
  },
  CONFIRM_DELETES: {
    group: "Tools",
    option: "tools.confirmDeletes",
    meaning:
      "Whether the person at the client is asked before a tool deletes: off, ask (where the client " +
      "can ask) or require (or else nothing is deleted).",
    type: choice("off", "ask", "require"),
    default: "off",
  },
  IMAGE_OUTPUT_DIR: {
    group: "Tools",
    option: "folders.images",
    meaning:
      "A folder into which every image is also written whole, and over stdio what is too large of a " +
      "file to be shown; over HTTP each caller has one below it.",
    type: folder,
  },
  FILE_DIRS: {
    group: "Tools",
    option: "folders.readable",
    meaning:
      "Folders below which tools may read the files that a call names by path, with commas between " +
      "them; over stdio only, and none unless set.",
    type: folders,
    default: "",
  },
  WAIT_S: {
    group: "Limits",
    option: "tools.waitS",
    meaning: "How long a call waits for a run or a job before it answers with a handle.",
    type: seconds(1, 600),
    default: "45",
  },
  MAX_BODY_MB: {
    group: "Limits",
    option: "http.maxBodyBytes",
    meaning: "The largest request over HTTP, in MiB; files that are uploaded through /v1 pass by.",
    type: mebibytesAsBytes(1, 1024),
    default: "32",
  },
  BODY_TIMEOUT_S: {
    group: "Limits",
    option: "http.bodyTimeoutMs",
    meaning: "How long the body of a request over HTTP may take to come.",
    type: secondsAsMs(1, 3600),
    default: "60",
  },
  MAX_SESSIONS: {
    group: "Limits",
    option: "http.maxSessions",
    meaning: "How many sessions and event streams may be open over HTTP.",
    type: integer(1, 1_000_000),
    default: "10000",
  },
  SESSION_IDLE_S: {
    group: "Limits",
    option: "http.sessionIdleMs",
    meaning: "After how long without a request a session ends.",
    type: secondsAsMs(1, 604_800),
    default: "1800",
  },
  RATE_LIMIT_PER_MIN: {
    group: "Limits",
    option: "http.rateLimitPerMin",
    meaning: "How many requests a caller may send over HTTP in a minute, and in one burst.",
    type: integer(1, 1_000_000_000),
    default: "6000",
  },
  MAX_CALLS: {
    group: "Limits",
    option: "limits.maxCalls",
    meaning: "How many tool calls and requests of /v1 may be under way at once over HTTP.",
    type: integer(1, 1_000_000),
    default: "10000",
  },
  MAX_CALLS_PER_TENANT: {
    group: "Limits",
    option: "limits.maxCallsPerTenant",
    meaning: "The same for one caller; without MCP_CREDENTIALS_PASSTHROUGH all callers are one.",
    type: integer(1, 1_000_000),
    default: "2000",
  },
  MAX_RUNS: {
    group: "Limits",
    option: "limits.maxRuns",
    meaning: "How many runs this process works on at once; the others wait as queued.",
    type: integer(1, 1_000_000),
    default: "4000",
  },
  MAX_RUNS_PER_TENANT: {
    group: "Limits",
    option: "limits.maxRunsPerTenant",
    meaning: "The same for the runs of one caller; see MAX_CALLS_PER_TENANT.",
    type: integer(1, 1_000_000),
    default: "2000",
  },
  TOKENS_PER_DAY: {
    group: "Limits",
    option: "limits.tokensPerDay",
    meaning:
      "How many tokens a caller's runs and questions may use from midnight to midnight UTC, " +
      "as far as this process has seen; as many as they like unless set.",
    type: integer(1, 1_000_000_000_000),
  },
  WEBHOOK_URL: {
    group: "Operation",
    option: "webhooks.url",
    meaning: "Where it is told by POST what has become of runs; nowhere unless set.",
    type: webAddress,
  },
  WEBHOOK_SECRET: {
    group: "Operation",
    option: "webhooks.secret",
    meaning:
      "With WEBHOOK_URL: what its requests are signed with, as Standard Webhooks has it; whsec_ and " +
      "base64, or any word.",
    type: webhookSecret,
    secret: true,
  },
  ENVIRONMENT: {
    group: "Operation",
    option: "server.environment",
    meaning: "development, or production: the log is JSON lines, and the offline model is refused.",
    type: choice("development", "production"),
    default: "development",
  },
  LOG_LEVEL: {
    group: "Operation",
    option: "log.level",
    meaning: "What is logged on standard error, from here up: debug, info, warning or error.",
    type: choice("debug", "info", "warning", "error"),
    default: "info",
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

/** The settings in the table's order, as the general type has them. */
export const settingEntries = Object.entries(SETTINGS) as [SettingName, Setting][];

export function isSecret(name: SettingName): boolean {
  const { secret }: Setting = SETTINGS[name];
  return secret === true;
}

/** Returns the values of the secret settings. */
export function secretsOf(given: ReadonlyMap<SettingName, { text: string }>): string[] {
  return [...given].filter(([name]) => isSecret(name)).map(([, { text }]) => text.trim());
}

/** Returns the flag that sets a setting to a value, such as `--http` or `--port=8080`. */
export function settingFlag(name: SettingName, text: string): string {
  const { shorthand }: Setting = SETTINGS[name];
  return shorthand?.value === text ? `--${shorthand.flag}` : `--${flagName(name)}=${text}`;
}

/** `--openai-base-url` without its dashes. */
export function flagName(name: SettingName): string {
  return name.toLowerCase().replaceAll("_", "-");
}
