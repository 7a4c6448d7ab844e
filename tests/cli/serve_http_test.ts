import assert from "node:assert/strict";
import { initialize, openSession, post } from "../kit/http_server.ts";
import { offline, startHttp, tempFolder } from "../kit/process.ts";
import { openRaw, requestHead } from "../kit/raw_http.ts";

Deno.test("over HTTP, the settings take effect", async () => {
  await using folder = await tempFolder();
  await using server = await startHttp(offline(folder), [
    "--max-sessions=1",
    "--max-body-mb=1",
    "--allowed-hosts=assist.example",
    "--backend-cors-origins=https://app.example",
  ]);
  const ping = { jsonrpc: "2.0", id: 1, method: "ping" };

  await openSession(server.url);
  const second = await initialize(server.url);
  assert.equal(second.status, 503);
  assert.match((await second.json()).error.message, /MAX_SESSIONS/);

  const large = await post(server.url, { ...ping, params: { text: "x".repeat(1024 * 1024) } });
  assert.equal(large.status, 413);
  assert.match((await large.json()).error.message, /MAX_BODY_MB/);

  const page = await post(server.url, ping, { headers: { origin: "https://app.example" } });
  assert.equal(page.headers.get("access-control-allow-origin"), "https://app.example");
  assert.deepEqual((await page.json()).result, {});

  for (const [host, expected] of [["assist.example", 405], ["other.example", 403]] as const) {
    using request = await openRaw(server.url);
    await request.send(requestHead("GET", server.url, { host, connection: "close" }));
    assert.match(await request.readAll(), new RegExp(`^HTTP/1\\.1 ${expected} `), host);
  }
});
