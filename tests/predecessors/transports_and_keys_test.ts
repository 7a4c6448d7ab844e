/** What users of the second Python version set, and how they called it. */

import assert from "node:assert/strict";
import {
  CLIENT_KINDS,
  objectOf,
  SSE_CLIENT_KINDS,
  type TestClient,
  textOf,
} from "../kit/mcp_clients.ts";
import { upstreamSettings } from "../kit/every_client.ts";
import { StdioProcess, tempFolder } from "../kit/process.ts";
import { startResponsesServer } from "../fakes/responses_server.ts";
import { freePort } from "../kit/ports.ts";
import { envFile, SOURCES, startWith } from "./_http.ts";

const options = { timeout: 30_000 };

const ADA = "sk-ada-0123456789abcdef";
const BEN = "sk-ben-0123456789abcdef";

/** One client for each of the two transports. */
function clientOf(transport: string) {
  const [kind] = transport === "sse" ? SSE_CLIENT_KINDS : CLIENT_KINDS;
  assert.ok(kind);
  return kind;
}

function pathOf(transport: string): string {
  return transport === "sse" ? "/sse" : "/mcp";
}

async function threadOf(client: TestClient): Promise<string> {
  return objectOf(await client.callTool("create_thread")).id;
}

async function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  const { status, body } = await fetch(url, { headers });
  await body?.cancel();
  return status;
}

for (const source of SOURCES) {
  for (const transport of ["streamable-http", "sse"]) {
    // Row P2.2 of the predecessors.
    Deno.test(
      `TRANSPORT=${transport}, HOST and PORT are read from the ${source}`,
      options,
      async () => {
        const env = { TRANSPORT: transport, HOST: "127.0.0.1", PORT: String(freePort()) };
        await using started = await startWith(env, { source });
        assert.equal(started.origin, `http://${env.HOST}:${env.PORT}`);
        await using client = await clientOf(transport).connect({
          url: started.origin + pathOf(transport),
        });
        assert.ok((await client.listTools()).length >= 23);
        assert.match(await threadOf(client), /^thread_/);
      },
    );
  }

  // Row P2.2 of the predecessors.
  Deno.test(`TRANSPORT=stdio is read from the ${source}`, options, async () => {
    await using folder = await tempFolder();
    await using upstream = startResponsesServer();
    const env = { TRANSPORT: "stdio" };
    const own = upstreamSettings(folder, upstream);
    await using server = source === "shell"
      ? new StdioProcess({ ...own, ...env })
      : new StdioProcess(own, [await envFile(folder, env)]);
    await server.initialize();
    assert.ok((await server.request(1, "tools/list")).result.tools.length >= 23);
  });
}

/** What the image sets, on a port that is free here and with a folder of the test's own. */
async function imageSettings(): Promise<Record<string, string>> {
  const dockerfile = await Deno.readTextFile(new URL("../../Dockerfile", import.meta.url));
  const line = /^ENV (.*)$/m.exec(dockerfile)?.[1] ?? "";
  const { XDG_DATA_HOME: _, ...settings } = Object.fromEntries(
    line.split(" ").map((pair) => pair.split("=")),
  );
  assert.deepEqual(settings, { TRANSPORT: "streamable-http", HOST: "0.0.0.0", PORT: "8662" });
  return { ...settings, PORT: String(freePort()) };
}

// Row P2.3 of the predecessors.
Deno.test(
  "one user with OPENAI_API_KEY calls /mcp and /sse",
  options,
  async () => {
    await using started = await startWith(await imageSettings());
    const token = (await Deno.readTextFile(`${started.folder}/assistants-mcp/token`)).trim();
    const headers = { authorization: `Bearer ${token}` };
    const threads: string[] = [];
    for (const transport of ["streamable-http", "sse"]) {
      const target = { url: started.origin + pathOf(transport), headers };
      await using client = await clientOf(transport).connect(target);
      threads.push(await threadOf(client));
      assert.equal(await statusOf(target.url), 401);
      for (const thread_id of threads) objectOf(await client.callTool("get_thread", { thread_id }));
      objectOf(await client.callTool("list_models"));
    }
    const keys = started.upstream.requests.map(({ headers }) => headers.authorization);
    assert.deepEqual([...new Set(keys)], ["Bearer sk-test-0123456789"]);
  },
);

for (const transport of ["streamable-http", "sse"]) {
  // Row P2.3 of the predecessors.
  Deno.test(
    `users with X-OpenAI-API-Key over ${transport} do not see each other's objects`,
    options,
    async () => {
      const env = { ...await imageSettings(), MCP_CREDENTIALS_PASSTHROUGH: "true" };
      await using started = await startWith(env, {
        acceptsKey: (key) => key === ADA || key === BEN,
      });
      const url = started.origin + pathOf(transport);
      const { connect } = clientOf(transport);
      assert.equal(await statusOf(url), 401);
      assert.equal(await statusOf(url, { "X-OpenAI-API-Key": "sk-of-nobody" }), 401);
      await using ada = await connect({ url, headers: { "X-OpenAI-API-Key": ADA } });
      await using ben = await connect({ url, headers: { "X-OpenAI-API-Key": BEN } });
      const thread_id = await threadOf(ada);
      objectOf(await ada.callTool("get_thread", { thread_id }));
      const hidden = await ben.callTool("get_thread", { thread_id });
      assert.match(textOf(hidden), /^No thread found with id/);
      assert.deepEqual(objectOf(await ben.callTool("list_threads")).data, []);
      const answer = objectOf(await ben.callTool("ask_assistant", { message: "Hi" }));
      assert.equal(answer.response, 'You said: "Hi".');
      assert.equal(started.upstream.requests.at(-1)?.headers.authorization, `Bearer ${BEN}`);
      assert.ok(
        started.upstream.requests.every(({ headers }) =>
          !headers.authorization?.includes("sk-test-")
        ),
      );
    },
  );
}

// Row P2.4 of the predecessors.
Deno.test(
  "over stdio, only the key in HTTP_HEADER_X_OPENAI_API_KEY is used",
  options,
  async () => {
    await using folder = await tempFolder();
    await using upstream = startResponsesServer({ acceptsKey: (key) => key === ADA });
    const own = { ...upstreamSettings(folder, upstream), OPENAI_API_KEY: BEN };
    const passthrough = { ...own, MCP_CREDENTIALS_PASSTHROUGH: "true" };

    await using server = new StdioProcess({ ...passthrough, HTTP_HEADER_X_OPENAI_API_KEY: ADA });
    await server.initialize();
    const { structuredContent: thread } = await server.callTool("create_thread");
    const { structuredContent: turn } = await server.callTool("ask_assistant", {
      message: "Hi",
      thread_id: thread.id,
    });
    assert.equal(turn.response, 'You said: "Hi".');
    const keys = upstream.requests.map(({ headers }) => headers.authorization);
    assert.deepEqual([...new Set(keys)], [`Bearer ${ADA}`]);

    // On the same database the server's own key is somebody else.
    await using other = new StdioProcess(own);
    await other.initialize();
    const { content } = await other.callTool("get_thread", { thread_id: thread.id });
    assert.match(content[0]?.text ?? "", /^No thread found/);
  },
);

// Row P2.4 of the predecessors.
Deno.test(
  "over stdio, a missing or rejected key fails the call with an error",
  options,
  async () => {
    await using folder = await tempFolder();
    await using upstream = startResponsesServer({ acceptsKey: (key) => key === ADA });
    const own = {
      ...upstreamSettings(folder, upstream),
      OPENAI_API_KEY: ADA,
      MCP_CREDENTIALS_PASSTHROUGH: "true",
    };
    const cases: [env: Record<string, string>, said: RegExp][] = [
      [{}, /^There is no API key\..*HTTP_HEADER_X_OPENAI_API_KEY/],
      [{ HTTP_HEADER_X_OPENAI_API_KEY: BEN }, /^Incorrect API key provided: \[key\]/],
    ];
    for (const [env, said] of cases) {
      await using server = new StdioProcess({ ...own, ...env });
      await server.initialize();
      assert.ok((await server.request(1, "tools/list")).result.tools.length >= 23);
      for (const tool of ["create_thread", "list_models", "get_job"]) {
        const args = tool === "get_job" ? { job_id: "job_x" } : {};
        const { isError, content } = await server.callTool(tool, args);
        assert.equal(isError, true, tool);
        assert.match(content[0]?.text ?? "", said, tool);
      }
    }
    assert.ok(upstream.requests.every(({ headers }) => headers.authorization !== `Bearer ${ADA}`));
  },
);
