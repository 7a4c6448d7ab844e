/** The server as a child process, and what the system knows of it. */

import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/** How `deno task start` runs the server. */
export const SERVER_ARGS = [
  "run",
  "-q",
  "--no-prompt",
  "-P=serve",
  `--config=${root}deno.json`,
  `${root}src/main.ts`,
];

/** A script of this folder as a baseline. */
export function scriptArgs(name: string): string[] {
  return ["run", "-q", "--no-prompt", "-A", "--no-config", `${root}bench/${name}`];
}

/** Settings of a server that needs neither key nor network, with a database of its own. */
export async function offlineEnv(): Promise<Record<string, string>> {
  const folder = await Deno.makeTempDir({ prefix: "assistants-mcp-bench-" });
  return { OPENAI_BASE_URL: "offline:", DATABASE_URL: `sqlite:${folder}/bench.db` };
}

/** A child that says on standard error where it listens. */
export interface Target extends AsyncDisposable {
  url: string;
  pid: number;
}

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
  }).then((text) => listening.reject(new Error(`Nothing listens: ${text}`)));
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

/** Reads on for as long as there is something, so that the child can go on writing. */
async function drain(
  stream: ReadableStream<Uint8Array>,
  onText: (text: string) => void,
): Promise<string> {
  let all = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) onText(all += text);
  return all;
}

/** Resident memory of a process in MB; the system has to be Linux. */
export async function rssMb(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

/** The most resident memory that a process has had so far, in MB. */
export async function peakRssMb(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

/** Processor time of a process so far, user and system, in microseconds; Linux again. */
export async function cpuMicros(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const TICK_MICROS = 10_000;
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROS;
}
