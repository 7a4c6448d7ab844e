/** The commands `import`, `export`, `backup` and `tenant move` as processes with the server's permissions. */

import assert from "node:assert/strict";
import {
  type Finished,
  minimalEnv,
  offline,
  SERVER_ARGS,
  StdioProcess,
  tempFolder,
} from "../kit/process.ts";

interface Started {
  child: Deno.ChildProcess;
  finished: Promise<Finished>;
}

function start(args: string[], env: Record<string, string>, wrapper: string[] = []): Started {
  const [command = "", ...rest] = [...wrapper, Deno.execPath(), ...SERVER_ARGS, ...args];
  const child = new Deno.Command(command, {
    args: rest,
    env: { ...minimalEnv(), ...env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = Promise.all([child.status, child.stdout.text(), child.stderr.text()]);
  return {
    child,
    finished: output.then(([{ code }, stdout, stderr]) => ({ code, stdout, stderr })),
  };
}

/** Runs a command with this standard input. */
async function run(
  args: string[],
  env: Record<string, string>,
  { input = "", wrapper }: { input?: string; wrapper?: string[] } = {},
): Promise<Finished> {
  const { child, finished } = start(args, env, wrapper);
  const writer = child.stdin.getWriter();
  // The command may exit before it has read everything.
  await writer.write(new TextEncoder().encode(input)).catch(() => {});
  await writer.close().catch(() => {});
  return await finished;
}

/** Asserts that a command succeeds, and returns its output. */
async function succeeds(...command: Parameters<typeof run>): Promise<Finished> {
  const finished = await run(...command);
  assert.equal(finished.code, 0, finished.stderr);
  return finished;
}

/** Asserts that a command fails with one line on standard error only, and returns the line. */
async function fails(code: number, ...command: Parameters<typeof run>): Promise<string> {
  const finished = await run(...command);
  assert.equal(finished.code, code, finished.stderr);
  assert.equal(finished.stdout, "");
  const [line = "", ...rest] = finished.stderr.split("\n");
  assert.deepEqual(rest, [""], finished.stderr);
  assert.match(line, /^assistants-mcp: \S/);
  return line;
}

function namesIn(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).toSorted();
}

function mode(path: string): number {
  return (Deno.statSync(path).mode ?? 0) & 0o777;
}

const THREAD = { id: "thread_1", object: "thread", created_at: 1_700_000_000 };

function message(number: number, text = "Hello"): object {
  return {
    id: `msg_${number}`,
    object: "thread.message",
    created_at: 1_700_000_000 + number,
    thread_id: "thread_1",
    role: "user",
    content: [{ type: "text", text: { value: text, annotations: [] } }],
  };
}

function jsonLines(objects: object[]): string {
  return objects.map((object) => `${JSON.stringify(object)}\n`).join("");
}

Deno.test("a conversation exported from a running server continues in another one", async () => {
  await using folder = await tempFolder();
  const path = folder.path;
  const env = offline(folder);
  const other = { ...env, DATABASE_URL: `sqlite:${path}/other.db` };
  const third = { ...env, DATABASE_URL: `sqlite:${path}/copy.db` };
  await using server = new StdioProcess(env);
  await server.initialize();
  const { structuredContent: turn } = await server.callTool("ask_assistant", { message: "Hi" });
  const { thread_id } = turn;
  const asked: [string, Record<string, unknown>][] = [
    ["list_assistants", {}],
    ["get_thread", { thread_id }],
    ["list_messages", { thread_id }],
    ["list_runs", { thread_id }],
    ["list_run_steps", { thread_id, run_id: turn.run_id }],
  ];
  const before = await server.callTools(asked);

  const { stderr } = await succeeds(["export", `${path}/all.jsonl`], env);
  assert.equal(
    stderr,
    "assistants-mcp: exported 1 assistant, 1 thread, 2 messages, 1 run, 1 run step\n",
  );
  await succeeds(["backup", `${path}/copy.db`], env);
  if (Deno.build.os !== "windows") {
    assert.deepEqual([mode(`${path}/all.jsonl`), mode(`${path}/copy.db`)], [0o600, 0o600]);
  }
  const exported = await Deno.readTextFile(`${path}/all.jsonl`);
  assert.equal((await succeeds(["export", "-"], env)).stdout, exported);
  const imported = await succeeds(["import", "-"], other, { input: exported });
  assert.equal(imported.stderr, stderr.replace("exported", "imported"));
  assert.equal((await succeeds(["export", "-"], other)).stdout, exported);

  for (const elsewhere of [other, third]) {
    await using second = new StdioProcess(elsewhere);
    await second.initialize();
    const after = await second.callTools(asked);
    assert.deepEqual(
      after.map(({ structuredContent }) => structuredContent),
      before.map(({ structuredContent }) => structuredContent),
    );
    const next = await second.callTool("ask_assistant", { thread_id, message: "And then?" });
    assert.equal(next.structuredContent.status, "completed");
    // The default assistant is imported as the default.
    assert.equal(next.structuredContent.assistant_id, turn.assistant_id);
  }
});

Deno.test("import reports imported objects, skipped objects and ignored fields", async () => {
  await using folder = await tempFolder();
  const env = offline(folder);
  const file = `${folder.path}/saved.json`;
  const page = { object: "list", data: [{ ...message(2), foo: 1 }, message(1)], has_more: false };
  await Deno.writeTextFile(file, `${JSON.stringify(page, null, 2)}\n${JSON.stringify(THREAD)}`);
  const first = await succeeds(["import", file], env);
  assert.equal(
    first.stderr,
    "assistants-mcp: imported 1 thread, 2 messages\n" +
      "assistants-mcp: ignored fields that are not stored: foo (1)\n",
  );
  assert.match(
    await fails(1, ["import", file], env),
    /Cannot import ".*saved\.json": line 1, item 1: msg_2 is already in the database/,
  );
  const again = await succeeds(["import", file, "--skip-existing"], env);
  assert.match(
    again.stderr,
    /imported nothing\n.*skipped existing objects: 1 thread, 2 messages\n/,
  );
  const hash = "0123456789abcdef0123456789abcdef";
  await succeeds(["import", file, `--tenant=${hash}`], env);
  const { stdout } = await succeeds(["export", "-", "--tenant", hash.slice(0, 12)], env);
  assert.match(stdout, /thread_1/);
});

Deno.test("a command fails with one line for unusable input, and leaves no files behind", async () => {
  await using folder = await tempFolder();
  const path = folder.path;
  const env = offline(folder);
  await succeeds(["import", "-"], env, { input: jsonLines([THREAD]) });
  await Deno.writeTextFile(`${path}/there.jsonl`, "mine");
  await Deno.writeTextFile(`${path}/half.jsonl`, `${jsonLines([THREAD])}{"object":`);
  const none = { ...env, DATABASE_URL: `sqlite:${path}/none.db` };
  const memory = { ...env, DATABASE_URL: "sqlite::memory:" };
  const foreign = { ...env, DATABASE_URL: `sqlite:${path}/there.jsonl` };
  const before = namesIn(path);
  const cases: [number, string[], Record<string, string>, RegExp][] = [
    [1, ["export", `${path}/there.jsonl`], env, /there\.jsonl": the file exists; use another name/],
    [1, ["backup", `${path}/there.jsonl`], env, /there\.jsonl": the file exists; use another name/],
    [1, ["export", path], env, /it is a folder; name a file/],
    [1, ["backup", path], env, /it is a folder; name a file/],
    [1, ["export", `${path}/no/x.jsonl`], env, /there is no such file or folder/],
    [1, ["backup", "/proc/x.db"], env, /Cannot write "\/proc\/x\.db": /],
    [1, ["import", `${path}/no.jsonl`], none, /Cannot read ".*no\.jsonl": there is no such file/],
    [1, ["import", path], none, /it is a folder; name a file/],
    [1, ["import", `${path}/half.jsonl`], env, /line 2: the object is incomplete/],
    [1, ["export", "-"], none, /none\.db": the file does not exist; set DATABASE_URL/],
    [1, ["backup", `${path}/b.db`], none, /none\.db": the file does not exist/],
    [1, ["backup", `${path}/b.db`], memory, /An in-memory database is empty/],
    [1, ["export", "-"], foreign, /it is not a SQLite database/],
    [1, ["import", "-"], foreign, /it is not a SQLite database/],
    [2, ["export", "-", "--tenant=sk-1234567890"], env, /--tenant must be default, key, or 12 to/],
    [1, ["export", "-", "--tenant=0123456789ab"], env, /has no objects of a tenant 0123456789ab/],
    [1, ["export", "-", "--tenant=key"], env, /There is no API key for --tenant/],
    [2, ["import", "-", "--tenant=key"], env, /cannot provide both the FILE and the key/],
    [2, ["tenant", "move", "--from=default"], env, /needs --to; see/],
    [2, ["tenant", "move", "--from=default", "--to=default"], env, /name the same tenant/],
    [
      1,
      ["tenant", "move", "--from=ffffffffffff", "--to=default"],
      env,
      /has no objects of a tenant/,
    ],
  ];
  for (const [code, args, settings, expected] of cases) {
    const line = await fails(code, args, settings);
    assert.match(line, expected);
    assert.doesNotMatch(line, /sk-1234/);
  }
  assert.deepEqual(namesIn(path), before);
});

Deno.test({
  name: "a command fails with one line on a full disk, and leaves no files behind",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await tempFolder();
    const path = folder.path;
    const env = offline(folder);
    const objects = [
      THREAD,
      ...Array.from({ length: 2000 }, (_, at) => message(at, "x".repeat(500))),
    ];
    await Deno.writeTextFile(`${path}/saved.jsonl`, jsonLines(objects));
    await succeeds(["import", `${path}/saved.jsonl`], env);
    const before = namesIn(path);
    // The limit makes writes fail beyond 256 KiB, like a full disk.
    const wrapper = ["sh", "-c", 'trap "" XFSZ; ulimit -f 512; exec "$@"', "sh"];
    for (const [command, file] of [["export", "out.jsonl"], ["backup", "out.db"]] as const) {
      const line = await fails(1, [command, `${path}/${file}`], env, { wrapper });
      assert.match(line, new RegExp(`Cannot write ".*/${file}": `));
    }
    const other = { ...env, DATABASE_URL: `sqlite:${path}/other.db`, TMPDIR: path };
    const line = await fails(1, ["import", `${path}/saved.jsonl`], other, { wrapper });
    assert.match(line, /Cannot write the database ".*other\.db": the disk /);
    assert.deepEqual(namesIn(path).filter((name) => !/^other\.db/.test(name)), before);
    assert.match((await succeeds(["export", "-"], other)).stderr, /exported nothing/);
  },
});

Deno.test("a signal stops an import that waits for input, and nothing is imported", async () => {
  await using folder = await tempFolder();
  const env = offline(folder);
  const { child, finished } = start(["import", "-"], env);
  const input = child.stdin.getWriter();
  // More than a pipe buffers, so the command is reading when the write completes.
  const objects = Array.from({ length: 4000 }, (_, at) => message(at, "x".repeat(500)));
  await input.write(new TextEncoder().encode(jsonLines([THREAD, ...objects])));
  child.kill("SIGINT");
  const { code, stderr } = await finished;
  assert.deepEqual([code, stderr], [130, "assistants-mcp: stopped; nothing was changed\n"]);
  await input.close().catch(() => {});
  assert.match((await succeeds(["export", "-"], env)).stderr, /exported nothing/);
});

Deno.test("an export succeeds if its reader closes the pipe", async () => {
  await using folder = await tempFolder();
  const env = offline(folder);
  const objects = Array.from({ length: 4000 }, (_, at) => message(at, "x".repeat(500)));
  await succeeds(["import", "-"], env, { input: jsonLines([THREAD, ...objects]) });
  const child = new Deno.Command(Deno.execPath(), {
    args: [...SERVER_ARGS, "export", "-"],
    env: { ...minimalEnv(), ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await child.stdout.cancel();
  assert.equal(await child.stderr.text(), "");
  assert.equal((await child.status).code, 0);
});

Deno.test("tenant move gives the objects of an old key to a new one", async () => {
  await using folder = await tempFolder();
  const env = offline(folder);
  const passthrough = { ...env, MCP_CREDENTIALS_PASSTHROUGH: "true" };
  const [oldKey, newKey] = ["sk-the-old-key-of-ada", "sk-the-new-key-of-ada"];
  async function threads(key: string): Promise<unknown[]> {
    await using server = new StdioProcess({ ...passthrough, HTTP_HEADER_X_OPENAI_API_KEY: key });
    await server.initialize();
    if (key === oldKey) await server.callTool("create_thread", { metadata: { of: "Ada" } });
    return (await server.callTool("list_threads")).structuredContent.data;
  }
  const before = await threads(oldKey);
  assert.equal(before.length, 1);

  const args = ["tenant", "move", "--from=key", "--to", "key"];
  assert.match(await fails(1, args, env, { input: `${oldKey}\n` }), /no API key for --to$/);
  const unknown = `${newKey}\n${oldKey}\n`;
  assert.match(await fails(1, args, env, { input: unknown }), /no objects of the tenant/);
  const moved = await succeeds(args, env, { input: `${oldKey}\n${newKey}\r\n` });
  assert.equal(moved.stderr, "assistants-mcp: moved 1 thread\n");
  assert.deepEqual(await threads(newKey), before);
  const exported = await succeeds(["export", "-", "--tenant=key"], env, { input: oldKey });
  assert.match(exported.stderr, /exported nothing/);
});
