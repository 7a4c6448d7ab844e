/** Tests with the real server as a child process, once for each client that people have and each transport. */

import { type ResponsesServer, startResponsesServer } from "../fakes/responses_server.ts";
import { CLIENT_KINDS, SSE_CLIENT_KINDS, type TestClient } from "./mcp_clients.ts";
import { startHttp, tempFolder } from "./process.ts";

export type EveryClientTest = (client: TestClient, upstream: ResponsesServer) => Promise<void>;

/** A child that hangs fails its test. */
const TIMEOUT_MS = 30_000;

/** Registers the tests; each title goes before "over HTTP with the v1 client". */
export function testEveryClient(tests: Record<string, EveryClientTest>): void {
  for (const [title, body] of Object.entries(tests)) {
    for (const { name, connect } of CLIENT_KINDS) {
      Deno.test(`${title} over HTTP with the ${name}`, { timeout: TIMEOUT_MS }, async () => {
        await using folder = await tempFolder();
        await using upstream = startResponsesServer();
        await using server = await startHttp(upstreamSettings(folder, upstream));
        await using client = await connect(server);
        await body(client, upstream);
      });
    }
  }
  for (const [title, body] of Object.entries(tests)) {
    for (const { name, connect } of SSE_CLIENT_KINDS) {
      Deno.test(`${title} over HTTP+SSE with the ${name}`, { timeout: TIMEOUT_MS }, async () => {
        await using folder = await tempFolder();
        await using upstream = startResponsesServer();
        await using server = await startHttp(upstreamSettings(folder, upstream), [
          "--transport=sse",
        ]);
        await using client = await connect({ url: server.url.replace(/\/mcp$/, "/sse") });
        await body(client, upstream);
      });
    }
  }
  // Last: the stdio transports of both SDKs leave timers behind, which would end in other tests.
  const options = { timeout: TIMEOUT_MS, sanitizeOps: false, sanitizeResources: false };
  for (const [title, body] of Object.entries(tests)) {
    for (const { name, connect } of CLIENT_KINDS) {
      Deno.test(`${title} over stdio with the ${name}`, options, async () => {
        await using folder = await tempFolder();
        await using upstream = startResponsesServer();
        await using client = await connect({ env: upstreamSettings(folder, upstream) });
        await body(client, upstream);
      });
    }
  }
}

/** The settings of a server with an upstream of the test's own. */
export function upstreamSettings(
  folder: { path: string },
  upstream: { url: string },
): Record<string, string> {
  return {
    OPENAI_API_KEY: "sk-test-0123456789",
    OPENAI_BASE_URL: upstream.url,
    OPENAI_MAX_RETRIES: "0",
    DATABASE_URL: `sqlite:${folder.path}/test.db`,
    XDG_DATA_HOME: folder.path,
  };
}
