/** Start time and memory of the bundle, compared with the sources in alternating starts. */

import { bundle } from "../scripts/bundle.ts";
import { type Figure, median } from "./_figures.ts";
import { offlineEnv, rssMb, SERVER_ARGS } from "./_server.ts";
import { timeStart } from "./start.ts";
import { StdioClient } from "./_stdio_client.ts";

const ROUNDS = 21;
const CALLS = 1000;

/** Starts that fill the compile cache of Deno, which it stores at the second start. */
const WARM_UP = 3;

const RUN = ["run", "-q", "--no-prompt", "-A", "--no-config"];

/** Measures the bundle. */
export async function benchBundle(): Promise<Figure[]> {
  const folder = await Deno.makeTempDir({ prefix: "assistants-mcp-bench-" });
  const path = `${folder}/assistants-mcp.js`;
  const bytes = await bundle(path);
  const env = await offlineEnv();
  const args = [...RUN, path];
  const bundled: number[] = [];
  const sources: number[] = [];
  const idle: number[] = [];
  const flagTimes: Record<string, number[]> = { "--version": [], "--help": [] };
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const { ms, mb } = await timeStart(args, env);
    const { ms: sourceMs } = await timeStart(SERVER_ARGS, env);
    for (const [flag, times] of Object.entries(flagTimes)) {
      const took = await timeCommand([...args, flag]);
      if (round >= 0) times.push(took);
    }
    if (round < 0) continue;
    bundled.push(ms);
    sources.push(sourceMs);
    idle.push(mb);
  }
  const cold: number[] = [];
  for (let round = 0; round < 5; round++) cold.push(await timeCold(path, env));
  const after = await rssAfterCalls(args, env);
  await Deno.remove(folder, { recursive: true });

  const ratio = median(bundled) / median(sources);
  return [
    figure("bundle", bytes / 1e6, "MB", 1.6),
    figure(
      "bundle: start to tools/list",
      median(bundled),
      "ms",
      85,
      `sources: ${median(sources).toFixed(0)} ms`,
    ),
    figure("bundle: start relative to the sources", ratio, "times", 0.9),
    ...Object.entries(flagTimes).map(([flag, times]) =>
      figure(`bundle: ${flag}`, median(times), "ms", 40)
    ),
    figure("bundle: RSS idle", median(idle), "MB", 70),
    figure(`bundle: RSS after ${CALLS} calls`, after, "MB", 115),
    figure("bundle: start from a URL with an empty cache to tools/list", median(cold), "ms", 500),
  ];
}

function figure(
  name: string,
  value: number,
  unit: string,
  limit: number,
  baseline?: string,
): Figure {
  return {
    name,
    value,
    unit,
    target: { bound: "<=", value: limit },
    ...baseline !== undefined && { baseline },
  };
}

async function timeCommand(args: string[]): Promise<number> {
  const startedAt = performance.now();
  const { success } = await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output();
  if (!success) throw new Error(`${args.join(" ")} failed.`);
  return performance.now() - startedAt;
}

/** Times a start from a local URL, with an empty cache. */
async function timeCold(path: string, env: Record<string, string>): Promise<number> {
  const cache = await Deno.makeTempDir({ prefix: "assistants-mcp-bench-" });
  const code = await Deno.readFile(path);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(code, { headers: { "content-type": "text/javascript" } }),
  );
  const url = `http://127.0.0.1:${server.addr.port}/assistants-mcp.js`;
  const { ms } = await timeStart([...RUN, url], { ...env, DENO_DIR: cache });
  await server.shutdown();
  await Deno.remove(cache, { recursive: true });
  return ms;
}

async function rssAfterCalls(args: string[], env: Record<string, string>): Promise<number> {
  const client = new StdioClient(args, env);
  await client.initialize();
  const { id } = await client.call("create_assistant", { name: "bench" });
  const call = { name: "get_assistant", arguments: { assistant_id: id } };
  for (let done = 0; done < CALLS; done++) await client.request("tools/call", call);
  const mb = await rssMb(client.child.pid);
  await client.close();
  return mb;
}
