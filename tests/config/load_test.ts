import assert from "node:assert/strict";
import fc from "fast-check";
import { type Config, loadConfig, type LoadOptions } from "../../src/config/mod.ts";
import type { SettingValues } from "../../src/config/config.ts";
import { settingEntries, type SettingName } from "../../src/config/settings.ts";
import { UsageError } from "../../src/shared/errors.ts";

const ENV = { HOME: "/home/ada" };

const DEFAULTS: Config = {
  upstream: {
    apiKey: undefined,
    baseUrl: "https://api.openai.com/v1",
    organizationId: undefined,
    projectId: undefined,
    timeoutMs: 600_000,
    maxRetries: 2,
    maxConcurrency: 64,
    assistantsBackend: "responses",
    hostedTools: "auto",
  },
  models: {
    defaultModel: "gpt-6.1-terra",
    defaultImageModel: "gpt-image-2.6-flare",
    aliases: new Map([
      ["gpt-4", undefined],
      ["gpt-4-turbo-preview", undefined],
      ["gpt-3.5-turbo", undefined],
    ]),
  },
  store: {
    url: "sqlite:/home/ada/.local/share/assistants-mcp/assistants.db",
    retentionDays: undefined,
  },
  server: { transport: "stdio", environment: "development" },
  http: {
    host: "127.0.0.1",
    port: 8001,
    allowedHosts: [],
    allowedOrigins: [],
    maxBodyBytes: 32 * 1024 * 1024,
    bodyTimeoutMs: 60_000,
    maxSessions: 10_000,
    sessionIdleMs: 1_800_000,
    rateLimitPerMin: 6000,
  },
  auth: { token: undefined, passthrough: false, keyInUrl: false, stdioKey: undefined },
  tools: {
    toolsets: ["default"],
    excludedTools: [],
    readOnly: false,
    naming: "snake_case",
    confirmDeletes: "off",
    waitS: 45,
  },
  folders: { images: undefined, readable: [] },
  limits: {
    maxCalls: 10_000,
    maxCallsPerTenant: 2000,
    maxRuns: 4000,
    maxRunsPerTenant: 2000,
    tokensPerDay: undefined,
  },
  webhooks: { url: undefined, secret: undefined },
  log: { level: "info" },
  dataDir: "/home/ada/.local/share/assistants-mcp",
  tracing: false,
};

/** For each setting, valid texts with their values. */
const VALID: { [N in SettingName]: [text: string, value: SettingValues[N]][] } = {
  OPENAI_API_KEY: [["sk-proj-abc_123", "sk-proj-abc_123"]],
  OPENAI_BASE_URL: [
    ["http://localhost:11434/v1", "http://localhost:11434/v1"],
    ["https://x.openai.azure.com/openai/v1/", "https://x.openai.azure.com/openai/v1/"],
    ["offline:", "offline:"],
  ],
  OPENAI_ORG_ID: [["org-1", "org-1"]],
  OPENAI_PROJECT_ID: [["proj_1", "proj_1"]],
  OPENAI_TIMEOUT_S: [["0.5", 500], ["86400", 86_400_000]],
  OPENAI_MAX_RETRIES: [["0", 0]],
  OPENAI_MAX_CONCURRENCY: [["1", 1]],
  DEFAULT_MODEL: [["my deployment", "my deployment"]],
  DEFAULT_IMAGE_MODEL: [["my deployment", "my deployment"]],
  MODEL_ALIASES: [
    ["gpt-4=gpt-6.1-terra", new Map([["gpt-4", "gpt-6.1-terra"]])],
    ["gpt-4=a, gpt-3.5-turbo ,", new Map([["gpt-4", "a"], ["gpt-3.5-turbo", undefined]])],
    ['["ft:gpt-4:a::b=c"]', new Map([["ft:gpt-4:a::b", "c"]])],
  ],
  ASSISTANTS_BACKEND: [["assistants", "assistants"]],
  DATABASE_URL: [
    ["sqlite::memory:", "sqlite::memory:"],
    ["sqlite:a b/c.db", "sqlite:a b/c.db"],
    ["sqlite:C:\\data\\a.db", "sqlite:C:\\data\\a.db"],
  ],
  TRANSPORT: [["streamable-http", "streamable-http"], ["sse", "sse"], ["STDIO", "stdio"]],
  HOST: [
    ["0.0.0.0", "0.0.0.0"],
    ["::1", "::1"],
    ["[::1]", "::1"],
    ["LocalHost", "localhost"],
    ["my_host-1.example.com", "my_host-1.example.com"],
  ],
  PORT: [["0", 0], ["65535", 65_535]],
  MCP_AUTH_TOKEN: [["off", "off"], ["0123456789abcdef", "0123456789abcdef"]],
  ALLOWED_HOSTS: [
    ["a.example.com, B.example.com,", ["a.example.com", "b.example.com"]],
    ['["a.example.com"]', ["a.example.com"]],
  ],
  BACKEND_CORS_ORIGINS: [
    ['["http://localhost:3000/", "https://App.example.com"]', [
      "http://localhost:3000",
      "https://app.example.com",
    ]],
    ["https://a.example.com:443,http://[::1]:5173", [
      "https://a.example.com",
      "http://[::1]:5173",
    ]],
    ["[]", []],
  ],
  TOOLSETS: [["All", ["all"]], ["default, utility,", ["default", "utility"]]],
  TOOLS_EXCLUDE: [["thread-delete,delete_run", ["thread-delete", "delete_run"]]],
  READ_ONLY: [["true", true]],
  TOOL_NAMING: [["kebab-case", "kebab-case"]],
  CONFIRM_DELETES: [["ask", "ask"], ["require", "require"]],
  IMAGE_OUTPUT_DIR: [["/home/ada/../eve/images", "/home/eve/images"]],
  FILE_DIRS: [["/a, /b c", ["/a", "/b c"]], ['["/a,b"]', ["/a,b"]]],
  WAIT_S: [["1", 1], ["600", 600]],
  MAX_BODY_MB: [["1", 1_048_576]],
  BODY_TIMEOUT_S: [["2.5", 2500]],
  MAX_SESSIONS: [["5", 5]],
  SESSION_IDLE_S: [["1.5", 1500]],
  MCP_CREDENTIALS_PASSTHROUGH: [["true", true], ["FALSE", false], ["1", true], ["0", false]],
  MCP_KEY_IN_URL: [["true", true]],
  HTTP_HEADER_X_OPENAI_API_KEY: [["sk-proj-abc_123", "sk-proj-abc_123"]],
  RATE_LIMIT_PER_MIN: [["1", 1]],
  MAX_CALLS: [["1", 1]],
  MAX_CALLS_PER_TENANT: [["1", 1]],
  MAX_RUNS: [["1", 1]],
  MAX_RUNS_PER_TENANT: [["1", 1]],
  RETENTION_DAYS: [["30", 30]],
  TOKENS_PER_DAY: [["1000000", 1_000_000]],
  UPSTREAM_TOOLS: [
    ["auto", "auto"],
    ["none", []],
    ["file_search, Code_Interpreter", ["file_search", "code_interpreter"]],
  ],
  WEBHOOK_URL: [["https://example.com/hook?a=b", "https://example.com/hook?a=b"]],
  WEBHOOK_SECRET: [
    ["whsec_BwcHBwcHBwcHBwcH", "whsec_BwcHBwcHBwcHBwcH"],
    ["a-word-of-16-chars", "a-word-of-16-chars"],
  ],
  ENVIRONMENT: [["production", "production"], ["Production", "production"]],
  LOG_LEVEL: [["debug", "debug"], ["WARNING", "warning"]],
};

/** For each setting, invalid texts; any text is a valid model name. */
const INVALID: { [N in SettingName]?: string[] } = {
  OPENAI_API_KEY: ["sk-a sk-b", "sk-\u00e9", "sk-a\nX-Header: b"],
  OPENAI_BASE_URL: [
    "api.openai.com",
    "ftp://example.com",
    "https://user@example.com",
    "https://user:hunter2@example.com/v1",
    "https://",
    "http:/example.com",
    "offline",
    "offline:x",
  ],
  OPENAI_ORG_ID: ["my org"],
  OPENAI_PROJECT_ID: ["my project"],
  OPENAI_TIMEOUT_S: ["0", "-1", "1e3", "10m", "NaN", "Infinity", "86401"],
  OPENAI_MAX_RETRIES: ["-1", "1.5", "21", "two"],
  OPENAI_MAX_CONCURRENCY: ["0", "10001"],
  MODEL_ALIASES: ["gpt-4=", "=gpt-4", "a=b=c", "gpt 4=gpt-5", '["a=b"'],
  ASSISTANTS_BACKEND: ["openai", "both"],
  DATABASE_URL: [
    "sqlite:",
    "assistants.db",
    "sqlite:///a.db",
    "sqlite:~/a.db",
    "postgres://user:hunter2@example.com/db",
  ],
  TRANSPORT: ["http", "websocket"],
  HOST: ["http://localhost", "localhost:8001", "a b", "*", "999.1.1.1", "[::1"],
  PORT: ["-1", "65536", "80.5", "0x50", "http"],
  MCP_AUTH_TOKEN: ["short", "OFF", "fifteen-letters", "long enough but several words"],
  ALLOWED_HOSTS: ["a.example.com:8001", "*", "https://a.example.com", "[1]", '["a"', "*.a.com"],
  BACKEND_CORS_ORIGINS: [
    "*",
    "null",
    "localhost:3000",
    "https://*.example.com",
    "https://a.example.com/app",
    "https://a.example.com?x",
    "https://user:hunter2@a.example.com",
    "https://a.example.com,*",
    "ftp://a.example.com",
    '["https://a.example.com", 1]',
    '["https://a.example.com"',
    '{"a": 1}',
  ],
  TOOLSETS: ["chat models", "[1]"],
  TOOLS_EXCLUDE: ["delete thread", "{}"],
  READ_ONLY: ["maybe"],
  TOOL_NAMING: ["camelCase"],
  CONFIRM_DELETES: ["always"],
  IMAGE_OUTPUT_DIR: ["images", "./images", "~/images"],
  FILE_DIRS: ["/a,b", "~", '["/a", 1]'],
  WAIT_S: ["0", "601", "-5", "soon"],
  MAX_BODY_MB: ["0", "1025", "32MB"],
  BODY_TIMEOUT_S: ["0", "3601", "1m"],
  MAX_SESSIONS: ["0", "1000001"],
  SESSION_IDLE_S: ["0", "604801"],
  MCP_CREDENTIALS_PASSTHROUGH: ["yes", "2", "truely"],
  MCP_KEY_IN_URL: ["on"],
  HTTP_HEADER_X_OPENAI_API_KEY: ["sk-a sk-b", "sk-a\nX-Header: b"],
  RATE_LIMIT_PER_MIN: ["0", "1.5"],
  MAX_CALLS: ["0"],
  MAX_CALLS_PER_TENANT: ["0"],
  MAX_RUNS: ["0"],
  MAX_RUNS_PER_TENANT: ["0", "many"],
  RETENTION_DAYS: ["0", "0.5", "never"],
  TOKENS_PER_DAY: ["0", "1e6"],
  UPSTREAM_TOOLS: ["web_search", "auto,none"],
  WEBHOOK_URL: ["example.com", "ftp://example.com", "https://user:word@example.com"],
  WEBHOOK_SECRET: ["short", "two words of enough length", "whsec_not*base64*at*all"],
  ENVIRONMENT: ["prod", "staging"],
  LOG_LEVEL: ["warn", "trace", "5"],
};

Deno.test("loadConfig() returns the defaults if nothing is given", () => {
  assert.deepEqual(loadConfig([], { env: ENV, os: "linux" }), {
    action: "serve",
    config: DEFAULTS,
    operands: [],
    flags: new Map(),
    warnings: [],
    origin: { given: new Map(), envFile: undefined, problems: [] },
  });
});

/** Settings that require another setting, with that setting. */
const PARTNERS: Record<
  string,
  { env: Record<string, string>; options: Record<string, unknown> }
> = {
  WEBHOOK_URL: {
    env: { WEBHOOK_SECRET: "a-word-of-16-chars" },
    options: { "webhooks.secret": "a-word-of-16-chars" },
  },
  WEBHOOK_SECRET: {
    env: { WEBHOOK_URL: "https://example.com/hook" },
    options: { "webhooks.url": "https://example.com/hook" },
  },
};

/** Returns the default configuration with other values for some options. */
function defaultsWith(options: Record<string, unknown>): Config {
  const config = structuredClone(DEFAULTS) as unknown as Record<string, Record<string, unknown>>;
  for (const [option, value] of Object.entries(options)) {
    const [group = "", key = ""] = option.split(".");
    Object.assign(config[group] ?? assert.fail(option), { [key]: value });
  }
  return config as unknown as Config;
}

Deno.test("no two settings share an option", () => {
  const options = settingEntries.map(([, { option }]) => option);
  assert.deepEqual(options, [...new Set(options)]);
});

Deno.test("loadConfig() reads every setting from the environment, an env file and its flag", () => {
  for (const [name, { option, secret }] of settingEntries) {
    const flag = `--${name.toLowerCase().replaceAll("_", "-")}`;
    const partner = PARTNERS[name] ?? { env: {}, options: {} };
    const env = { ...ENV, ...partner.env };
    for (const [text, value] of VALID[name]) {
      const expected = defaultsWith({
        ...partner.options,
        [option]: value,
        ...text === "offline:" && {
          "store.url": "sqlite:/home/ada/.local/share/assistants-mcp/offline.db",
        },
      });
      assert.deepEqual(config([], { env: { ...env, [name]: text } }), expected);
      assert.deepEqual(config([], { env: { ...env, [name]: `  ${text}\n` } }), expected);
      const file = { env, readFile: () => `${name}='${text}'\n` };
      assert.deepEqual(config(["--env-file", "settings.env"], file), expected);
      if (secret) continue;
      assert.deepEqual(config([flag, text], { env }), expected);
      assert.deepEqual(config([`${flag}=${text}`], { env }), expected);
    }
  }
});

Deno.test("loadConfig() prefers a flag to the environment, that to the env file, and that to the default", () => {
  const readFile = (path: string) => {
    assert.equal(path, "my.env");
    return "PORT=3\nHOST=file.example.com\nWAIT_S=30\nUNKNOWN=1\n";
  };
  const env = { ...ENV, PORT: "2", HOST: "env.example.com" };
  const { http, tools } = config(["--env-file=my.env", "--port=1"], { env, readFile });
  assert.deepEqual(
    [http.port, http.host, tools.waitS, http.maxSessions],
    [1, "env.example.com", 30, 10_000],
  );
});

Deno.test("loadConfig() ignores empty values", () => {
  const readFile = () => "PORT=3\nWAIT_S=\n";
  const env = { ...ENV, PORT: " ", WAIT_S: "", OPENAI_API_KEY: "" };
  const { http, tools, upstream } = config(["--port=", "--env-file=x"], { env, readFile });
  assert.deepEqual([http.port, tools.waitS, upstream.apiKey], [3, 45, undefined]);
  assert.equal(config(["--env-file="], { readFile: () => assert.fail("read") }).http.port, 8001);
});

Deno.test("loadConfig() returns the source of each value", () => {
  const readFile = () => "HOST=a.example.com\nWAIT_S=5\n";
  const { origin } = load(["--port=1", "--env-file=x"], { env: { ...ENV, WAIT_S: "6" }, readFile });
  const sources = [...origin.given].map(([name, { text, source }]) => [name, text, source]);
  assert.deepEqual(sources, [["HOST", "a.example.com", "file"], ["PORT", "1", "flag"], [
    "WAIT_S",
    "6",
    "environment",
  ]]);
  assert.equal(origin.envFile, "x");
});

Deno.test("loadConfig() returns all problems to a command that reports them, and uses defaults", () => {
  const env = {
    ...ENV,
    PORT: "http",
    WAIT_S: "soon",
    OPENAI_API_KEY: "sk-a sk-b",
    WEBHOOK_URL: "x",
  };
  const { config, origin } = load(["doctor", "--host=a b"], { env });
  assert.deepEqual(
    origin.problems.map(({ setting }) => setting),
    ["OPENAI_API_KEY", "HOST", "PORT", "WAIT_S", "WEBHOOK_URL"],
  );
  assert.deepEqual(config, DEFAULTS);
  assert.doesNotMatch(JSON.stringify(origin.problems), /sk-a/);
  const homeless = loadConfig(["doctor"], { env: {}, os: "linux" });
  assert("origin" in homeless);
  assert.match(
    homeless.origin.problems[0]?.message ?? "",
    /^Cannot determine a folder for the database/,
  );
  const file = load(["doctor", "--env-file=x"], {
    readFile: () => {
      throw new Deno.errors.PermissionDenied("no");
    },
  });
  assert.deepEqual(file.origin.problems, [{ message: 'Cannot read the env file "x": no' }]);
});

Deno.test("loadConfig() uses the last of several flags for one setting", () => {
  assert.equal(config(["--port", "1", "--port", "2"]).http.port, 2);
  assert.equal(config(["--http", "--transport=stdio"]).server.transport, "stdio");
  assert.equal(config(["--transport=stdio", "--http"]).server.transport, "streamable-http");
});

Deno.test("loadConfig() --offline uses the built-in model and its own database", () => {
  const { upstream, store } = config(["--offline"]);
  assert.equal(upstream.baseUrl, "offline:");
  assert.equal(store.url, "sqlite:/home/ada/.local/share/assistants-mcp/offline.db");
  const own = config(["--offline"], { env: { ...ENV, DATABASE_URL: "sqlite:x.db" } });
  assert.equal(own.store.url, "sqlite:x.db");
});

Deno.test("loadConfig() refuses the offline model in production", () => {
  const env = { ...ENV, ENVIRONMENT: "production" };
  refuses(["--offline"], { env }, /^The flag --offline .* production .* OPENAI_BASE_URL/);
  const both = { ...env, OPENAI_BASE_URL: "offline:" };
  refuses([], { env: both }, /^The environment variable OPENAI_BASE_URL .* production/);
});

Deno.test("loadConfig() refuses a token together with MCP_CREDENTIALS_PASSTHROUGH", () => {
  const env = { ...ENV, MCP_AUTH_TOKEN: "0123456789abcdef", MCP_CREDENTIALS_PASSTHROUGH: "true" };
  refuses([], { env }, /^MCP_AUTH_TOKEN .* MCP_CREDENTIALS_PASSTHROUGH .* set one of the two$/);
  const { auth } = config([], { env: { ...env, MCP_AUTH_TOKEN: "off" } });
  assert.equal(auth.token, "off");
});

Deno.test("loadConfig() refuses keys in URLs that Deno would trace", () => {
  for (const OTEL_DENO of ["true", "1", "TRUE"]) {
    const env = { ...ENV, MCP_KEY_IN_URL: "true", OTEL_DENO };
    refuses([], { env }, /^MCP_KEY_IN_URL .* OTEL_DENO .* unset one of the two$/);
  }
  const env = { ...ENV, MCP_KEY_IN_URL: "true", OTEL_DENO: "false" };
  assert.equal(config([], { env }).auth.keyInUrl, true);
});

Deno.test("loadConfig() refuses webhooks without a secret, and a secret without webhooks", () => {
  for (const name of ["WEBHOOK_URL", "WEBHOOK_SECRET"]) {
    const env = { ...ENV, [name]: "https://example.com/a-long-word" };
    refuses([], { env }, /^WEBHOOK_URL and WEBHOOK_SECRET require each other/);
  }
});

Deno.test("loadConfig() refuses the offline model as the provider of the Assistants API", () => {
  const args = ["--offline", "--assistants-backend=assistants"];
  refuses(args, {}, /^The flag --assistants-backend .* offline model .* OPENAI_BASE_URL/);
});

Deno.test("loadConfig() reports the source of an invalid value, the value, and the valid values", () => {
  for (const [name, { secret }] of settingEntries) {
    const flag = `--${name.toLowerCase().replaceAll("_", "-")}`;
    for (const text of INVALID[name] ?? []) {
      const env = { ...ENV, [name]: text };
      const inEnvironment = refuses([], { env }, /; it must be ./);
      const inFile = refuses(["--env-file=a b.env"], { readFile: () => `${name}='${text}'` });
      assert(inEnvironment.startsWith(`The environment variable ${name} `), inEnvironment);
      assert(inFile.startsWith(`${name} in the file "a b.env" `), inFile);
      const messages = [inEnvironment, inFile];
      if (!secret) {
        const inFlag = refuses([`${flag}=${text}`], {});
        assert(inFlag.startsWith(`The flag ${flag} `), inFlag);
        messages.push(inFlag);
      }
      for (const message of messages) {
        if (secret || text.includes("hunter2")) assert(!message.includes(text), message);
        else if (!text.includes("@")) assert(message.includes(JSON.stringify(text)), message);
        assert.doesNotMatch(message, /hunter2/);
      }
    }
  }
  for (const [name] of settingEntries) {
    if (!/^DEFAULT_(IMAGE_)?MODEL$/.test(name)) {
      assert(INVALID[name], `${name} has no invalid value here.`);
    }
  }
});

Deno.test("loadConfig() never quotes a secret", () => {
  const piece = fc.string({
    unit: fc.constantFrom(..."QXZ\u0416\u0424 \n\t"),
    minLength: 4,
    maxLength: 40,
  }).filter((text) => text.trim().length >= 4);
  fc.assert(fc.property(piece, (secret) => {
    const attempts: [string[], LoadOptions][] = [];
    for (const [name, setting] of settingEntries.filter(([, { secret }]) => secret)) {
      const flag = `--${name.toLowerCase().replaceAll("_", "-")}`;
      attempts.push(
        [[], { env: { ...ENV, [name]: secret } }],
        [["--env-file=x"], { readFile: () => `${name}="${secret}"` }],
        [[flag, secret], {}],
        [[`${flag}=${secret}`], {}],
        [[`${flag}s=${secret}`], {}],
      );
      assert(setting.secret);
    }
    for (const [args, options] of attempts) {
      try {
        loadConfig(args, { env: ENV, os: "linux", ...options });
      } catch (error) {
        assert(error instanceof UsageError);
        assert(!error.message.includes(secret.trim()), error.message);
        assert(!error.message.includes(JSON.stringify(secret.trim()).slice(1, -1)), error.message);
      }
    }
  }));
});

Deno.test("loadConfig() refuses a secret as a flag and names the variable", () => {
  for (const args of [["--openai-api-key", "sk-1"], ["--mcp-auth-token=x"]]) {
    refuses(args, {}, /^(OPENAI_API_KEY|MCP_AUTH_TOKEN) cannot be given as a flag.*variable/);
  }
  refuses(["--openai-apikey=sk-1"], {}, /^OPENAI_API_KEY cannot be given as a flag/);
});

Deno.test("loadConfig() refuses an unknown flag and suggests the nearest one", () => {
  refuses(["--prot", "1"], {}, /^Unknown flag "--prot"; did you mean --port\?$/);
  refuses(["--openai_base_url=x"], {}, /did you mean --openai-base-url\?/);
  refuses(["--hlep"], {}, /did you mean --help\?/);
  refuses(["--oflline"], {}, /did you mean --offline\?/);
  refuses(["--quite-another-thing"], {}, /^Unknown flag "--quite-another-thing"; see --help$/);
  refuses(["-x"], {}, /^Unknown flag "-x"; see --help$/);
  refuses(["--http", "--", "--port"], {}, /^Unknown flag "--"/);
  refuses(["sk-proj-123456"], {}, /^Unknown command "sk-\*\*\*"; see --help$/);
});

Deno.test("loadConfig() accepts a command, its operands and its flags in any order", () => {
  const cases: [string[], string, string[], [string, string][]][] = [
    [["serve"], "serve", [], []],
    [["--http", "serve"], "serve", [], []],
    [["import", "a.jsonl"], "import", ["a.jsonl"], []],
    [["--env-file=.env", "import", "-"], "import", ["-"], []],
    [["import", "--tenant", "x", "a", "--skip-existing"], "import", ["a"], [
      ["tenant", "x"],
      ["skip-existing", ""],
    ]],
    [["export", "a", "--tenant=x", "--offline"], "export", ["a"], [["tenant", "x"]]],
    [["backup", "--database-url=sqlite:x.db", "a"], "backup", ["a"], []],
    [["tenant", "--from=key", "move", "--to", "key"], "tenant move", [], [
      ["from", "key"],
      ["to", "key"],
    ]],
  ];
  for (const [args, action, operands, flags] of cases) {
    const loaded = load(args);
    assert.deepEqual([loaded.action, loaded.operands], [action, operands]);
    assert.deepEqual([...loaded.flags], flags);
  }
});

Deno.test("loadConfig() refuses an unknown command and wrong usage", () => {
  refuses(["improt", "x"], {}, /^Unknown command "improt"; did you mean import\?$/);
  refuses(["tenant"], {}, /^Unknown command "tenant"; did you mean tenant move\?$/);
  refuses(["tenant", "mov"], {}, /^Unknown command "tenant mov"; did you mean tenant move\?$/);
  refuses(["fly"], {}, /^Unknown command "fly"; see --help$/);
  refuses(["export"], {}, /^The command export needs a FILE; see assistants-mcp export --help$/);
  refuses(["serve", "x"], {}, /^Unexpected argument "x"; see assistants-mcp serve --help$/);
  refuses(["backup", "x", "y"], {}, /^Unexpected argument "y"; see assistants-mcp backup --help$/);
  refuses(["import", "x", "--port=1"], {}, /^The command import has no flag --port; see/);
  refuses(["--tenant=x"], {}, /^The command serve has no flag --tenant; see/);
  refuses(["import", "x", "--skip-existng"], {}, /did you mean --skip-existing\?$/);
  refuses(["export", "x", "--skip-existing=1"], {}, /^The flag --skip-existing takes no value$/);
});

Deno.test("loadConfig() returns the command whose help is requested", () => {
  for (const args of [["import", "--help"], ["-h", "import"], ["import", "a", "--port", "-h"]]) {
    assert.deepEqual(loadConfig(args, { env: {} }), { action: "help", command: "import" });
  }
  const move = loadConfig(["tenant", "move", "--help"], { env: {} });
  assert.deepEqual(move, { action: "help", command: "tenant move" });
});

Deno.test("loadConfig() refuses a missing value and an unexpected one", () => {
  refuses(["--port"], {}, /^The flag --port needs a value/);
  refuses(["--port", "--http"], {}, /^The flag --port needs a value/);
  refuses(["--env-file"], {}, /^The flag --env-file needs a value/);
  refuses(["--http=yes"], {}, /^The flag --http takes no value/);
  refuses(["--wait-s", "-1"], {}, /^The flag --wait-s is "-1"/);
});

Deno.test("loadConfig() accepts --help and --version anywhere", () => {
  for (const args of [["--help"], ["-h"], ["--http", "--nonsense", "-h"]]) {
    assert.deepEqual(loadConfig(args, { env: {} }), { action: "help", command: "serve" });
  }
  for (const args of [["--version"], ["-V"], ["x", "--version"]]) {
    assert.deepEqual(loadConfig(args, { env: {} }), { action: "version" });
  }
});

Deno.test("loadConfig() warns about a missing env file and refuses an unreadable one", async () => {
  const folder = await Deno.makeTempDir();
  const missing = loadConfig([`--env-file=${folder}/.env`], { env: ENV, os: "linux" });
  assert(missing.action === "serve");
  assert.deepEqual(missing.config, DEFAULTS);
  assert.deepEqual(missing.warnings, [
    `The env file "${folder}/.env" does not exist; continuing without it`,
  ]);

  refuses([`--env-file=${folder}`], {}, /^Cannot read the env file ".*": ./);

  await Deno.writeTextFile(`${folder}/.env`, "\ufeffPORT=1234 # mine\r\nexport HOST='::1'\r\n");
  const found = loadConfig([`--env-file=${folder}/.env`], { env: ENV, os: "linux" });
  assert(found.action === "serve");
  assert.deepEqual([found.config.http.port, found.config.http.host, found.warnings], [
    1234,
    "::1",
    [],
  ]);

  const utf16 = new Uint16Array(
    [0xfeff, ..."PORT=1234\r\n"].map((unit) =>
      typeof unit === "number" ? unit : unit.charCodeAt(0)
    ),
  );
  await Deno.writeFile(`${folder}/.env`, new Uint8Array(utf16.buffer));
  refuses(
    [`--env-file=${folder}/.env`],
    {},
    /^Cannot read the env file ".*": .* save it as UTF-8$/,
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("loadConfig() warns about a misspelled setting in the env file", () => {
  const readFile = () => "OPENAI_APIKEY=sk-a-secret\nTOOLSET=all\nPORTS=1\nDATABASE_PASSWORD=x\n";
  const loaded = loadConfig(["--env-file=.env", "--port=1234"], {
    env: ENV,
    os: "linux",
    readFile,
  });
  assert(loaded.action === "serve");
  assert.deepEqual(loaded.warnings, [
    'The env file ".env" sets "OPENAI_APIKEY", which is not a setting; did you mean OPENAI_API_KEY?',
    'The env file ".env" sets "TOOLSET", which is not a setting; did you mean TOOLSETS?',
  ]);
});

Deno.test("loadConfig() uses the system's folder for data", () => {
  const folder = (os: LoadOptions["os"], env: LoadOptions["env"]) =>
    config([], { os, env: { DATABASE_URL: "sqlite:x", ...env } }).dataDir;
  const home = { HOME: "/home/ada" };
  assert.equal(folder("linux", home), "/home/ada/.local/share/assistants-mcp");
  assert.equal(folder("linux", { ...home, XDG_DATA_HOME: "/data" }), "/data/assistants-mcp");
  assert.equal(
    folder("linux", { ...home, XDG_DATA_HOME: "data" }),
    "/home/ada/.local/share/assistants-mcp",
  );
  assert.equal(
    folder("darwin", { ...home, XDG_DATA_HOME: "/data" }),
    "/home/ada/Library/Application Support/assistants-mcp",
  );
  assert.equal(
    folder("windows", { LOCALAPPDATA: "C:\\Users\\ada\\AppData\\Local" }),
    "C:\\Users\\ada\\AppData\\Local\\assistants-mcp",
  );
  assert.equal(
    folder("windows", { USERPROFILE: "C:\\Users\\ada" }),
    "C:\\Users\\ada\\AppData\\Local\\assistants-mcp",
  );
  for (const os of ["linux", "darwin", "windows"] as const) {
    assert.equal(folder(os, {}), undefined);
    refuses([], { os, env: {} }, /no home folder; set DATABASE_URL to sqlite:PATH/);
  }
});

Deno.test("loadConfig() returns a result or throws one line for any command line", () => {
  const arg = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "--port",
      "--http",
      "--env-file=x",
      "--",
      "-",
      "--=",
      "--host=",
      "=",
      "--no-http",
    ),
    fc.string().map((text) => `--${text}`),
  );
  fc.assert(fc.property(fc.array(arg, { maxLength: 6 }), (args) => {
    try {
      loadConfig(args, { env: ENV, os: "linux", readFile: () => "" });
    } catch (error) {
      assert(error instanceof UsageError, String(error));
      assert.doesNotMatch(error.message, /[\r\n]/);
    }
  }));
});

function load(args: string[], options: LoadOptions = {}) {
  const loaded = loadConfig(args, { env: ENV, os: "linux", readFile: () => "", ...options });
  assert("operands" in loaded);
  return loaded;
}

function config(args: string[], options: LoadOptions = {}): Config {
  const loaded = loadConfig(args, { env: ENV, os: "linux", ...options });
  assert(loaded.action === "serve");
  return loaded.config;
}

function refuses(args: string[], options: LoadOptions, expected = /./): string {
  let message = "";
  assert.throws(() => config(args, options), (error) => {
    assert(error instanceof UsageError, String(error));
    assert.equal(error.exitCode, 2);
    assert.match(error.message, expected);
    assert.doesNotMatch(error.message, /[\r\n]/);
    message = error.message;
    return true;
  }, JSON.stringify([args, options]));
  return message;
}
