import assert from "node:assert/strict";
import { post } from "../kit/http_server.ts";
import { type HttpProcess, offline, startHttp, tempFolder } from "../kit/process.ts";

const OPEN = ["--host=0.0.0.0"];
const PING = { jsonrpc: "2.0", id: 1, method: "ping" };

/** The status of a request that shows this token. */
async function statusWith({ url }: HttpProcess, token?: string): Promise<number> {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const response = await post(url.replace("0.0.0.0", "127.0.0.1"), PING, { headers });
  await response.body?.cancel();
  return response.status;
}

/** Ends the server and returns what it has written. */
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

Deno.test("a server that others can reach makes a token, shows it once and keeps it", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/assistants-mcp/token`;

  await using first = await startHttp(offline(folder), OPEN);
  const token = (await Deno.readTextFile(path)).trim();
  assert.match(token, /^[0-9a-f]{64}$/);
  if (Deno.build.os !== "windows") assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  assert.equal(await statusWith(first), 401);
  assert.equal(await statusWith(first, "x".repeat(64)), 401);
  assert.equal(await statusWith(first, token), 200);
  const said = await stop(first);
  assert.ok(said.includes(path), said);
  const client = JSON.parse(said.slice(said.indexOf("{"))).mcpServers.assistants;
  assert.deepEqual(client, {
    type: "http",
    url: first.url.replace("0.0.0.0", "localhost"),
    headers: { Authorization: `Bearer ${token}` },
  });

  await using second = await startHttp(offline(folder), OPEN);
  assert.equal(await statusWith(second), 401);
  assert.equal(await statusWith(second, token), 200);
  const saidAgain = await stop(second);
  assert.ok(saidAgain.includes(path), saidAgain);
  assert.ok(!saidAgain.includes(token), saidAgain);
});

Deno.test("MCP_AUTH_TOKEN=off lets callers of an open server in without a token", async () => {
  await using folder = await tempFolder();
  await using server = await startHttp({ ...offline(folder), MCP_AUTH_TOKEN: "off" }, OPEN);
  assert.equal(await statusWith(server), 200);
  assert.equal(await exists(`${folder.path}/assistants-mcp/token`), false);
});

Deno.test("a token that is set is asked for, is not shown, and none is made", async () => {
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

Deno.test("a server that only this machine can reach asks for no token and makes none", async () => {
  await using folder = await tempFolder();
  await using server = await startHttp(offline(folder));
  assert.equal(await statusWith(server), 200);
  assert.equal(await exists(`${folder.path}/assistants-mcp/token`), false);
});
