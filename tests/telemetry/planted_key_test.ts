/**
 * Searches for a planted key and token in all output of a server: standard output and error at level
 * debug, responses, metrics, traces and database files. Words of a conversation must appear in
 * responses and the database only.
 */

import assert from "node:assert/strict";
import { upstreamSettings } from "../kit/every_client.ts";
import { initialize, post, toolCall } from "../kit/http_server.ts";
import { startHttp, StdioProcess, tempFolder } from "../kit/process.ts";
import {
  cut,
  errorEvent,
  failed,
  functionCalls,
  type Script,
  startResponsesServer,
  status,
  text,
} from "../fakes/responses_server.ts";
import { type Collector, startCollector } from "./_collector.ts";

const options = { timeout: 60_000 };

/** A key without a recognizable format, with characters that text formats escape. */
const ODD_KEY = 'planted"key\\of/the+server%7E';
const OPENAI_KEY = "sk-proj-plantedAbCdEfGhIjKlMnOpQr";
const TOKEN = "planted-token-0123456789abcdef";

/** Part of every text of the conversation. */
const WORDS = "nasturtium pie";

type Call = [tool: string, args: Record<string, unknown>];

/** Returns upstream responses that contain the key wherever possible. */
function echoes(key: string): Script[] {
  const message = `Incorrect API key provided: ${key}. Authorization: Bearer ${key}`;
  const error = { message, type: key, param: `headers.${key}`, code: key };
  const response = (code: number) =>
    status(code, { body: { error }, headers: { "retry-after": "0", "www-authenticate": key } });
  return [
    ...[400, 401, 403, 404, 422, 429, 500, 503].map(response),
    status(500, { body: `<html>${message}</html>` }),
    status(302, { headers: { location: `https://elsewhere.example/${key}?key=${key}` } }),
    failed({ code: "server_error", message }, [WORDS]),
    errorEvent({ code: key, message, param: key }, [WORDS]),
    cut(text([WORDS, WORDS]), 5),
  ];
}

/** Returns calls of many kinds, and the upstream responses in the order of the requests. */
function conversation(key: string): { calls: Call[]; scripts: Script[] } {
  const tool = { type: "function", function: { name: "weather", parameters: {} } };
  const calls: Call[] = [
    ["create_assistant", { name: WORDS, instructions: WORDS, tools: [tool] }],
    ["create_thread", { metadata: { team: WORDS } }],
    ["create_thread", { messages: [{ role: "user", content: WORDS }] }],
    ["ask_assistant", { message: WORDS }],
    ["ask_assistant", { message: WORDS }],
    ["ask_openai", { query: WORDS }],
    ["list_models", {}],
    ["list_assistants", { limit: WORDS }],
    ["create_message", { thread_id: WORDS, role: WORDS, content: WORDS }],
    [WORDS, {}],
    ["get_thread", { thread_id: "thread_none" }],
    ["create_run", { thread_id: "thread_none", assistant_id: "asst_none" }],
    ["cancel_run", { thread_id: "thread_none", run_id: "run_none" }],
  ];
  const scripts = [
    text(WORDS),
    functionCalls([{ name: "weather", arguments: { city: WORDS } }]),
    text(WORDS),
  ];
  for (const echo of echoes(key)) {
    calls.push(["ask_openai", { query: WORDS }]);
    scripts.push(echo);
  }
  for (const echo of echoes(key)) {
    calls.push(["ask_assistant", { message: WORDS }]);
    scripts.push(echo);
  }
  return { calls, scripts };
}

function environment(
  key: string,
  folder: { path: string },
  upstream: { url: string },
  collector: Collector,
): Record<string, string> {
  return {
    ...upstreamSettings(folder, upstream),
    ...collector.env,
    OPENAI_API_KEY: key,
    MCP_AUTH_TOKEN: TOKEN,
    LOG_LEVEL: "debug",
  };
}

/** Returns the contents of all files of a folder, with one character per byte. */
async function filesIn(folder: { path: string }): Promise<string> {
  const decoder = new TextDecoder("latin1");
  let all = "";
  for await (const { name, isFile } of Deno.readDir(folder.path)) {
    if (isFile) all += decoder.decode(await Deno.readFile(`${folder.path}/${name}`));
  }
  return all;
}

/** Returns the places that contain a large part of a secret in any of its encodings. */
function leaks(places: Record<string, string>, secrets: readonly string[]): string[] {
  const json = (text: string) => JSON.stringify(text).slice(1, -1);
  const parts = secrets.flatMap((secret) =>
    [secret, json(secret), json(json(secret)), encodeURIComponent(secret), btoa(secret)]
      .flatMap((encoded) => [encoded.slice(0, 12), encoded.slice(-12)])
  );
  return Object.entries(places).flatMap(([place, text]) =>
    parts.filter((part) => text.includes(part)).map((part) => {
      const at = text.indexOf(part);
      return `${place}: ${part} in ${text.slice(Math.max(0, at - 200), at + 60)}`;
    })
  );
}

for (const key of [ODD_KEY, OPENAI_KEY]) {
  for (const mode of ["development", "production"]) {
    Deno.test(
      `over stdio, no output contains the key ${key.slice(0, 7)}, in ${mode}`,
      options,
      async () => {
        await using folder = await tempFolder();
        await using upstream = startResponsesServer();
        await using collector = startCollector();
        const server = new StdioProcess({
          ...environment(key, folder, upstream, collector),
          ENVIRONMENT: mode,
        });
        await server.initialize();
        const { calls, scripts } = conversation(key);
        upstream.enqueue(...scripts);
        const answers: unknown[] = [];
        for (const [name, args] of calls) {
          answers.push(
            await server.request(answers.length, "tools/call", { name, arguments: args }),
          );
        }
        await server.write(`{"jsonrpc":"2.0","id":1,"method":"x","params":"${OPENAI_KEY}"}\n`);
        await server.write(`not JSON ${OPENAI_KEY} ${WORDS}\n`);
        await server.send({ jsonrpc: "2.0", id: "?", result: { content: OPENAI_KEY + WORDS } });
        await server.send({ jsonrpc: "2.0", id: "?", error: { code: 1, message: WORDS } });
        await server.send({ jsonrpc: "2.0", method: WORDS, params: { content: WORDS } });
        await server.send({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { x: WORDS } });
        const running = await filesIn(folder);
        await server.endInput();
        const { code, rest, stderr } = await server.ended();
        assert.equal(code, 0, stderr);
        assert.ok(stderr.split("\n").length > calls.length, stderr);
        assert.ok(upstream.requests.length >= scripts.length, String(upstream.requests.length));
        assert.ok(collector.spans().length > 0);
        const places = {
          stdout: JSON.stringify(answers) + rest.join("\n"),
          stderr,
          traces: collector.text(),
          database: running + await filesIn(folder),
        };
        assert.ok(places.database.includes(WORDS));
        assert.deepEqual(leaks(places, [key, OPENAI_KEY]), []);
        assert.deepEqual(leaks({ stderr, traces: places.traces }, [WORDS]), []);
      },
    );

    Deno.test(
      `over HTTP, no output contains the key ${key.slice(0, 7)}, in ${mode}`,
      options,
      async () => {
        await using folder = await tempFolder();
        await using upstream = startResponsesServer();
        await using collector = startCollector();
        const server = await startHttp({
          ...environment(key, folder, upstream, collector),
          ENVIRONMENT: mode,
        });
        const { calls, scripts } = conversation(key);
        upstream.enqueue(...scripts);
        const answers: string[] = [];
        const record = async (answering: Promise<Response>) => {
          const answer = await answering;
          answers.push(JSON.stringify([...answer.headers]) + await answer.text());
          return answer;
        };
        const metrics = new URL("/metrics", server.url);
        let metricsText = "";
        const authorization = `Bearer ${TOKEN}`;
        {
          await using _ = server;
          const headers = { authorization };
          for (const [name, args] of calls) {
            await record(post(server.url, toolCall(name, args), { headers }));
          }
          await record(initialize(server.url, headers));
          for (
            const wrong of [
              { authorization: `Bearer ${TOKEN}x` },
              { authorization: `Basic ${TOKEN}` },
              { ...headers, origin: "https://evil.example" },
              { ...headers, "mcp-session-id": "none" },
              { ...headers, "x-request-id": TOKEN },
              { ...headers, "x-request-id": OPENAI_KEY },
              { ...headers, "content-type": "text/plain" },
            ]
          ) await record(post(server.url, toolCall("create_thread"), { headers: wrong }));
          await record(post(server.url, `{"not JSON ${WORDS}": ${TOKEN}`, { headers }));
          metricsText = await (await fetch(metrics)).text();
          answers.push(metricsText);
          answers.push(await filesIn(folder));
        }
        const [stdout, stderr] = await Promise.all([server.stdout, server.stderr]);
        assert.ok(stderr.split("\n").length > calls.length, stderr);
        assert.ok(collector.spans().length > 0);
        const database = await filesIn(folder);
        assert.ok(database.includes(WORDS));
        const places = {
          answers: answers.join("\n"),
          stdout,
          stderr,
          traces: collector.text(),
          database,
        };
        assert.deepEqual(leaks(places, [key, TOKEN, OPENAI_KEY]), []);
        const seen = { stderr, traces: places.traces, metrics: metricsText };
        assert.deepEqual(leaks(seen, [WORDS]), []);
      },
    );
  }
}

Deno.test("no output contains the key of a caller", options, async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  await using collector = startCollector();
  const { MCP_AUTH_TOKEN: _token, ...env } = environment(
    OPENAI_KEY,
    folder,
    upstream,
    collector,
  );
  const server = await startHttp({ ...env, MCP_CREDENTIALS_PASSTHROUGH: "true" });
  const answers: string[] = [];
  {
    await using _ = server;
    const { calls, scripts } = conversation(ODD_KEY);
    upstream.enqueue(...scripts);
    for (const [name, args] of calls) {
      const headers = { "x-openai-api-key": ODD_KEY };
      const answer = await post(server.url, toolCall(name, args), { headers });
      answers.push(JSON.stringify([...answer.headers]) + await answer.text());
    }
    answers.push(await (await fetch(new URL("/metrics", server.url))).text());
    answers.push(await filesIn(folder));
  }
  const [check] = upstream.requests;
  assert.equal(check?.path, "/models");
  for (const { headers } of upstream.requests) {
    assert.equal(headers.authorization, `Bearer ${ODD_KEY}`);
  }
  const places = {
    answers: answers.join("\n"),
    stdout: await server.stdout,
    stderr: await server.stderr,
    traces: collector.text(),
    database: await filesIn(folder),
  };
  assert.ok(places.database.includes(WORDS));
  assert.deepEqual(leaks(places, [ODD_KEY, OPENAI_KEY]), []);
});

Deno.test(
  "a generated token is printed once, when it is generated, and nowhere else",
  options,
  async () => {
    await using folder = await tempFolder();
    await using upstream = startResponsesServer();
    const env = { ...upstreamSettings(folder, upstream), LOG_LEVEL: "debug" };
    const outputs: string[] = [];
    for (const start of ["first", "second"]) {
      const server = await startHttp(env, ["--host=0.0.0.0"]);
      {
        await using _ = server;
        const url = server.url.replace("0.0.0.0", "127.0.0.1");
        const headers = { authorization: `Bearer none-${start}`, "x-request-id": start.repeat(4) };
        const refused = await post(url, toolCall("create_thread"), { headers });
        await refused.body?.cancel();
        assert.equal(refused.status, 401);
      }
      outputs.push(await server.stdout + await server.stderr);
    }
    const token = (await Deno.readTextFile(await tokenFile(folder.path))).trim();
    assert.match(token, /^[0-9a-f]{64}$/);
    assert.deepEqual(outputs.map((text) => text.split(token).length - 1), [1, 0]);
  },
);

async function tokenFile(folder: string): Promise<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (name === "token") return `${folder}/${name}`;
    if (isDirectory) return await tokenFile(`${folder}/${name}`);
  }
  throw new Error(`No token in ${folder}.`);
}
