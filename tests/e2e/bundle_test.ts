/** The one-file form: the same bytes each time, and a whole server from any address with nothing beside it. */

import assert from "node:assert/strict";
import { bundle } from "../../scripts/bundle.ts";
import { StdioProcess, tempFolder } from "../kit/process.ts";

/** The target in `bench/bundle.ts`. */
const MAX_BYTES = 1_600_000;

const TITLE = "the bundle serves from any address, with an empty cache and few permissions";

Deno.test(TITLE, { timeout: 120_000 }, async (t) => {
  await using folder = await tempFolder();
  const path = `${folder.path}/assistants-mcp.js`;
  await bundle(path);
  const code = await Deno.readFile(path);

  await t.step("it is small, and the same when it is made again", async () => {
    assert.ok(code.length <= MAX_BYTES, `${code.length} bytes`);
    const again = `${folder.path}/again.js`;
    await bundle(again);
    // By digest: telling two files of this size apart byte by byte takes all the memory there is.
    assert.equal(await digest(await Deno.readFile(again)), await digest(code));
  });

  await t.step("it has the licences of what is in it, and no path of this machine", () => {
    const text = new TextDecoder().decode(code);
    for (
      const name of ["openai", "zod", "hono", "@logtape/logtape", "@modelcontextprotocol/server"]
    ) {
      assert.match(text, new RegExp(`\n${name} \\d+\\.\\d+\\.\\d+\n\n[^]*?(MIT|Apache)`));
    }
    assert.ok(!text.includes(Deno.cwd()));
  });

  await using host = serveFile(code);
  for (const path of ["/assistants-mcp.js", "/latest"]) {
    await t.step(`from ${path} it holds a conversation`, async () => {
      await using empty = await tempFolder();
      await using server = new StdioProcess(
        {
          DENO_DIR: `${empty.path}/cache`,
          DENO_NO_PROMPT: "1",
          OPENAI_BASE_URL: "offline:",
          XDG_DATA_HOME: empty.path,
        },
        [],
        {
          cwd: empty.path,
          startArgs: [
            "run",
            "-q",
            `--allow-read=${empty.path}`,
            `--allow-write=${empty.path}`,
            "--allow-env",
            `${host.url}${path}`,
          ],
        },
      );
      await server.initialize();
      const { result } = await server.request("list", "tools/list");
      assert.ok(result.tools.length > 20);
      const answer = await server.callTool("ask_assistant", { message: "Hello" });
      assert.equal(answer.structuredContent.status, "completed");
      await server.endInput();
      assert.equal((await server.ended()).code, 0);
    });
  }
});

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** The file under its name, and behind a redirect as bytes without a name, as release assets are. */
function serveFile(code: Uint8Array<ArrayBuffer>) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
    const { pathname } = new URL(url);
    if (pathname === "/latest") {
      return new Response(null, { status: 302, headers: { location: "/asset/1" } });
    }
    const type = pathname === "/asset/1" ? "application/octet-stream" : "text/plain";
    return new Response(code, { headers: { "content-type": type } });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
