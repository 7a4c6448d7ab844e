import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { settingEntries } from "../../src/config/settings.ts";
import { VERSION } from "../../src/shared/version.ts";
import {
  type Finished,
  offline,
  runCommand,
  SERVER_ARGS,
  StdioProcess,
  tempFolder,
} from "../kit/process.ts";

/** Asserts that a command failed with one line on standard error only, and returns the line. */
function failure({ code, stdout, stderr }: Finished, expectedCode: number): string {
  assert.equal(code, expectedCode, stderr);
  assert.equal(stdout, "");
  const [line = "", ...rest] = stderr.split("\n");
  assert.deepEqual(rest, [""], stderr);
  assert.match(line, /^assistants-mcp: \S/);
  return line;
}

Deno.test("--help and --version print to standard output", async () => {
  const [help, version] = await Promise.all([runCommand(["--help"]), runCommand(["--version"])]);
  assert.deepEqual([help.code, help.stderr], [0, ""]);
  for (const [name] of settingEntries) assert.ok(help.stdout.includes(name), name);
  assert.deepEqual(version, { code: 0, stdout: `${VERSION}\n`, stderr: "" });
});

Deno.test("--help succeeds if its reader closes the pipe", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...SERVER_ARGS, "--help"],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await child.stdout.cancel();
  assert.equal(await child.stderr.text(), "");
  assert.equal((await child.status).code, 0);
});

Deno.test("an invalid setting ends the process with one line that names the valid values", async () => {
  const cases: [Record<string, string>, RegExp][] = [
    [
      { OPENAI_API_KEY: "sk-secret with spaces" },
      /OPENAI_API_KEY has an invalid value; it must be/,
    ],
    [{ OPENAI_BASE_URL: "ftp://x" }, /OPENAI_BASE_URL is "ftp:\/\/x"; it must be an http/],
    [{ OPENAI_TIMEOUT_S: "soon" }, /"soon"; it must be a number of seconds from 0.1/],
    [{ OPENAI_MAX_RETRIES: "-1" }, /"-1"; it must be a whole number from 0 to 20/],
    [{ DATABASE_URL: "postgres://u:hunter2@h/d" }, /DATABASE_URL .* it must be sqlite:PATH/],
    [{ TRANSPORT: "carrier-pigeon" }, /it must be one of stdio, streamable-http, sse/],
    [{ HOST: "http://localhost" }, /it must be a host name or an IP address/],
    [{ ALLOWED_HOSTS: "a.example:80" }, /it must be host names without a port/],
    [{ BACKEND_CORS_ORIGINS: "*" }, /it must be origins such as/],
    [{ MCP_AUTH_TOKEN: "short" }, /MCP_AUTH_TOKEN has an invalid value; it must be one word/],
    [{ OPENAI_BASE_URL: "offline:", ENVIRONMENT: "production" }, /which production refuses/],
    [{ TOOLSETS: "default,utilty" }, /"utilty", which does not exist; did you mean "utility"\?/],
    [{ TOOLSETS: "a b" }, /TOOLSETS is "a b"; it must be names, separated by commas/],
    [{ TOOLS_EXCLUDE: "delete-tread" }, /did you mean "delete-thread"\?/],
  ];
  await inPairs(cases, async ([env, expected]) => {
    const line = failure(await runCommand([], env), 2);
    assert.match(line, expected);
    assert.doesNotMatch(line, /secret with spaces|short|hunter2/);
  });
});

Deno.test("an invalid flag ends the process with one line that suggests a correction", async () => {
  const cases: [string[], RegExp][] = [
    [["--defualt-model=x"], /Unknown flag "--defualt-model"; did you mean --default-model\?/],
    [["--port"], /The flag --port needs a value, as in --port=VALUE/],
    [["--port=http"], /The flag --port is "http"; it must be a whole number from 0 to 65535/],
    [["sreve"], /Unknown command "sreve"; did you mean serve\?/],
    [["export"], /The command export needs a FILE; see assistants-mcp export --help/],
    [["--openai-api-key=sk-secret"], /OPENAI_API_KEY cannot be given as a flag/],
    [["--http=yes"], /The flag --http takes no value/],
  ];
  await inPairs(cases, async ([args, expected]) => {
    const line = failure(await runCommand(args), 2);
    assert.match(line, expected);
    assert.doesNotMatch(line, /sk-secret/);
  });
});

Deno.test("a missing env file causes a warning", async () => {
  await using folder = await tempFolder();
  const server = new StdioProcess(offline(folder), [`--env-file=${folder.path}/none.env`]);
  assert.deepEqual((await server.request(1, "ping")).result, {});
  await server.endInput();
  const { code, stderr } = await server.ended();
  assert.equal(code, 0);
  assert.equal(
    stderr,
    `assistants-mcp: The env file "${folder.path}/none.env" does not exist; continuing without it\n`,
  );
});

Deno.test("an env file provides settings that the environment does not set", async () => {
  await using folder = await tempFolder();
  await Deno.writeTextFile(`${folder.path}/.env`, "DEFAULT_MODEL=from-file\nLOG_LEVEL=loud\n");
  const args = [`--env-file=${folder.path}/.env`];
  const line = failure(await runCommand(args, offline(folder)), 2);
  assert.match(line, /LOG_LEVEL in the file ".*\/\.env" is "loud"/);
  await using server = new StdioProcess({ ...offline(folder), LOG_LEVEL: "info" }, args);
  await server.initialize();
  const { structuredContent } = await server.callTool("create_assistant");
  assert.equal(structuredContent.model, "from-file");
});

Deno.test("an unusable database ends the process, and is not changed", async () => {
  await using folder = await tempFolder();
  const { path } = folder;
  await Deno.writeTextFile(`${path}/text.db`, "This is not a database. ".repeat(100));
  createDatabase(`${path}/newer.db`, 999);
  createDatabase(`${path}/foreign.db`, 0);
  await Deno.mkdir(`${path}/folder.db`);
  const cases: [file: string, expected: RegExp][] = [
    ["text.db/below/test.db", /the folder ".*text\.db\/below" cannot be created .* DATABASE_URL/],
    ["folder.db", /it is a folder; name a file/],
    ["text.db", /it is not a SQLite database; name another file/],
    ["newer.db", /it has schema version 999 .* update assistants-mcp/],
    ["foreign.db", /it belongs to another program; name another file/],
  ];
  const before = await contents(path);
  await inPairs(cases, async ([file, expected]) => {
    const env = { ...offline(folder), DATABASE_URL: `sqlite:${path}/${file}` };
    const line = failure(await runCommand([], env), 1);
    assert.match(line, expected);
    assert.ok(line.includes(`Cannot open the database "${path}/${file}"`), line);
  });
  assert.deepEqual(await contents(path), before);
});

Deno.test("an unavailable address ends the process", async () => {
  await using folder = await tempFolder();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const http = ["--http", `--port=${port}`];
  const line = failure(await runCommand(http, offline(folder)), 1);
  assert.equal(
    line,
    `assistants-mcp: Cannot listen on 127.0.0.1:${port}: another program listens there. ` +
      "Stop it or set PORT.",
  );
  const env = { ...offline(folder), MCP_AUTH_TOKEN: "off" };
  const elsewhere = await runCommand(["--http", "--port=0", "--host=192.0.2.1"], env);
  assert.match(
    failure(elsewhere, 1),
    /^assistants-mcp: Cannot listen on 192\.0\.2\.1:0: .*\. Set HOST /,
  );
});

/** Creates a database of another program, or of a newer version of this one. */
function createDatabase(path: string, version: number): void {
  const database = new DatabaseSync(path);
  database.exec("CREATE TABLE things (name TEXT)");
  if (version > 0) database.exec("PRAGMA application_id = 0x61736d63");
  database.exec(`PRAGMA user_version = ${version}`);
  database.close();
}

/** Returns the files of a folder with their contents. */
async function contents(path: string): Promise<[string, string][]> {
  const files: [string, string][] = [];
  for await (const { name, isFile } of Deno.readDir(path)) {
    files.push([name, isFile ? (await Deno.readFile(`${path}/${name}`)).toBase64() : ""]);
  }
  return files.toSorted();
}

/** Runs two at a time, because each one starts a process. */
async function inPairs<T>(items: readonly T[], use: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  await Promise.all([0, 1].map(async () => {
    for (const item of rest) await use(item);
  }));
}
