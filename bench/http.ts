// deno-lint-ignore-file no-console -- command-line script
/** CPU time and throughput over HTTP with 32 connections of wrk, compared with a bare echo. */

import type { Figure } from "./_figures.ts";
import { cpuMicros, offlineEnv, scriptArgs, SERVER_ARGS, start, type Target } from "./_server.ts";

const CONNECTIONS = 32;
const WARM_UP_S = 2;
const COUNTED_S = 5;

interface Load {
  name: string;
  headers: Record<string, string>;
  body: string;
  /** Maximum CPU time per request, in microseconds. */
  target?: number;
}

/** Measures HTTP requests; returns no figures without wrk. */
export async function benchHttp(): Promise<Figure[]> {
  if (!await hasWrk()) {
    console.error("Skipping HTTP: wrk is not installed (Debian: apt-get install wrk).");
    return [];
  }
  await using echo = await start(scriptArgs("echo_http.ts"));
  // The limit is enforced but never reached.
  const flags = [
    "--http",
    "--port=0",
    "--rate-limit-per-min=1000000000",
    "--toolsets=default,utility",
  ];
  await using server = await start([...SERVER_ARGS, ...flags], await offlineEnv());
  const figures: Figure[] = [];
  for (const load of await loads(server.url)) {
    const bare = await drive(echo, load);
    const ours = await drive(server, load);
    const ratio = (ours.rate / bare.rate).toPrecision(2);
    figures.push(
      {
        name: `${load.name}: CPU per request`,
        value: ours.micros,
        unit: "us",
        target: load.target === undefined ? undefined : { bound: "<=", value: load.target },
        baseline: `bare echo: ${bare.micros.toFixed(0)} us`,
      },
      {
        name: `${load.name}: throughput`,
        value: ours.rate,
        unit: "req/s",
        baseline: `bare echo: ${Math.round(bare.rate).toLocaleString("en")}, ratio ${ratio}`,
      },
    );
  }
  return figures;
}

async function hasWrk(): Promise<boolean> {
  try {
    await new Deno.Command("wrk", { stdout: "null", stderr: "null" }).output();
    return true;
  } catch {
    return false;
  }
}

async function loads(url: string): Promise<Load[]> {
  const json = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const envelope = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": { name: "bench", version: "1" },
  };
  const modern = { ...json, "mcp-protocol-version": "2026-07-28" };
  const session = { ...json, "mcp-session-id": await openSession(url, json) };
  const id = await createAssistant(url, json);
  const call = { name: "get_assistant", arguments: { assistant_id: id } };
  // The cost of a call without an effect is that of MCP over HTTP.
  const noEffect = { name: "echo", arguments: { text: "Hello" } };
  const message = (method: string, params: object) =>
    JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });

  return [
    {
      name: "tools/call, 2026-07-28",
      headers: { ...modern, "mcp-method": "tools/call", "mcp-name": call.name },
      body: message("tools/call", { ...call, _meta: envelope }),
      target: 100,
    },
    {
      name: "tools/call, 2025-11-25 session",
      headers: session,
      body: message("tools/call", call),
      target: 100,
    },
    {
      name: "tools/call, plain JSON-RPC",
      headers: json,
      body: message("tools/call", call),
      target: 100,
    },
    {
      name: "tools/call without effect, 2026-07-28",
      headers: { ...modern, "mcp-method": "tools/call", "mcp-name": noEffect.name },
      body: message("tools/call", { ...noEffect, _meta: envelope }),
      target: 100,
    },
    {
      name: "tools/call without effect, 2025-11-25 session",
      headers: session,
      body: message("tools/call", noEffect),
      target: 100,
    },
    {
      name: "tools/list, 2026-07-28",
      headers: { ...modern, "mcp-method": "tools/list" },
      body: message("tools/list", { _meta: envelope }),
      target: 120,
    },
    {
      name: "tools/list, 2025-11-25 session",
      headers: session,
      body: message("tools/list", {}),
      target: 120,
    },
  ];
}

async function openSession(url: string, headers: Record<string, string>): Promise<string> {
  const response = await fetch(url, {
    method: "POST",
    headers,
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 0,
      method: "initialize",
      params: {
        protocolVersion: "2025-11-25",
        capabilities: {},
        clientInfo: { name: "bench", version: "1" },
      },
    }),
  });
  await response.body?.cancel();
  return response.headers.get("mcp-session-id") ?? "";
}

async function createAssistant(url: string, headers: Record<string, string>): Promise<string> {
  const params = { name: "create_assistant", arguments: { name: "bench" } };
  const response = await fetch(url, {
    method: "POST",
    headers,
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
  });
  return (await response.json()).result.structuredContent.id;
}

async function drive(
  { url, pid }: Target,
  load: Load,
): Promise<{ rate: number; micros: number }> {
  await wrk(url, load, WARM_UP_S);
  const before = await cpuMicros(pid);
  const report = await wrk(url, load, COUNTED_S);
  const after = await cpuMicros(pid);
  const requests = Number(/(\d+) requests in/.exec(report)?.[1]);
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(report)?.[1]);
  if (/Non-2xx/.test(report)) {
    throw new Error(`${load.name}: some responses were errors.\n${report}`);
  }
  return { rate, micros: (after - before) / requests };
}

async function wrk(url: string, { headers, body }: Load, seconds: number): Promise<string> {
  const script = await Deno.makeTempFile({ suffix: ".lua" });
  await Deno.writeTextFile(
    script,
    `wrk.method = "POST"\nwrk.body = [==[${body}]==]\n` +
      Object.entries(headers).map(([name, value]) => `wrk.headers["${name}"] = "${value}"\n`).join(
        "",
      ),
  );
  const { stdout } = await new Deno.Command("wrk", {
    args: ["-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, "-s", script, url],
  }).output();
  await Deno.remove(script);
  return new TextDecoder().decode(stdout);
}
