import assert from "node:assert/strict";
import fc from "fast-check";
import { parse as parseJsonc } from "jsonc-parser";
import { parse as parseToml, stringify as stringifyToml } from "smol-toml";
import { type Config, ENVIRONMENT_NAMES } from "../../src/config/mod.ts";
import { CLIENTS } from "../../src/cli/setup/clients.ts";
import { launchOf, type Start } from "../../src/cli/setup/launch.ts";
import { mergeJson } from "../../src/cli/setup/merge_json.ts";
import { mergeToml } from "../../src/cli/setup/merge_toml.ts";
import { clientFile } from "../../src/cli/setup/client_paths.ts";
import { readFile, replaceFile } from "../../src/cli/setup/replace_file.ts";
import { UneditableFileError } from "../../src/cli/setup/uneditable_file.ts";
import { runCommand, SERVER_ARGS, StdioProcess, tempFolder } from "../kit/process.ts";

const KEY = "sk-proj-0123456789abcdefghij";

/** The path of each client's file on Linux, below the home folder. */
const FILES: Record<string, string> = {
  "claude-desktop": ".config/Claude/claude_desktop_config.json",
  "claude-code": ".claude.json",
  cursor: ".cursor/mcp.json",
  vscode: ".config/Code/User/mcp.json",
  windsurf: ".codeium/windsurf/mcp_config.json",
  roo: ".config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
  codex: ".codex/config.toml",
};

/** Returns an environment with this home folder. */
function home(folder: { path: string }): Record<string, string> {
  return {
    HOME: folder.path,
    DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
    OPENAI_API_KEY: KEY,
  };
}

// deno-lint-ignore no-explicit-any -- files have different shapes
function parsed(path: string, text: string): any {
  return path.endsWith(".toml") ? parseToml(text) : JSON.parse(text);
}

/** The command for Deno in a configuration: npx if the tests run through npx. */
const DENO = /[\\/]_npx[\\/]/.test(Deno.execPath())
  ? ["npx", "-y", `deno@${Deno.version.deno}`]
  : [Deno.execPath()];

for (const [client, file] of Object.entries(FILES)) {
  Deno.test({
    name: `setup --client ${client} --write writes the file once, without the key`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      await using folder = await tempFolder();
      const path = `${folder.path}/${file}`;
      const args = ["setup", "--client", client];
      const [shown, written] = [
        await runCommand(args, home(folder)),
        await runCommand([...args, "--write"], home(folder)),
      ];
      assert.deepEqual([shown.code, written.code], [0, 0], written.stderr);
      const text = await Deno.readTextFile(path);
      assert.equal(shown.stdout.trimEnd(), text.trimEnd());
      assert.ok(shown.stderr.includes(`"${path}"; --write adds it`), shown.stderr);
      const document = parsed(path, text);
      const { assistants } = document.mcpServers ?? document.servers ?? document.mcp_servers;
      assert.deepEqual([assistants.command, ...assistants.args], [...DENO, ...SERVER_ARGS]);
      assert.ok(!`${text}${shown.stderr}${written.stderr}`.includes(KEY));
      assert.match(text, /OPENAI_API_KEY/);
      assert.equal((await Deno.stat(path)).mode ?? 0 & 0o777, 0o100600);

      const again = await runCommand([...args, "--write"], home(folder));
      assert.equal(again.code, 0);
      assert.match(again.stderr, /is up to date; nothing was changed/);
      assert.equal(await Deno.readTextFile(path), text);
      assert.deepEqual(await names(path), [file.split("/").at(-1)]);
    },
  });
}

async function names(path: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(path.slice(0, path.lastIndexOf("/"))));
  return entries.filter(({ isFile }) => isFile).map(({ name }) => name).toSorted();
}

Deno.test("setup prints a configuration that starts the server with the same flags", async () => {
  await using folder = await tempFolder();
  const env = { ...home(folder), DEFAULT_MODEL: "of-the-environment" };
  const { code, stdout, stderr } = await runCommand(
    ["setup", "--client=Claude_Code", "--offline", `--database-url=sqlite:${folder.path}/a.db`],
    env,
  );
  assert.equal(code, 0, stderr);
  assert.match(stderr, /DEFAULT_MODEL of this environment is not included; use flags/);
  const { command, args, env: wanted } = JSON.parse(stdout).mcpServers.assistants;
  assert.equal(wanted, undefined);
  assert.deepEqual(args.slice(-2), ["--offline", `--database-url=sqlite:${folder.path}/a.db`]);
  await using server = new StdioProcess({}, [], { command, startArgs: args });
  await server.initialize();
  const answer = await server.callTool("ask_assistant", { message: "Hello" });
  assert.equal(answer.structuredContent.status, "completed");
});

Deno.test("setup uses the key of the env file", async () => {
  await using folder = await tempFolder();
  await Deno.writeTextFile(`${folder.path}/my.env`, `OPENAI_API_KEY=${KEY}\nWAIT_S=5\n`);
  const { stdout, stderr } = await runCommand(
    ["setup", "--client=claude-desktop", `--env-file=${folder.path}/./my.env`],
  );
  const { args, env } = JSON.parse(stdout).mcpServers.assistants;
  assert.deepEqual([args.at(-1), env], [`--env-file=${folder.path}/my.env`, undefined]);
  assert.match(
    stderr,
    /the server reads the key from ".*my\.env", unless the client sets one/,
  );
  assert.ok(!`${stdout}${stderr}`.includes(KEY));
});

Deno.test("setup --write makes a backup, and preserves all other bytes", async () => {
  await using folder = await tempFolder();
  const file = `${folder.path}/mcp.json`;
  const before = `{
\t// my servers
\t"mcpServers": {
\t\t"other": { "command": "x", "args": [1,2] }, // keep me
\t\t/* and me */
\t},
\t"theme":"dark"
}
`;
  await Deno.writeTextFile(file, before, { mode: 0o640 });
  const link = `${folder.path}/link.json`;
  await Deno.symlink(file, link);
  const args = ["setup", "--client=cursor", "--write", `--file=${link}`, "--offline"];
  const { code, stdout, stderr } = await runCommand(args, home(folder));
  assert.deepEqual([code, stdout], [0, ""], stderr);
  const after = await Deno.readTextFile(file);
  const [head = "", tail = ""] = before.split("/* and me */");
  assert.ok(after.startsWith(`${head}/* and me */\n\t\t"assistants": {\n\t\t\t"command": `), after);
  assert.ok(after.endsWith(tail), after);
  assert.ok((await Deno.lstat(link)).isSymlink);
  const copy = /the old file is "(.*)"/.exec(stderr)?.[1] ?? assert.fail(stderr);
  assert.match(copy, /\/mcp\.json\.\d{8}T\d{6}Z\.bak$/);
  assert.equal(await Deno.readTextFile(copy), before);
  if (Deno.build.os !== "windows") {
    assert.equal((await Deno.stat(copy)).mode ?? 0, 0o100600);
    assert.equal((await Deno.stat(file)).mode ?? 0, 0o100640);
  }
});

Deno.test("replaceFile() refuses a file that another program has changed", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/mcp.json`;
  await Deno.writeTextFile(path, "{}");
  const found = readFile(path);
  await Deno.writeTextFile(path, '{"theirs": 1}');
  assert.throws(() => replaceFile(found, '{"ours": 1}'), /was changed by another program just now/);
  assert.equal(await Deno.readTextFile(path), '{"theirs": 1}');
  assert.deepEqual(await names(path), ["mcp.json"]);
  const copies = [replaceFile(readFile(path), "1"), replaceFile(readFile(path), "2")];
  const kept = await Promise.all(copies.map((copy) => Deno.readTextFile(copy ?? assert.fail())));
  assert.deepEqual(kept, ['{"theirs": 1}', "1"]);
});

Deno.test("setup --write refuses a broken file and reports the position", async () => {
  await using folder = await tempFolder();
  const cases: [client: string, text: string, expected: RegExp][] = [
    [
      "cursor",
      '{\n  "mcpServers": {\n    "a" 1\n  }\n}',
      /line 3, column 9: it is not JSON \(colon/,
    ],
    ["cursor", '{"a": 1}\n{"b": 2}', /line 2, column 1: it is not JSON/],
    ["cursor", "[]", /line 1, column 1: the whole is not an object/],
    ["cursor", '{\n "mcpServers": []}', /line 2, column 16: "mcpServers" is not an object/],
    ["vscode", '{"servers": {}, "inputs": {}}', /"inputs" is not a list/],
    ["codex", 'model = "x"\n[mcp_servers\n', /line 2, column \d+: it is not TOML/],
    ["codex", "mcp_servers = { a = { command = 'x' } }", /"assistants" cannot be inserted safely/],
  ];
  for (const [client, text, expected] of cases) {
    const file = `${folder.path}/${client}`;
    await Deno.writeTextFile(file, text);
    const { code, stderr } = await runCommand(
      ["setup", `--client=${client}`, "--write", `--file=${file}`],
      home(folder),
    );
    assert.equal(code, 1);
    assert.match(stderr, expected);
    assert.match(stderr, /^assistants-mcp: Cannot change ".*; nothing was changed\n$/);
    assert.equal(await Deno.readTextFile(file), text);
    assert.deepEqual(
      await names(file),
      ["codex", "cursor", "vscode"].filter((name) =>
        cases.slice(0, cases.findIndex(([, other]) => other === text) + 1)
          .some(([client]) => client === name)
      ),
    );
  }
  const binary = `${folder.path}/cursor`;
  await Deno.writeFile(binary, new Uint8Array([0xff, 0xfe, 0x7b, 0]));
  const refused = await runCommand(
    ["setup", "--client=cursor", "--write", `--file=${binary}`],
    home(folder),
  );
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /it is not UTF-8 text; nothing was changed\n$/);
});

Deno.test("setup refuses wrong usage with one line and exit code 2", async () => {
  const cases: [string[], RegExp][] = [
    [["--client=cursr"], /Unknown client "cursr"; did you mean cursor\?/],
    [["--client=roo-code"], /did you mean roo\?/],
    [
      ["--client=emacs"],
      /Unknown client "emacs"; the clients are claude-desktop, claude-code, cursor,/,
    ],
    [[], /The command setup needs --client=NAME: claude-desktop, /],
    [["--client=claude-desktop", "--http"], /does not support servers by URL/],
    [["--client=open-webui", "--write"], /The file of Open WebUI has no default location; name it/],
    [["--client=cursor", "--url=example.com"], /The flag --url must be an http or https URL/],
    [["--client=cursor", "--http", "--port=0"], /PORT=0 changes at every start/],
    [["--client=cursor", "--port=http"], /The flag --port is "http"; it must be/],
  ];
  for (const [args, expected] of cases) {
    const { code, stdout, stderr } = await runCommand(["setup", ...args]);
    assert.deepEqual([code, stdout], [2, ""], `${args}: ${stderr}`);
    assert.match(stderr, expected);
    assert.equal(stderr.split("\n").length, 2);
  }
});

Deno.test("setup connects to a running server, with a token if one is required", async () => {
  const cases: [string[], Record<string, string>, unknown][] = [
    [["cursor", "--http"], {}, { url: "http://127.0.0.1:8001/mcp" }],
    [["cursor", "--http", "--host=::", "--port=80"], {}, { url: "http://127.0.0.1/mcp" }],
    [["claude-code", "--url=https://a.example.com/mcp"], {}, {
      type: "http",
      url: "https://a.example.com/mcp",
      headers: { Authorization: "Bearer ${MCP_AUTH_TOKEN}" },
    }],
    [["windsurf", "--http"], { MCP_AUTH_TOKEN: "0123456789abcdef" }, {
      serverUrl: "http://127.0.0.1:8001/mcp",
      headers: { Authorization: "Bearer ${env:MCP_AUTH_TOKEN}" },
    }],
    [["roo", "--url=https://a.example.com/mcp"], { MCP_AUTH_TOKEN: "off" }, {
      type: "streamable-http",
      url: "https://a.example.com/mcp",
    }],
    [["cursor", "--http", "--mcp-credentials-passthrough=true"], {}, {
      url: "http://127.0.0.1:8001/mcp",
      headers: { Authorization: "Bearer ${env:OPENAI_API_KEY}" },
    }],
  ];
  for (const [[client, ...args], env, expected] of cases) {
    const { code, stdout } = await runCommand(["setup", `--client=${client}`, ...args], env);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout).mcpServers.assistants, expected);
  }
});

Deno.test("launchOf() returns the command for each kind of start", () => {
  const config = {
    store: { url: "sqlite:/data/a.db" },
    folders: { readable: ["/docs"], images: undefined },
    dataDir: "/home/ada/a,b",
  } as unknown as Config;
  const start: Start = {
    standalone: false,
    execPath: "/usr/bin/deno",
    mainModule: "file:///src%20of/src/main.ts",
    denoVersion: "2.9.6",
    isFile: () => true,
  };
  const deno = ["run", "-q", "--no-prompt"];
  const permissions = [
    "--allow-net",
    "--allow-read=/home/ada/a,,b,/data,/docs,/etc/a.env",
    "--allow-write=/home/ada/a,,b,/data",
    `--allow-env=${ENVIRONMENT_NAMES.join(",")}`,
    "--ignore-env",
  ];
  const cases: [Partial<Start>, string, string[]][] = [
    [{ standalone: true, execPath: "/opt/assistants-mcp" }, "/opt/assistants-mcp", []],
    [{}, "/usr/bin/deno", [
      ...deno,
      "-P=serve",
      "--config=/src of/deno.json",
      "/src of/src/main.ts",
    ]],
    [{ execPath: "/home/ada/.npm/_npx/1a/node_modules/@deno/linux-x64/deno" }, "npx", [
      "-y",
      "deno@2.9.6",
      ...deno,
      "-P=serve",
      "--config=/src of/deno.json",
      "/src of/src/main.ts",
    ]],
    [{ mainModule: "file:///opt/assistants-mcp.js" }, "/usr/bin/deno", [
      ...deno,
      ...permissions,
      "/opt/assistants-mcp.js",
    ]],
    [{ mainModule: "https://example.com/assistants-mcp.js" }, "/usr/bin/deno", [
      ...deno,
      ...permissions,
      "https://example.com/assistants-mcp.js",
    ]],
    [{ mainModule: "https://example.com/v1/src/main.ts" }, "/usr/bin/deno", [
      ...deno,
      ...permissions,
      "--import-map=https://example.com/v1/deno.json",
      "https://example.com/v1/src/main.ts",
    ]],
  ];
  for (const [other, command, args] of cases) {
    assert.deepEqual(launchOf(config, ["/etc/a.env"], { ...start, ...other }), { command, args });
  }
});

Deno.test("clientFile() returns the clients' paths on each system", () => {
  const pathOf = (client: string, env: Record<string, string>, os: typeof Deno.build.os) =>
    clientFile(CLIENTS[client] ?? assert.fail(client), env, os);
  const windows = { USERPROFILE: "C:\\Users\\ada", APPDATA: "D:\\Roaming" };
  assert.deepEqual(
    ["claude-desktop", "cursor", "codex", "vscode", "open-webui"].map((client) => [
      pathOf(client, { HOME: "/Users/ada" }, "darwin"),
      pathOf(client, windows, "windows"),
    ]),
    [
      [
        "/Users/ada/Library/Application Support/Claude/claude_desktop_config.json",
        "D:\\Roaming\\Claude\\claude_desktop_config.json",
      ],
      ["/Users/ada/.cursor/mcp.json", "C:\\Users\\ada\\.cursor\\mcp.json"],
      ["/Users/ada/.codex/config.toml", "C:\\Users\\ada\\.codex\\config.toml"],
      [
        "/Users/ada/Library/Application Support/Code/User/mcp.json",
        "D:\\Roaming\\Code\\User\\mcp.json",
      ],
      [undefined, undefined],
    ],
  );
  const linux = { HOME: "/home/ada", XDG_CONFIG_HOME: "/cfg", CODEX_HOME: "/codex" };
  assert.equal(pathOf("vscode", linux, "linux"), "/cfg/Code/User/mcp.json");
  assert.equal(pathOf("codex", linux, "linux"), "/codex/config.toml");
  assert.equal(pathOf("cursor", {}, "linux"), undefined);
});

const WANTED = {
  servers: { assistants: { command: "deno", args: ["run", "x"], env: { KEY: "${input:key}" } } },
  inputs: [{ type: "promptString", id: "key" }],
};

const space = fc.constantFrom("", " ", "\n", "\n  ", "\t");
const comment = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  fc.string({ unit: fc.constantFrom(..."ab{}[],:\"' ") }).map((text) => `/*${text}*/`),
  fc.string({ unit: fc.constantFrom(..."ab{}[],:\"'*/ ") }).map((text) => `//${text}\n`),
);
/** White space and comments. */
const gap = fc.tuple(space, comment, space).map((parts) => parts.join(""));
const name = fc.oneof(fc.string(), fc.constantFrom("servers", "assistants", "env", "inputs", "id"));

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom("1", "-2.5e3", "true", "null", '"a // b"', '"/* \\" */"', "{}", "[]"),
    list("[", tie("value"), "]"),
    list(
      "{",
      fc.tuple(name, gap, tie("value")).map(([key, gap, value]) => pair(key, gap, value)),
      "}",
    ),
  ),
}));

function pair(key: string, gap: string, value: string): string {
  return `${JSON.stringify(key)}${gap}:${gap}${value}`;
}

function list(open: string, item: fc.Arbitrary<string>, close: string): fc.Arbitrary<string> {
  return fc.tuple(fc.array(fc.tuple(gap, item, gap), { maxLength: 4 }), gap, fc.boolean()).map(
    ([items, end, trailing]) =>
      open + items.map((parts) => parts.join("")).join(",") +
      (items.length > 0 && trailing ? "," : "") + end + close,
  );
}

/** Documents, some of which contain servers. */
const document = fc.tuple(
  gap,
  gap,
  value,
  value,
  value,
  gap,
  fc.boolean(),
  fc.constantFrom("\n", "\r\n"),
)
  .map(([before, between, one, two, entry, after, trailing, eol]) =>
    `${before}{${pair("one", between, one)},${between}${
      pair(
        "servers",
        between,
        `{${between}${pair("two", between, two)},${between}${
          pair("mine", between, entry)
        }${between}${trailing ? "," : ""}${between}}`,
      )
    }${between}}${after}`.replaceAll("\n", eol)
  );

Deno.test("mergeJson() adds to any document without changing the rest", () => {
  fc.assert(fc.property(document, (text) => {
    const merged = mergeJson(text, WANTED);
    // The characters of the original remain, in order.
    let at = 0;
    for (const character of merged) if (character === text[at]) at++;
    assert.equal(at, text.length);
    const before = parseJsonc(text), after = parseJsonc(merged);
    assert.deepEqual(after, {
      ...before,
      servers: { ...before.servers, ...WANTED.servers },
      inputs: WANTED.inputs,
    });
    assert.deepEqual(commentsOf(merged), commentsOf(text));
    assert.equal(mergeJson(merged, WANTED), merged);
    if (text.includes("\r\n")) assert.doesNotMatch(merged, /(?<!\r)\n/);
  }));
});

Deno.test("mergeJson() merges or refuses any JSON, and is idempotent", () => {
  fc.assert(fc.property(value, gap, fc.constantFrom("", "\ufeff"), (text, gap, mark) => {
    let merged: string;
    try {
      merged = mergeJson(mark + gap + text, WANTED);
    } catch (error) {
      assert.ok(error instanceof UneditableFileError, String(error));
      return;
    }
    assert.ok(merged.startsWith(mark));
    assert.equal(mergeJson(merged, WANTED), merged);
    const { servers } = parseJsonc(merged.slice(mark.length));
    assert.deepEqual(servers.assistants.args, WANTED.servers.assistants.args);
  }));
});

/** Returns the comments of a document. */
function commentsOf(text: string): string[] {
  return (text.match(/"(?:[^"\\]|\\.)*"|\/\*[^]*?\*\/|\/\/[^\r\n]*/g) ?? [])
    .filter((match) => !match.startsWith('"'));
}

Deno.test("mergeJson() updates an entry and keeps the user's members", () => {
  const before = `{"servers": {"assistants": {
    "command": "old", // mine
    "args": ["x"],
    "env": {"KEY": "sk-real", "OTHER": "1"},
    "disabled": true
  }}, "inputs": [{"id": "key", "description": "mine"}]}`;
  const after = mergeJson(before, WANTED);
  assert.deepEqual(parseJsonc(after), {
    servers: {
      assistants: {
        command: "deno",
        args: ["run", "x"],
        env: { KEY: "sk-real", OTHER: "1" },
        disabled: true,
      },
    },
    inputs: [{ id: "key", description: "mine" }],
  });
  assert.match(after, /"command": "deno", \/\/ mine\n/);
  const http = { servers: { assistants: { type: "http", url: "http://x/mcp" } } };
  assert.deepEqual(parseJsonc(mergeJson(after, http)).servers, http.servers);
  assert.deepEqual(parseJsonc(mergeJson("", http)), http);
});

const CODEX = { mcp_servers: { assistants: { command: "deno", args: ["a"], env_vars: ["KEY"] } } };

Deno.test("mergeToml() adds or replaces a table and keeps the rest", () => {
  const before = `# mine
model = "o3" # really
big = 9007199254740993
text = """
[mcp_servers.fake]
"""

[mcp_servers.other]
command = "x"
`;
  const added = mergeToml(before, CODEX);
  assert.equal(
    added,
    `${before}\n[mcp_servers.assistants]\ncommand = "deno"\nargs = [ "a" ]\nenv_vars = [ "KEY" ]\n`,
  );
  assert.equal(mergeToml(added, CODEX), added);
  assert.equal(mergeToml("", CODEX).trim(), stringifyToml(CODEX).trim());

  const changed = `[mcp_servers."assistants"]
command = "old"
enabled = false
env_vars = [
  "MINE",
]

[mcp_servers.assistants.env]
A = "1"

# about the other
[mcp_servers.other]
command = "x"
`.replaceAll("\n", "\r\n");
  const after = mergeToml(changed, CODEX);
  assert.ok(
    after.endsWith('\r\n\r\n# about the other\r\n[mcp_servers.other]\r\ncommand = "x"\r\n'),
  );
  assert.doesNotMatch(after, /(?<!\r)\n/);
  assert.deepEqual(
    parseToml(after).mcp_servers,
    parseToml(stringifyToml({
      assistants: {
        command: "deno",
        args: ["a"],
        enabled: false,
        env_vars: ["MINE", "KEY"],
        env: { A: "1" },
      },
      other: { command: "x" },
    })),
  );
  assert.equal(mergeToml(after, CODEX), after);
  assert.throws(
    () => mergeToml('mcp_servers.assistants.command = "x"\n', CODEX),
    /cannot be inserted safely/,
  );
});
