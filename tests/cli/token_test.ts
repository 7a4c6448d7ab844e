import assert from "node:assert/strict";
import { post } from "../kit/http_server.ts";
import { type HttpProcess, offline, startHttp, tempFolder } from "../kit/process.ts";

const OPEN = ["--host=0.0.0.0"];
const PING = { jsonrpc: "2.0", id: 1, method: "ping" };

/** Returns the status of a request with this token. */
async function statusWith({ url }: HttpProcess, token?: string): Promise<number> {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const response = await post(url.replace("0.0.0.0", "127.0.0.1"), PING, { headers });
  await response.body?.cancel();
  return response.status;
}

/** Stops the server and returns its standard error. */
async function stop(server: HttpProcess): Promise<string> {
  server.child.kill("SIGTERM");
  const { code } = await server.child.status;
  assert.equal(code, 0);
  assert.equal(await server.stdout, "");
  return await server.stderr;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("a server that other machines can reach generates a token, prints it once and stores it", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/assistants-mcp/token`;

  await using first = await startHttp(offline(folder), OPEN);
  const token = (await Deno.readTextFile(path)).trim();
  assert.match(token, /^[0-9a-f]{64}$/);
  if (Deno.build.os !== "windows") assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  assert.equal(await statusWith(first), 401);
  assert.equal(await statusWith(first, "x".repeat(64)), 401);
  assert.equal(await statusWith(first, token), 200);
  const output = await stop(first);
  assert.ok(output.includes(path), output);
  const client = JSON.parse(output.slice(output.indexOf("{"))).mcpServers.assistants;
  assert.deepEqual(client, {
    type: "http",
    url: first.url.replace("0.0.0.0", "localhost"),
    headers: { Authorization: `Bearer ${token}` },
  });

  await using second = await startHttp(offline(folder), OPEN);
  assert.equal(await statusWith(second), 401);
  assert.equal(await statusWith(second, token), 200);
  const secondOutput = await stop(second);
  assert.ok(secondOutput.includes(path), secondOutput);
  assert.ok(!secondOutput.includes(token), secondOutput);
});

Deno.test("MCP_AUTH_TOKEN=off accepts callers without a token", async () => {
  await using folder = await tempFolder();
  await using server = await startHttp({ ...offline(folder), MCP_AUTH_TOKEN: "off" }, OPEN);
  assert.equal(await statusWith(server), 200);
  assert.equal(await exists(`${folder.path}/assistants-mcp/token`), false);
});

Deno.test("a configured token is required and not printed, and none is generated", async () => {
  await using folder = await tempFolder();
  const token = "a-token-of-our-own";
  for (const args of [OPEN, []]) {
    await using server = await startHttp({ ...offline(folder), MCP_AUTH_TOKEN: token }, args);
    assert.equal(await statusWith(server), 401);
    assert.equal(await statusWith(server, token), 200);
    assert.ok(!(await stop(server)).includes(token));
  }
  assert.equal(await exists(`${folder.path}/assistants-mcp/token`), false);
});

Deno.test("a server on a loopback address requires no token and generates none", async () => {
  await using folder = await tempFolder();
  await using server = await startHttp(offline(folder));
  assert.equal(await statusWith(server), 200);
  assert.equal(await exists(`${folder.path}/assistants-mcp/token`), false);
});
