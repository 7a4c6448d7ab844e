import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { textReport } from "../../src/cli/doctor/report.ts";
import { TESTED_DENO } from "../../src/cli/doctor/runtime.ts";
import { settingEntries } from "../../src/config/settings.ts";
import { type Finished, minimalEnv, runCommand, tempFolder } from "../kit/process.ts";
import { startAssistantsServer } from "../fakes/assistants_server.ts";
import { startResponsesServer } from "../fakes/responses_server.ts";

const KEY = "sk-proj-0123456789abcdefghij";

interface Check {
  check: string;
  status: string;
  what: string;
  why?: string;
  do?: string;
}

interface Report {
  ok: boolean;
  problems: number;
  warnings: number;
  checks: Check[];
  settings: { name: string; value: string | null; source: string }[];
}

async function doctor(env: Record<string, string>, args: string[] = []): Promise<Report> {
  return reportOf(await runCommand(["doctor", "--json", ...args], env));
}

/** Returns the report; asserts that it agrees with the exit code and contains no key. */
function reportOf({ code, stdout, stderr }: Finished): Report {
  assert.ok(!`${stdout}${stderr}`.includes(KEY));
  assert.equal(stderr, "");
  const report: Report = JSON.parse(stdout);
  const problems = report.checks.filter(({ status }) => status === "problem").length;
  assert.deepEqual([report.ok, report.problems, code], [problems === 0, problems, problems && 1]);
  return report;
}

/** Returns the results of one check as lines of `status: what | why | do`. */
function lines({ checks }: Report, check: string): string {
  return checks.filter((finding) => finding.check === check)
    .map(({ status, what, why, do: advice }) =>
      `${status}: ${[what, why, advice].filter((part) => part !== undefined).join(" | ")}`
    ).join("\n");
}

/** Returns valid settings. */
function settings(folder: { path: string }, baseUrl: string): Record<string, string> {
  return {
    OPENAI_API_KEY: KEY,
    OPENAI_BASE_URL: baseUrl,
    DATABASE_URL: `sqlite:${folder.path}/data/test.db`,
    DEFAULT_MODEL: "gpt-test",
    DEFAULT_IMAGE_MODEL: "gpt-image",
    HOME: folder.path,
    DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
  };
}

const MODELS = ["gpt-test", "gpt-image"];

Deno.test("doctor reports no problem for a valid setup, and leaves no files behind", async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer({ models: MODELS });
  const env = settings(folder, upstream.url);
  const report = await doctor(env, ["--wait-s=5", "--http", "--port=0"]);
  assert.deepEqual([report.ok, report.warnings], [true, 0], JSON.stringify(report.checks));
  assert.deepEqual([...new Set(report.checks.map(({ check }) => check))], [
    "deno",
    "permissions",
    "settings",
    "key",
    "aliases",
    "tools",
    "upstream",
    "api",
    "model",
    "image_model",
    "clock",
    "store",
    "port",
  ]);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(folder.path)), []);
  assert.deepEqual(
    upstream.requests.map(({ method, path }) => `${method} ${path}`).toSorted(),
    ["GET /models", "POST /responses"],
  );

  assert.equal(report.settings.length, settingEntries.length);
  const shown = (name: string) => report.settings.find((setting) => setting.name === name);
  assert.deepEqual(shown("WAIT_S"), { name: "WAIT_S", value: "5", source: "flag" });
  assert.deepEqual(shown("OPENAI_API_KEY"), {
    name: "OPENAI_API_KEY",
    value: "set",
    source: "environment",
  });
  assert.deepEqual(shown("LOG_LEVEL"), { name: "LOG_LEVEL", value: "info", source: "default" });

  const text = await runCommand(["doctor"], env);
  assert.deepEqual([text.code, text.stderr], [0, ""]);
  assert.match(text.stdout, /^ok {7}DEFAULT_MODEL gpt-test is available$/m);
  assert.match(text.stdout, /^ {2}OPENAI_API_KEY +set \(environment\)$/m);
  assert.match(text.stdout, /\nNo problems found\.\n$/);
  assert.ok(!text.stdout.includes(KEY) && !text.stdout.includes("\x1b"));
});

Deno.test("doctor works offline, without key and network", async () => {
  await using folder = await tempFolder();
  const report = await doctor({ XDG_DATA_HOME: folder.path }, ["--offline"]);
  assert.equal(report.ok, true);
  assert.equal(
    lines(report, "upstream"),
    "ok: The built-in offline model is used; no server is contacted",
  );
});

Deno.test("doctor reports every invalid setting, and does not check their defaults", async () => {
  await using folder = await tempFolder();
  const env = {
    ...settings(folder, "ftp://x"),
    OPENAI_API_KEY: "sk-a sk-b",
    PORT: "http",
    TOOLSETS: "utilty",
    WEBHOOK_URL: "https://hooks.example.com/T0/secret",
    DATABASE_URL: "postgres://u:hunter2@h/d",
  };
  const report = await doctor(env, ["--http", "--wait-s=soon"]);
  const found = lines(report, "settings");
  for (
    const name of ["OPENAI_API_KEY", "OPENAI_BASE_URL", "PORT", "DATABASE_URL", "WEBHOOK_SECRET"]
  ) assert.match(found, new RegExp(`^problem: .*${name}`, "m"));
  assert.match(found, /^problem: The flag --wait-s is "soon"; it must be/m);
  assert.match(lines(report, "tools"), /problem: .*"utilty".*did you mean "utility"/);
  for (const check of ["upstream", "store", "port"]) assert.equal(lines(report, check), "");
  assert.doesNotMatch(JSON.stringify(report), /hunter2|sk-b|T0/);
});

Deno.test("doctor reports problems of a key without quoting it", async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer({ models: MODELS, acceptsKey: () => false });
  const refused = await doctor(settings(folder, upstream.url));
  assert.match(
    lines(refused, "key"),
    /^problem: .* rejects the key \| Incorrect API key provided: \[key\].* \| Set OPENAI_API_KEY/m,
  );
  const { OPENAI_API_KEY: _, ...none } = settings(folder, upstream.url);
  assert.match(
    lines(await doctor(none), "key"),
    /^problem: .* requires a key, and OPENAI_API_KEY is not set/m,
  );
  const placeholder = { ...settings(folder, upstream.url), OPENAI_API_KEY: "sk-..." };
  assert.match(lines(await doctor(placeholder), "key"), /^problem: .* still the placeholder/m);
  // Callers send their own keys, so the configured key is ignored.
  const passthrough = { ...settings(folder, upstream.url), MCP_CREDENTIALS_PASSTHROUGH: "true" };
  const callers = await doctor(passthrough, ["--http", "--port=0"]);
  assert.equal(callers.ok, true);
  assert.match(lines(callers, "upstream"), /^ok: .* responds and requires a key$/);
  assert.match(
    lines(await doctor(passthrough), "key"),
    /^problem: HTTP_HEADER_X_OPENAI_API_KEY is not set/m,
  );
});

/** Starts a model server with one handler for all requests. */
function serve(answer: (request: Request) => Response) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
  return {
    url: `http://127.0.0.1:${server.addr.port}/v1`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("doctor reports why a model server is unusable", async () => {
  await using folder = await tempFolder();
  const cases: [() => Response, check: string, expected: RegExp][] = [
    [
      () => Response.json({ error: { message: `down for ${KEY}` } }, { status: 503 }),
      "upstream",
      /problem: .* fails with status 503 \| down for \[key\] \| Try again later/,
    ],
    [
      () =>
        new Response(null, { status: 301, headers: { location: "https://b.example.com/v1?k=1" } }),
      "upstream",
      /problem: .* redirects to https:\/\/b\.example\.com\/v1 \| .* \| Set OPENAI_BASE_URL/,
    ],
    [
      () => new Response("<h1>Not found</h1>", { status: 404 }),
      "api",
      /problem: The model server does not support POST \/responses \| Status 404 \| .*\/v1/,
    ],
    [() => new Response("<h1>Hello</h1>"), "model", /warning: .* does not list its models/],
  ];
  for (const [answer, check, expected] of cases) {
    await using upstream = serve(answer);
    assert.match(lines(await doctor(settings(folder, upstream.url)), check), expected);
  }
  const unused = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = unused.addr;
  unused.close();
  assert.match(
    lines(await doctor(settings(folder, `http://127.0.0.1:${port}/v1`)), "upstream"),
    /problem: .* cannot be reached \| .*refused.* \| Check OPENAI_BASE_URL/i,
  );
});

Deno.test("doctor checks that models exist, and reports their shutdown dates", async () => {
  await using folder = await tempFolder();
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const data = [
    { id: "gpt-test", shutdown_date: day(30) },
    { id: "gone", shutdown_date: day(-3) },
    { id: "gpt-image", shutdown_date: day(400) },
    { id: "stays", shutdown_date: null },
  ];
  await using upstream = serve(({ url }) => {
    if (url.endsWith("/models")) return Response.json({ object: "list", data });
    if (url.endsWith("/models/deployment")) return Response.json({ id: "deployment" });
    return Response.json({ error: { message: "no" } }, { status: 404 });
  });
  const env = settings(folder, upstream.url);
  const cases: [model: string, expected: string][] = [
    ["gpt-test", `warning: DEFAULT_MODEL gpt-test shuts down on ${day(30)} | Set another model`],
    ["gone", `problem: DEFAULT_MODEL gone was shut down on ${day(-3)} | Set another model`],
    ["stays", "ok: DEFAULT_MODEL stays is available | No shutdown date is announced"],
    ["deployment", "ok: DEFAULT_MODEL deployment is available"],
    [
      "gpt-tset",
      'warning: The model server does not have the model "gpt-tset" of DEFAULT_MODEL | It lists 4 models | Did you mean "gpt-test"?',
    ],
  ];
  for (const [model, expected] of cases) {
    const report = await doctor({ ...env, DEFAULT_MODEL: model });
    assert.equal(lines(report, "model"), expected);
    assert.equal(
      lines(report, "image_model"),
      `ok: DEFAULT_IMAGE_MODEL gpt-image is available | It shuts down on ${day(400)}`,
    );
  }
});

Deno.test("doctor compares the clock with the model server's", async () => {
  await using folder = await tempFolder();
  for (const [aheadS, expected] of [[600, "behind"], [-600, "ahead of"]] as const) {
    const date = new Date(Date.now() + aheadS * 1000).toUTCString();
    await using upstream = serve(() => Response.json({ data: [] }, { headers: { date } }));
    const clock = lines(await doctor(settings(folder, upstream.url)), "clock");
    assert.match(
      clock,
      new RegExp(`^warning: The clock is (599|60[01]) s ${expected} the clock of the model`),
    );
  }
});

Deno.test("doctor checks whether a model server supports the Assistants API", async () => {
  await using folder = await tempFolder();
  await using upstream = startAssistantsServer();
  const has = { ...settings(folder, upstream.url), ASSISTANTS_BACKEND: "assistants" };
  assert.equal(lines(await doctor(has), "api"), "ok: The model server supports the Assistants API");
  await using other = startResponsesServer({ models: MODELS });
  const hasNot = { ...has, OPENAI_BASE_URL: other.url };
  assert.match(
    lines(await doctor(hasNot), "api"),
    /problem: The model server does not support the Assistants API \| .* \| Unset ASSISTANTS_BACKEND/,
  );
});

Deno.test("doctor checks the database without changing it", async () => {
  await using folder = await tempFolder();
  const { path } = folder;
  const store = async (file: string) =>
    lines(await doctor({ DATABASE_URL: `sqlite:${path}/${file}` }, ["--offline"]), "store");
  assert.equal(
    await store("a/b/new.db"),
    `ok: The database "${path}/a/b/new.db" is created at the first start`,
  );
  await Deno.writeTextFile(`${path}/text.db`, "This is not a database. ".repeat(100));
  assert.match(await store("text.db"), /^problem: Cannot open .* it is not a SQLite database/);
  assert.match(
    await store("text.db/new.db"),
    /^problem: .*(cannot be created \| .*text\.db|Not a directory)/,
  );
  const newer = new DatabaseSync(`${path}/newer.db`);
  newer.exec(
    "CREATE TABLE things (name TEXT); PRAGMA application_id = 0x61736d63; PRAGMA user_version = 999",
  );
  newer.close();
  assert.match(
    await store("newer.db"),
    /^problem: .* it has schema version 999 .* update assistants-mcp/,
  );
  const backup = await runCommand(["import", "-"], { DATABASE_URL: `sqlite:${path}/own.db` });
  assert.equal(backup.code, 0, backup.stderr);
  assert.match(
    await store("own.db"),
    /^ok: The database ".*own\.db" is writable: schema 1, [\d.]+ kB$/,
  );
  const held = new DatabaseSync(`${path}/own.db`);
  held.exec("BEGIN IMMEDIATE");
  assert.match(await store("own.db"), /^problem: .* another process has locked it/);
  held.close();
  assert.match(
    lines(await doctor({ DATABASE_URL: "sqlite::memory:" }, ["--offline"]), "store"),
    /^warning: The database is in memory \| All objects are lost/,
  );
});

Deno.test("doctor checks the port, the folders and the webhook URL", async () => {
  await using folder = await tempFolder();
  const { path } = folder;
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const env = { XDG_DATA_HOME: path };
  const overHttp = await doctor(env, [
    "--offline",
    "--http",
    `--port=${taken.addr.port}`,
    `--file-dirs=${path}`,
  ]);
  assert.match(
    lines(overHttp, "port"),
    /^problem: The server cannot listen on 127\.0\.0\.1:\d+ \| The port is in use/,
  );
  assert.match(lines(overHttp, "folders"), /^warning: FILE_DIRS has no effect/);
  await Deno.writeTextFile(`${path}/file`, "");
  const report = await doctor({
    ...env,
    FILE_DIRS: `${path},${path}/none`,
    IMAGE_OUTPUT_DIR: `${path}/file/images`,
    WEBHOOK_URL: "http://hooks.example.com/T0/secret",
    WEBHOOK_SECRET: "a-word-of-16-chars",
  }, ["--offline"]);
  assert.match(lines(report, "folders"), /^problem: Images cannot be written to /m);
  assert.match(lines(report, "folders"), new RegExp(`^ok: Files can be read from "${path}"$`, "m"));
  assert.match(
    lines(report, "folders"),
    /^problem: .*none" \| It does not exist \| Create the folder/m,
  );
  assert.match(lines(report, "webhooks"), /^warning: .*hooks\.example\.com without encryption/);
  assert.doesNotMatch(JSON.stringify(report), /T0/);
});

Deno.test("doctor reports missing and surplus permissions", async () => {
  await using folder = await tempFolder();
  const root = new URL("../../", import.meta.url);
  async function under(flags: string[]): Promise<Report> {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-q",
        "--no-prompt",
        ...flags,
        `--config=${new URL("deno.json", root).pathname}`,
        new URL("src/main.ts", root).pathname,
        "doctor",
        "--json",
        `--database-url=sqlite:${folder.path}/a.db`,
        "--openai-base-url=http://127.0.0.1:9001/v1",
      ],
      env: minimalEnv(),
      clearEnv: true,
    }).output();
    const decoder = new TextDecoder();
    return reportOf({ code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) });
  }
  // The program loads its own modules on demand.
  const own = `--allow-read=${new URL("src", root).pathname}`;
  const few = await under(["--allow-env=HOME", "--ignore-env", own]);
  const missing = lines(few, "permissions");
  assert.match(missing, /^problem: .* env: .* \| .*unset \| Add --allow-env=ALLOWED_HOSTS,/m);
  assert.match(
    missing,
    /^problem: .* net: 127\.0\.0\.1:9001 \| .* \| Add --allow-net=127\.0\.0\.1:9001 /m,
  );
  assert.match(missing, new RegExp(`^problem: .* Add --allow-write=${folder.path} `, "m"));
  assert.match(
    lines(few, "upstream"),
    /Deno lacks the permission \| Add --allow-net=127\.0\.0\.1:9001/,
  );
  assert.match(lines(few, "store"), /^problem: /);
  assert.match(lines(await under(["-A"]), "permissions"), /warning: .* more .*: run, ffi, sys/);
});

Deno.test("textReport() uses colors only on request", () => {
  const report = {
    results: [{ check: "key", status: "problem", what: "No key", why: "None", do: "Set it" }],
    settings: [],
  } as const;
  assert.ok(textReport(report, true).includes("\n\x1b[31mproblem  \x1b[0mNo key\n"));
  const plain = textReport(report, false);
  assert.ok(!plain.includes("\x1b"));
  assert.match(plain, /^problem {2}No key\n {11}None\n {11}> Set it\n/m);
  assert.match(plain, /\n1 problem, 0 warnings\.$/);
});

Deno.test("doctor compares Deno with the version in the README", async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  assert.ok(readme.includes(`deno@${TESTED_DENO} `));
});
