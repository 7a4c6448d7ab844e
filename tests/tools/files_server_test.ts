/** Files through the real server: what each transport accepts, and what clients receive. */

import assert from "node:assert/strict";
import { CLIENT_KINDS, errorOf, objectOf } from "../kit/mcp_clients.ts";
import { upstreamSettings } from "../kit/every_client.ts";
import { startHttp, StdioProcess, tempFolder } from "../kit/process.ts";
import { PNG } from "../fakes/responses_images.ts";
import { startResponsesServer } from "../fakes/responses_server.ts";

const TOOLS = { TOOLSETS: "files,vector_stores" };

Deno.test("paths are read over stdio below FILE_DIRS, and never over HTTP", async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  const open = `${folder.path}/open`;
  await Deno.mkdir(open);
  await Deno.writeTextFile(`${open}/rain.txt`, "It rains.");
  await Deno.writeTextFile(`${folder.path}/secret.txt`, "Nobody's business.");
  const settings = { ...upstreamSettings(folder, upstream), ...TOOLS };

  await using stdio = new StdioProcess({ ...settings, FILE_DIRS: open });
  await stdio.initialize();
  const file = objectOf(await stdio.callTool("upload_file", { path: `${open}/rain.txt` }));
  assert.deepEqual([file.filename, file.bytes], ["rain.txt", 9]);
  const outside = errorOf(
    await stdio.callTool("upload_file", { path: `${folder.path}/secret.txt` }),
  );
  assert.match(outside.text, /not below the folders that may be read.*\/open \(FILE_DIRS\)/);
  assert.match(outside.text, /Name another file, or send the content itself\./);
  assert.deepEqual([outside.fields.status, outside.fields.param], [403, "path"]);
  const missing = errorOf(await stdio.callTool("upload_file", { path: `${open}/sun.txt` }));
  assert.match(missing.text, /There is no file at .*\nCheck the path\./);

  await using http = await startHttp({ ...settings, FILE_DIRS: open });
  for (const { connect } of CLIENT_KINDS) {
    await using client = await connect(http);
    const refused = errorOf(await client.callTool("upload_file", { path: `${open}/rain.txt` }));
    assert.match(refused.text, /over HTTP no paths are read: send the content itself/);
  }
  assert.equal(upstream.hosted.files.all.size, 1);
});

Deno.test("content that is not text is sent along with the result to every client", async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  const sheet = upstream.hosted.files.add("a.xlsx", PNG, "assistants_output").object.id;
  const chart = upstream.hosted.files.add("b.png", PNG, "assistants_output").object.id;
  const large = new Uint8Array(700_000).fill(255);
  const big = upstream.hosted.files.add("c.bin", large, "assistants_output").object.id;
  await using http = await startHttp({ ...upstreamSettings(folder, upstream), ...TOOLS });
  for (const { connect } of CLIENT_KINDS) {
    await using client = await connect(http);
    await client.listTools();
    const { content: [, resource] } = await client.callTool("get_file_content", { file_id: sheet });
    assert.deepEqual(resource, {
      type: "resource",
      resource: {
        uri: `openai://files/${sheet}`,
        mimeType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        blob: PNG.toBase64(),
      },
    });
    const { content: [, image] } = await client.callTool("get_file_content", { file_id: chart });
    assert.deepEqual(image, { type: "image", mimeType: "image/png", data: PNG.toBase64() });
    const whole = await client.callTool("get_file_content", { file_id: big });
    assert.ok(JSON.stringify(whole).length < 1_000_000);
  }
});

Deno.test("an upload reports its progress", async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  const path = `${folder.path}/large.bin`;
  await Deno.writeFile(path, new Uint8Array(9 * 2 ** 20).fill(255));
  await using server = new StdioProcess({
    ...upstreamSettings(folder, upstream),
    ...TOOLS,
    FILE_DIRS: folder.path,
  });
  await server.initialize();
  await server.send({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "upload_file", arguments: { path }, _meta: { progressToken: "p" } },
  });
  let told = "";
  for (;;) {
    const message = await server.next();
    if (message.id === 1) {
      assert.equal(message.result.structuredContent.bytes, 9 * 2 ** 20);
      break;
    }
    told += message.params.message;
  }
  assert.equal(told, "8.0 of 9.0 MB sent\n9.0 of 9.0 MB sent\n");
});
