/** The server as a child process, with its memory and CPU time. */

import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Arguments of Deno for the server. */
export const SERVER_ARGS = [
  "run",
  "-q",
  "--no-prompt",
  "-P=serve",
  `--config=${root}deno.json`,
  `${root}src/main.ts`,
];

/** Returns the arguments of Deno for a script of this folder. */
export function scriptArgs(name: string): string[] {
  return ["run", "-q", "--no-prompt", "-A", "--no-config", `${root}bench/${name}`];
}

/** Returns settings for the offline model and a temporary database. */
export async function offlineEnv(): Promise<Record<string, string>> {
  const folder = await Deno.makeTempDir({ prefix: "assistants-mcp-bench-" });
  return { OPENAI_BASE_URL: "offline:", DATABASE_URL: `sqlite:${folder}/bench.db` };
}

/** A child process that prints its URL to standard error. */
export interface Target extends AsyncDisposable {
  url: string;
  pid: number;
}

/** Starts a child process, and waits until it prints its URL. */
export async function start(args: string[], env: Record<string, string> = {}): Promise<Target> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const listening = Promise.withResolvers<string>();
  const drained = drain(child.stderr, (text) => {
    const url = /listening on (\S+)/.exec(text)?.[1];
    if (url !== undefined) listening.resolve(url);
  }).then((text) => listening.reject(new Error(`The process did not listen: ${text}`)));
  return {
    url: await listening.promise,
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
      await drained;
    },
  };
}

/** Reads a stream to its end, so that the child can always write. */
async function drain(
  stream: ReadableStream<Uint8Array>,
  onText: (text: string) => void,
): Promise<string> {
  let all = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) onText(all += text);
  return all;
}

/** Returns the resident memory of a process in MB, on Linux. */
export async function rssMb(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

/** Returns the peak resident memory of a process in MB, on Linux. */
export async function peakRssMb(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

/** Returns the CPU time of a process, user and system, in microseconds, on Linux. */
export async function cpuMicros(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const TICK_MICROS = 10_000;
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROS;
}
