import OpenAI from "openai";
import { upstreamSettings } from "../e2e/every_client.ts";
import { startHttp, tempFolder } from "../e2e/process.ts";
import { startResponsesServer } from "../fakes/responses_server.ts";
await using folder = await tempFolder();
await using upstream = startResponsesServer();
{
await using server = await startHttp({ ...upstreamSettings(folder, upstream), LOG_LEVEL: "error" });
const v1 = new OpenAI({ baseURL: new URL("/v1", server.url).href, apiKey: "x" });
const direct = new OpenAI({ baseURL: upstream.url, apiKey: "x" });
const a = await v1.beta.assistants.create({ model: "gpt-test" });
const t: Record<string, [number[], number[]]> = { direct: [[], []], passed: [[], []], run: [[], []] };
const get: number[] = [];
for (let i = 0; i < 330; i++) {
  for (const [name, client] of [["direct", direct], ["passed", v1]] as const) {
    const s = performance.now(); let first = 0;
    for await (const e of await client.responses.create({ model: "gpt-test", input: "Hi there you all", stream: true })) if (!first && e.type === "response.output_text.delta") first = performance.now() - s;
    if (i > 30) { t[name]![0].push(first); t[name]![1].push(performance.now() - s); }
  }
  const th = await v1.beta.threads.create({ messages: [{ role: "user", content: "Hi there you all" }] });
  const s = performance.now(); let first = 0;
  for await (const e of await v1.beta.threads.runs.create(th.id, { assistant_id: a.id, stream: true })) if (!first && e.event === "thread.message.delta") first = performance.now() - s;
  if (i > 30) { t.run![0].push(first); t.run![1].push(performance.now() - s); }
  const g = performance.now(); await v1.beta.threads.retrieve(th.id); if (i > 30) get.push(performance.now() - g);
}
const p = (x: number[], q: number) => x.sort((a, b) => a - b)[Math.floor(x.length * q)]!.toFixed(2);
for (const [n, [f, e]] of Object.entries(t)) console.log(n, "first p25", p(f, .25), "p50", p(f, .5), "end p25", p(e, .25), "p50", p(e, .5));
console.log("threads.retrieve p25", p(get, .25), "p50", p(get, .5));
}
