/**
 * The settings. The parser, the type of the configuration, `--help`, `.env.example` and the tables
 * of the documentation derive from this table. It is one file, because it is read as one list, in
 * the order in which people see the settings.
 */

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
  webhookSecret,
  webhookUrl,
  word,
} from "./_value_types.ts";

/** A row of the settings table. */
export interface Setting {
  /** Heading of its group in help and documentation. */
  group: string;
  /** Path of its value in the configuration: `upstream.timeoutMs` for `config.upstream.timeoutMs`. */
  option: `${string}.${string}`;
  /** One or two sentences, for people. */
  description: string;
  type: ValueType<unknown>;
  /** Text of the default value; the empty string is an empty list. */
  default?: string;
  /** Description of a default that is computed at startup. */
  computedDefault?: string;
  /** Excludes the value from messages, and the setting from the flags, as process lists show flags. */
  secret?: true;
  /** A flag without a value that sets one particular value. */
  shorthand?: { flag: string; value: string; description: string };
}

export const SETTINGS = {
  OPENAI_API_KEY: {
    group: "Model server",
    option: "upstream.apiKey",
    description:
      "API key for the model server. api.openai.com requires one, other servers may not.",
    type: word,
    secret: true,
  },
  OPENAI_BASE_URL: {
    group: "Model server",
    option: "upstream.baseUrl",
    description:
      "Base URL of the model server: OpenAI, Azure OpenAI, Ollama or any other server that " +
      "implements POST /responses. The value offline: selects the built-in offline model.",
    type: baseUrl,
    default: "https://api.openai.com/v1",
    shorthand: {
      flag: "offline",
      value: OFFLINE,
      description: "Use the built-in offline model, which needs no key and no network.",
    },
  },
  OPENAI_ORG_ID: {
    group: "Model server",
    option: "upstream.organizationId",
    description: "OpenAI organization to bill.",
    type: word,
  },
  OPENAI_PROJECT_ID: {
    group: "Model server",
    option: "upstream.projectId",
    description: "OpenAI project to bill.",
    type: word,
  },
  OPENAI_TIMEOUT_S: {
    group: "Model server",
    option: "upstream.timeoutMs",
    description:
      "Time limit for a request to the model server, queueing and retries included, in " +
      "seconds.",
    type: secondsAsMs(0.1, 86_400),
    default: "600",
  },
  OPENAI_MAX_RETRIES: {
    group: "Model server",
    option: "upstream.maxRetries",
    description: "Maximum number of retries after a transient failure.",
    type: integer(0, 20),
    default: "2",
  },
  OPENAI_MAX_CONCURRENCY: {
    group: "Model server",
    option: "upstream.maxConcurrency",
    description:
      "Maximum number of concurrent requests to the model server; further requests are " +
      "queued. With MCP_CREDENTIALS_PASSTHROUGH, one eighth is reserved for callers with few " +
      "requests.",
    type: integer(1, 10_000),
    default: "64",
  },
  DEFAULT_MODEL: {
    group: "Model server",
    option: "models.defaultModel",
    description: "Model for requests that name none.",
    type: text,
    default: "gpt-6.1-terra",
  },
  DEFAULT_IMAGE_MODEL: {
    group: "Model server",
    option: "models.defaultImageModel",
    description: "Image model for requests that name none.",
    type: text,
    default: "gpt-image-2.6-flare",
  },
  MODEL_ALIASES: {
    group: "Model server",
    option: "models.aliases",
    description:
      "Replacements for retired models at api.openai.com: comma-separated pairs such as " +
      "old=new. A name without a replacement is replaced by DEFAULT_MODEL.",
    type: aliases,
    default: "gpt-4,gpt-4-turbo-preview,gpt-3.5-turbo",
  },
  ASSISTANTS_BACKEND: {
    group: "Model server",
    option: "upstream.assistantsBackend",
    description:
      "Provider of the Assistants API: responses for this server, which uses POST /responses; " +
      "assistants for a model server that still implements the Assistants API.",
    type: choice("responses", "assistants"),
    default: "responses",
  },
  UPSTREAM_TOOLS: {
    group: "Model server",
    option: "upstream.hostedTools",
    description:
      "Built-in assistant tools that the model server supports: file_search, code_interpreter " +
      "or none. The value auto means both at OpenAI and Azure, and none elsewhere.",
    type: upstreamTools,
    default: "auto",
  },
  DATABASE_URL: {
    group: "Storage",
    option: "store.url",
    description:
      "Database for assistants, threads, messages and runs: sqlite:PATH, or sqlite::memory: " +
      "to keep nothing after the server stops.",
    type: databaseUrl,
    computedDefault: "assistants.db in the user's data folder (offline.db with the offline model)",
  },
  RETENTION_DAYS: {
    group: "Storage",
    option: "store.retentionDays",
    description:
      "Number of days after which unused threads are deleted with their messages and runs. If " +
      "unset, threads are kept.",
    type: integer(1, 36_500),
  },
  TRANSPORT: {
    group: "Serving",
    option: "server.transport",
    description:
      "Transport for MCP clients: stdio, or streamable-http or sse for HTTP. Both HTTP values " +
      "serve /mcp and /sse.",
    type: choice("stdio", "streamable-http", "sse"),
    default: "stdio",
    shorthand: { flag: "http", value: "streamable-http", description: "Serve over HTTP." },
  },
  HOST: {
    group: "Serving",
    option: "http.host",
    description: "Host name or IP address to listen on over HTTP.",
    type: host,
    default: "127.0.0.1",
  },
  PORT: {
    group: "Serving",
    option: "http.port",
    description: "Port to listen on over HTTP. 0 selects a free port.",
    type: integer(0, 65_535),
    default: "8001",
  },
  MCP_AUTH_TOKEN: {
    group: "Serving",
    option: "auth.token",
    description:
      "Bearer token that HTTP callers must send. If unset and HOST is not a loopback address, " +
      "a token is generated; off disables the check.",
    type: token,
    secret: true,
  },
  MCP_CREDENTIALS_PASSTHROUGH: {
    group: "Serving",
    option: "auth.passthrough",
    description:
      "Require every caller to send an API key, in the header X-OpenAI-API-Key or as the " +
      "bearer token. Each key has its own objects. OPENAI_API_KEY and MCP_AUTH_TOKEN are not " +
      "used.",
    type: boolean,
    default: "false",
  },
  MCP_KEY_IN_URL: {
    group: "Serving",
    option: "auth.keyInUrl",
    description: "Accept a caller's key in the URL, as /mcp/{key}. URLs are recorded in logs and " +
      "histories, so prefer headers.",
    type: boolean,
    default: "false",
  },
  HTTP_HEADER_X_OPENAI_API_KEY: {
    group: "Serving",
    option: "auth.stdioKey",
    description: "API key of the caller over stdio, with MCP_CREDENTIALS_PASSTHROUGH.",
    type: word,
    secret: true,
  },
  ALLOWED_HOSTS: {
    group: "Serving",
    option: "http.allowedHosts",
    description:
      "Host names that HTTP requests may use, in addition to loopback names, IP addresses and " +
      "host.docker.internal.",
    type: hosts,
    default: "",
  },
  BACKEND_CORS_ORIGINS: {
    group: "Serving",
    option: "http.allowedOrigins",
    description:
      "Origins of the web pages that may call the server, separated by commas or as a JSON " +
      "list.",
    type: origins,
    default: "",
  },
  TOOLSETS: {
    group: "Tools",
    option: "tools.toolsets",
    description: "Toolsets to serve, separated by commas. The value default selects the default " +
      "toolsets, and all selects every toolset.",
    type: names,
    default: "default",
  },
  TOOLS_EXCLUDE: {
    group: "Tools",
    option: "tools.excludedTools",
    description: "Tools to exclude, by any of their names, separated by commas.",
    type: names,
    default: "",
  },
  READ_ONLY: {
    group: "Tools",
    option: "tools.readOnly",
    description: "Serve read-only tools only.",
    type: boolean,
    default: "false",
  },
  TOOL_NAMING: {
    group: "Tools",
    option: "tools.naming",
    description: "Naming style in the list of tools: create_thread (snake_case) or thread-create " +
      "(kebab-case). Calls may use any name of a tool.",
    type: choice("snake_case", "kebab-case"),
    default: "snake_case",
  },
  CONFIRM_DELETES: {
    group: "Tools",
    option: "tools.confirmDeletes",
    description:
      "User confirmation before a destructive tool runs: off, ask (if the client supports " +
      "elicitation) or require (without elicitation the call fails).",
    type: choice("off", "ask", "require"),
    default: "off",
  },
  IMAGE_OUTPUT_DIR: {
    group: "Tools",
    option: "folders.images",
    description:
      "Folder to write created images to. Over stdio, files that are too large for a result " +
      "are written there as well; over HTTP, each caller has a subfolder.",
    type: folder,
  },
  FILE_DIRS: {
    group: "Tools",
    option: "folders.readable",
    description:
      "Folders from which tools may read files by path, separated by commas. Works over stdio " +
      "only. By default, no folder is readable.",
    type: folders,
    default: "",
  },
  WAIT_S: {
    group: "Limits",
    option: "tools.waitS",
    description:
      "Maximum time that a call waits for a run or a job before it returns a handle, in " +
      "seconds.",
    type: seconds(1, 600),
    default: "45",
  },
  MAX_BODY_MB: {
    group: "Limits",
    option: "http.maxBodyBytes",
    description:
      "Maximum request body size over HTTP, in MiB. File uploads through /v1 are exempt.",
    type: mebibytesAsBytes(1, 1024),
    default: "32",
  },
  BODY_TIMEOUT_S: {
    group: "Limits",
    option: "http.bodyTimeoutMs",
    description: "Time limit for receiving a request body over HTTP, in seconds.",
    type: secondsAsMs(1, 3600),
    default: "60",
  },
  MAX_SESSIONS: {
    group: "Limits",
    option: "http.maxSessions",
    description: "Maximum number of open sessions and event streams over HTTP.",
    type: integer(1, 1_000_000),
    default: "10000",
  },
  SESSION_IDLE_S: {
    group: "Limits",
    option: "http.sessionIdleMs",
    description: "Time after which a session without requests ends, in seconds.",
    type: secondsAsMs(1, 604_800),
    default: "1800",
  },
  RATE_LIMIT_PER_MIN: {
    group: "Limits",
    option: "http.rateLimitPerMin",
    description: "Maximum number of HTTP requests per caller per minute, and in one burst.",
    type: integer(1, 1_000_000_000),
    default: "6000",
  },
  MAX_CALLS: {
    group: "Limits",
    option: "limits.maxCalls",
    description: "Maximum number of concurrent tool calls and /v1 requests over HTTP.",
    type: integer(1, 1_000_000),
    default: "10000",
  },
  MAX_CALLS_PER_TENANT: {
    group: "Limits",
    option: "limits.maxCallsPerTenant",
    description: "Maximum number of concurrent tool calls and /v1 requests per caller. Without " +
      "MCP_CREDENTIALS_PASSTHROUGH, all callers count as one.",
    type: integer(1, 1_000_000),
    default: "2000",
  },
  MAX_RUNS: {
    group: "Limits",
    option: "limits.maxRuns",
    description:
      "Maximum number of runs that this process executes concurrently; further runs stay " +
      "queued.",
    type: integer(1, 1_000_000),
    default: "4000",
  },
  MAX_RUNS_PER_TENANT: {
    group: "Limits",
    option: "limits.maxRunsPerTenant",
    description: "Maximum number of concurrent runs per caller. See MAX_CALLS_PER_TENANT.",
    type: integer(1, 1_000_000),
    default: "2000",
  },
  TOKENS_PER_DAY: {
    group: "Limits",
    option: "limits.tokensPerDay",
    description:
      "Maximum number of tokens that the runs and questions of a caller use per UTC day. Each " +
      "process counts separately. Unlimited if unset.",
    type: integer(1, 1_000_000_000_000),
  },
  WEBHOOK_URL: {
    group: "Operation",
    option: "webhooks.url",
    description: "URL that receives run events. Disabled if unset.",
    type: webhookUrl,
  },
  WEBHOOK_SECRET: {
    group: "Operation",
    option: "webhooks.secret",
    description:
      "Secret for signing the requests to WEBHOOK_URL, as specified by Standard Webhooks: " +
      "whsec_ and base64, or any word of at least 16 characters.",
    type: webhookSecret,
    secret: true,
  },
  ENVIRONMENT: {
    group: "Operation",
    option: "server.environment",
    description:
      "Environment: development or production. Production writes the log as JSON lines and " +
      "refuses the offline model.",
    type: choice("development", "production"),
    default: "development",
  },
  LOG_LEVEL: {
    group: "Operation",
    option: "log.level",
    description: "Minimum level of log records on standard error: debug, info, warning or error.",
    type: choice("debug", "info", "warning", "error"),
    default: "info",
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

/** The settings with their names, in the order of the table. */
export const settingEntries = Object.entries(SETTINGS) as [SettingName, Setting][];

/** Returns whether the value of a setting must not appear in output. */
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

/** Returns the name of the flag without dashes: `openai-base-url` for `OPENAI_BASE_URL`. */
export function flagName(name: SettingName): string {
  return name.toLowerCase().replaceAll("_", "-");
}
