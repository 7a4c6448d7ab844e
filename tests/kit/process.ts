/** The real server as a child process, run as `deno task start` runs it. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { denoArgs } from "../../scripts/start.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** With the permissions of the set "serve", for commands whose settings are not known beforehand. */
export const SERVER_ARGS = [
  "run",
  "-q",
  "--no-prompt",
  "-P=serve",
  `--config=${root}deno.json`,
  `${root}src/main.ts`,
];

/** A folder for a test's database and data, removed at the end. */
export async function tempFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "assistants-mcp-test-" });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Settings that need neither key nor network. */
export function offline(folder: { path: string }): Record<string, string> {
  return {
    OPENAI_BASE_URL: "offline:",
    DATABASE_URL: `sqlite:${folder.path}/test.db`,
    XDG_DATA_HOME: folder.path,
  };
}

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command to its end. */
export async function runCommand(
  args: string[],
  env: Record<string, string> = {},
): Promise<Finished> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: denoArgs(args, { ...minimalEnv(), ...env }),
    env: { ...minimalEnv(), ...env },
    clearEnv: true,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** What a child needs of this environment to start at all. */
export function minimalEnv(): Record<string, string> {
  const names = [
    ...["PATH", "HOME", "DENO_DIR", "TMPDIR", "NO_COLOR"],
    // Where a machine reaches npm only by a certificate of its own.
    ...["NODE_EXTRA_CA_CERTS", "DENO_CERT", "DENO_TLS_CA_STORE"],
  ];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

export interface ToolResult {
  isError?: boolean;
  content: { type: string; text?: string }[];
  // deno-lint-ignore no-explicit-any -- tests look into objects of every shape
  structuredContent?: any;
  _meta?: Record<string, unknown>;
}

/** How else a server is started than as `deno task start` does. */
export interface Start {
  /** Unless told, that of Deno's own binary. */
  command?: string;
  /** What comes before the server's own arguments. */
  startArgs?: readonly string[];
  cwd?: string;
}

/** A server over standard streams, spoken to line by line. */
export class StdioProcess implements AsyncDisposable {
  readonly child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;
  readonly #stderr: Promise<string>;
  #lastCall = 0;

  constructor(
    env: Record<string, string>,
    args: string[] = [],
    { command = Deno.execPath(), startArgs, cwd }: Start = {},
  ) {
    this.child = new Deno.Command(command, {
      args: startArgs === undefined
        ? denoArgs(args, { ...minimalEnv(), ...env })
        : [...startArgs, ...args],
      cwd,
      env: { ...minimalEnv(), ...env },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.child.stdin.getWriter();
    this.#lines = linesOf(this.child.stdout);
    this.#stderr = this.child.stderr.text();
  }

  /** Writes bytes as they are. */
  async write(data: string | Uint8Array): Promise<void> {
    await this.#input.write(typeof data === "string" ? new TextEncoder().encode(data) : data);
  }

  async send(message: unknown): Promise<void> {
    await this.write(`${JSON.stringify(message)}\n`);
  }

  /** The next message that the server writes; undefined at the end. */
  // deno-lint-ignore no-explicit-any -- tests look into answers of every shape
  async next(): Promise<any> {
    const { done, value } = await this.#lines.next();
    return done ? undefined : JSON.parse(value);
  }

  // deno-lint-ignore no-explicit-any -- see next()
  async request(id: number | string, method: string, params?: unknown): Promise<any> {
    await this.send({ jsonrpc: "2.0", id, method, ...(params !== undefined && { params }) });
    for (;;) {
      const message = await this.next();
      assert.ok(message, "the server ended before it answered");
      if (message.id === id) return message;
    }
  }

  /** Calls a tool as soon as nobody else is waiting for an answer. */
  async callTool(name: string, args: Record<string, unknown> = {}): Promise<ToolResult> {
    const [result] = await this.callTools([[name, args]]);
    assert.ok(result);
    return result;
  }

  /** Sends all calls at once; the results are in the order of the calls. */
  async callTools(calls: readonly [string, Record<string, unknown>][]): Promise<ToolResult[]> {
    const results = new Map<string, ToolResult>();
    const ids = calls.map(() => `call ${++this.#lastCall}`);
    for (const [index, [name, args]] of calls.entries()) {
      const params = { name, arguments: args };
      await this.send({ jsonrpc: "2.0", id: ids[index], method: "tools/call", params });
    }
    while (results.size < calls.length) {
      const message = await this.next();
      assert.ok(message, "the server ended before it answered");
      if (!ids.includes(message.id)) continue;
      assert.ok(message.result, JSON.stringify(message));
      results.set(message.id, message.result);
    }
    return ids.flatMap((id) => results.get(id) ?? []);
  }

  async initialize(): Promise<void> {
    await this.request("init", "initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "test", version: "1" },
    });
    await this.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  }

  async endInput(): Promise<void> {
    await this.#input.close();
  }

  /** What the process left behind, when it has ended by itself. */
  async ended(): Promise<
    { code: number; signal: Deno.Signal | null; rest: string[]; stderr: string }
  > {
    const rest: string[] = [];
    for (;;) {
      const { done, value } = await this.#lines.next();
      if (done) break;
      rest.push(value);
    }
    const { code, signal } = await this.child.status;
    await this.#input.close().catch(() => {});
    return { code, signal, rest, stderr: await this.#stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {});
    await this.ended();
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** A server over HTTP. */
export interface HttpProcess extends AsyncDisposable {
  url: string;
  child: Deno.ChildProcess;
  /** All that it has written, when it has ended. */
  stdout: Promise<string>;
  stderr: Promise<string>;
}

/** A server over HTTP on a port of the system's choice. */
export function startHttp(
  env: Record<string, string>,
  args: string[] = [],
): Promise<HttpProcess> {
  return startListening(env, ["--http", "--port=0", ...args]);
}

/** A server that listens where its settings say. */
export async function startListening(
  env: Record<string, string>,
  args: string[] = [],
): Promise<HttpProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: denoArgs(args, { ...minimalEnv(), ...env }),
    env: { ...minimalEnv(), ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = child.stdout.text();
  const listening = Promise.withResolvers<string>();
  const stderr = (async () => {
    let text = "";
    for await (const piece of child.stderr.pipeThrough(new TextDecoderStream())) {
      text += piece;
      const url = /listening on (\S+)/.exec(text)?.[1];
      if (url !== undefined) listening.resolve(url);
    }
    listening.reject(new Error(`The server did not listen: ${text}`));
    return text;
  })();
  return {
    url: await listening.promise,
    child,
    stdout,
    stderr,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended by itself.
      }
      await Promise.all([child.status, stdout, stderr]);
    },
  };
}

/** Resolves as soon as nobody listens there. */
export async function refused(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  for (;;) {
    try {
      (await Deno.connect({ hostname, port: Number(port) })).close();
    } catch (error) {
      // Any other error is that of a socket which was closed while this one stood in its line.
      if (error instanceof Deno.errors.ConnectionRefused) return;
    }
  }
}
