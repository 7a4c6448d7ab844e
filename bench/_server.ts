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

/** Resident memory of a process in MB; the system has to be Linux. */
export async function rssMb(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

/** Processor time of a process so far, user and system, in microseconds; Linux again. */
export async function cpuMicros(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const TICK_MICROS = 10_000;
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROS;
}
