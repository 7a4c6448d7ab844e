import assert from "node:assert/strict";
import { offline, runCommand, startHttp, tempFolder } from "../kit/process.ts";

Deno.test("healthcheck checks the server at HOST and PORT", async () => {
  await using folder = await tempFolder();
  let port: string;
  {
    await using server = await startHttp(offline(folder));
    port = new URL(server.url).port;
    const { code, stdout, stderr } = await healthcheck({ PORT: port });
    assert.deepEqual([code, stdout, stderr], [0, "", ""]);
    // A server that listens on all addresses.
    assert.equal((await healthcheck({ PORT: port, HOST: "0.0.0.0" })).code, 0);
  }
  const gone = await healthcheck({ PORT: port });
  assert.equal(gone.code, 1);
  assert.match(
    gone.stderr,
    new RegExp(
      `^assistants-mcp: http://127\\.0\\.0\\.1:${port}/health does not respond \\(.+\\)\n$`,
    ),
  );
});

Deno.test("healthcheck reports the status of another server", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("no", { status: 503 }),
  );
  const { code, stderr } = await healthcheck({ PORT: String(server.addr.port) });
  await server.shutdown();
  assert.equal(code, 1);
  assert.match(stderr, /\/health responds with status 503; see the server's log\n$/);
});

Deno.test("healthcheck succeeds over stdio", async () => {
  assert.deepEqual(await runCommand(["healthcheck"]), { code: 0, stdout: "", stderr: "" });
});

function healthcheck(env: Record<string, string>) {
  return runCommand(["healthcheck"], { TRANSPORT: "streamable-http", ...env });
}
