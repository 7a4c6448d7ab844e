/** Time from the start of the process to the tool list, over stdio. */

import { type Figure, median } from "./_figures.ts";
import { offlineEnv, rssMb, scriptArgs, SERVER_ARGS } from "./_server.ts";
import { StdioClient } from "./_stdio_client.ts";

const ROUNDS = 15;

/** Measures the start. */
export async function benchStart(): Promise<Figure[]> {
  const env = await offlineEnv();
  const server: number[] = [];
  const echo: number[] = [];
  const idle: number[] = [];
  for (let round = -2; round < ROUNDS; round++) {
    const echoMs = await timeEcho();
    const { ms, mb } = await timeStart(SERVER_ARGS, env);
    if (round < 0) continue;
    echo.push(echoMs);
    server.push(ms);
    idle.push(mb);
  }
  const bare = median(echo);
  return [
    {
      name: "start to tools/list",
      value: median(server),
      unit: "ms",
      target: { bound: "<=", value: 110 },
      baseline: `bare echo: ${bare.toFixed(0)} ms, ratio ${(median(server) / bare).toFixed(1)}`,
    },
    { name: "RSS idle", value: median(idle), unit: "MB", target: { bound: "<=", value: 80 } },
  ];
}

/** Returns the time of a server to its tool list, and its memory at that point. */
export async function timeStart(
  args: string[],
  env: Record<string, string>,
): Promise<{ ms: number; mb: number }> {
  const startedAt = performance.now();
  const client = new StdioClient(args, env);
  await client.initialize();
  await client.request("tools/list");
  const ms = performance.now() - startedAt;
  const mb = await rssMb(client.child.pid);
  await client.close();
  return { ms, mb };
}

async function timeEcho(): Promise<number> {
  const startedAt = performance.now();
  const client = new StdioClient(scriptArgs("echo_stdio.ts"));
  await client.request("echo");
  const ms = performance.now() - startedAt;
  await client.close();
  return ms;
}
