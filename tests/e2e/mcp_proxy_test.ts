/** An outside client: a proxy between transports, in both directions. */

import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import assert from "node:assert/strict";
import { CLIENT_KINDS, objectOf, SSE_CLIENT_KINDS, type TestClient } from "../kit/mcp_clients.ts";
import { npxProgram } from "../kit/npx.ts";
import { minimalEnv, offline, SERVER_ARGS, startHttp, tempFolder } from "../kit/process.ts";
import { freePort } from "../kit/ports.ts";

const TOKEN = "0123456789abcdef-token";

/** The package's folder `dist`. */
const proxy = (await npxProgram("mcp-proxy", "6.7.19"))?.replace(/\/bin\/mcp-proxy\.mjs$/, "");
const options = {
  timeout: 60_000,
  sanitizeOps: false,
  sanitizeResources: false,
  ignore: proxy === undefined,
};

Deno.test("mcp-proxy makes HTTP of stdio for every client", options, async () => {
  await using folder = await tempFolder();
  const port = freePort();
  const child = new Deno.Command("node", {
    args: [
      ...[`${proxy}/bin/mcp-proxy.mjs`, "--host", "127.0.0.1", "--port", String(port)],
      ...["--upstreamProtocol", "auto", "--", Deno.execPath(), ...SERVER_ARGS],
    ],
    env: { ...minimalEnv(), ...offline(folder) },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  try {
    await says("starting server", child.stdout);
    const origin = `http://127.0.0.1:${port}`;
    const ways = [
      ...CLIENT_KINDS.map((kind) => ({ kind, url: `${origin}/mcp` })),
      ...SSE_CLIENT_KINDS.map((kind) => ({ kind, url: `${origin}/sse` })),
    ];
    for (const { kind, url } of ways) {
      await using client = await kind.connect({ url });
      await listsAndCalls(client);
    }
  } finally {
    child.kill("SIGTERM");
    await child.status;
  }
});

for (const [type, path] of [["HTTPStream", "/mcp"], ["SSE", "/sse"]]) {
  Deno.test(`mcp-proxy makes stdio of ${path}, with a header`, options, async () => {
    await using folder = await tempFolder();
    await using server = await startHttp({ ...offline(folder), MCP_AUTH_TOKEN: TOKEN });
    const how = {
      url: new URL(path ?? "", server.url),
      serverType: type,
      transportOptions: { requestInit: { headers: { authorization: `Bearer ${TOKEN}` } } },
    };
    const client = new Client({ name: "test", version: "1.0.0" });
    await client.connect(
      new StdioClientTransport({
        command: "node",
        args: [
          ...["--input-type=module", "--eval"],
          `import { startStdioServer } from ${JSON.stringify(`${proxy}/index.mjs`)};
           await startStdioServer(${JSON.stringify(how)});`,
        ],
        env: minimalEnv(),
        stderr: "inherit",
      }),
    );
    try {
      const { tools } = await client.listTools();
      assert.ok(tools.some(({ name }) => name === "ask_assistant"));
      const { content } = await client.callTool({ name: "create_thread", arguments: {} });
      assert.match(JSON.stringify(content), /thread_/);
    } finally {
      await client.close();
    }
  });
}

async function listsAndCalls(client: TestClient): Promise<void> {
  const tools = await client.listTools();
  assert.ok(tools.some(({ name }) => name === "ask_assistant"));
  assert.match(objectOf(await client.callTool("create_thread")).id, /^thread_/);
  const { text } = objectOf(await client.callTool("ask_openai", { query: "Good morning" }));
  assert.match(text, /Good morning/);
}

/** Resolves when the process has written this, and reads on, so that it can go on writing. */
async function says(part: string, output: ReadableStream<Uint8Array>): Promise<void> {
  const said = Promise.withResolvers<void>();
  let all = "";
  const write = (text: string) => {
    all += text;
    if (all.includes(part)) said.resolve();
  };
  output.pipeThrough(new TextDecoderStream()).pipeTo(new WritableStream({ write }))
    .then(() => said.reject(new Error(`The proxy ended after ${JSON.stringify(all)}.`)));
  await said.promise;
}
