/** P5.2: images, made and edited from a chat. */

import assert from "node:assert/strict";
import { offline, startHttp, StdioProcess, tempFolder, type ToolResult } from "../kit/process.ts";
import { upstreamSettings } from "../kit/every_client.ts";
import { CLIENT_KINDS } from "../kit/mcp_clients.ts";
import { PNG, startResponsesServer } from "../fakes/responses_server.ts";
import { type Json, start } from "./_server.ts";

const PROMPT = { prompt: "A lighthouse at dusk" };

/** A PNG of so many bytes. */
function png(bytes: number): Uint8Array {
  const image = new Uint8Array(bytes);
  image.set(PNG);
  return image;
}

/** What a call made, as a client sees it. */
function made(result: ToolResult): { object: Json; blocks: Json[]; bytes: number } {
  assert.ok(!result.isError, JSON.stringify(result.content));
  const [text, ...blocks] = result.content;
  assert.deepEqual(JSON.parse(text?.text ?? ""), result.structuredContent);
  const bytes = new TextEncoder().encode(JSON.stringify(result)).length;
  return { object: result.structuredContent, blocks, bytes };
}

// Row P5.2 of the predecessors.
Deno.test("create-image returns the picture in the result", async () => {
  await using started = await start();
  const { object, blocks } = made(await started.server.callTool("create-image", PROMPT));
  assert.deepEqual(blocks, [{ type: "image", data: PNG.toBase64(), mimeType: "image/png" }]);
  const [image] = object.images;
  assert.deepEqual([object.status, image.size, image.tokens], ["completed", "1x1", 110]);
  assert.equal(started.upstream.requests[0]?.body?.model, "gpt-image-2.6-flare");

  const read = await started.server.request("read", "resources/read", { uri: image.uri });
  assert.equal(read.result.contents[0].blob, PNG.toBase64());
});

// Row P5.2 of the predecessors.
Deno.test("create-image accepts its sizes and qualities, and maps standard and hd to current ones", async () => {
  await using started = await start({ DEFAULT_IMAGE_MODEL: "my-images" });
  const qualities = { standard: "medium", hd: "high", low: "low", auto: "auto", max: "max" };
  for (const [quality, wanted] of Object.entries(qualities)) {
    await started.call("create-image", { ...PROMPT, quality, size: "1792x1024" });
    const { body } = started.upstream.requests.at(-1) ?? {};
    assert.deepEqual([body?.quality, body?.size, body?.model], [wanted, "1792x1024", "my-images"]);
  }
});

// Row P5.2 of the predecessors.
Deno.test("create-image makes n images of at most 1,000,000 bytes in total", async () => {
  await using started = await start();
  const { server, upstream } = started;
  upstream.hosted.images.enqueue(...Array(10).fill({ image: png(200_000) }));
  const { object, blocks, bytes } = made(
    await server.callTool("create-image", {
      ...PROMPT,
      n: 10,
    }),
  );
  assert.ok(bytes < 1_000_000, `${bytes} bytes`);
  assert.equal(object.images.length, 10);
  const shown = blocks.filter(({ type }) => type === "image");
  assert.deepEqual([shown.length, blocks.length], [3, 10]);
  for (const link of blocks.filter(({ type }) => type === "resource_link")) {
    assert.deepEqual([link.mimeType, link.size], ["image/png", 200_000]);
    const { result } = await server.request(link.uri, "resources/read", { uri: link.uri });
    assert.equal(Uint8Array.fromBase64(result.contents[0].blob).length, 200_000);
  }
});

for (const { name, connect } of CLIENT_KINDS) {
  // Row P5.2 of the predecessors.
  Deno.test(`the ${name} gets the picture over HTTP`, async () => {
    await using folder = await tempFolder();
    await using upstream = startResponsesServer();
    await using server = await startHttp(upstreamSettings(folder, upstream));
    await using client = await connect(server);
    const { blocks } = made(await client.callTool("create_image", PROMPT));
    assert.deepEqual(blocks, [{ type: "image", data: PNG.toBase64(), mimeType: "image/png" }]);
  });
}

// Row P5.2 of the predecessors.
Deno.test("full images are written to IMAGE_OUTPUT_DIR, and edit-image reads them from there", async () => {
  await using folder = await tempFolder();
  const images = `${folder.path}/images`;
  await using started = await start({ IMAGE_OUTPUT_DIR: images, FILE_DIRS: images });
  const { server, upstream } = started;
  upstream.hosted.images.enqueue({ image: png(3_000_000) });
  const { object, blocks } = made(await server.callTool("create_image", PROMPT));
  assert.deepEqual(blocks.map(({ type }) => type), ["resource_link"]);
  const [{ path, id, uri }] = object.images;
  const { result } = await server.request("read", "resources/read", { uri });
  assert.equal(Uint8Array.fromBase64(result.contents[0].blob).length, 3_000_000);
  assert.equal((await Deno.stat(path)).size, 3_000_000);

  made(await server.callTool("edit_image", { prompt: "In winter", images: [path, id] }));
  const { form } = upstream.requests.at(-1) ?? {};
  const sent = form?.getAll("image[]").filter((file) => file instanceof File) ?? [];
  assert.deepEqual(sent.map(({ size }) => size), [3_000_000, 3_000_000]);
});

// Row P5.2 of the predecessors.
Deno.test("a path outside the allowed folders is rejected with the setting that allows it", async () => {
  await using folder = await tempFolder();
  const inside = `${folder.path}/inside`;
  await Deno.mkdir(inside);
  await Deno.writeFile(`${folder.path}/secret.png`, PNG);
  await Deno.symlink(`${folder.path}/secret.png`, `${inside}/link.png`);
  await Deno.writeTextFile(`${inside}/text.png`, "It rains.");
  await using started = await start({ FILE_DIRS: inside });
  const refusals: [path: string, code: string, words: RegExp][] = [
    [`${folder.path}/secret.png`, "path_not_allowed", /not below the folders.*FILE_DIRS/],
    [`${inside}/link.png`, "path_not_allowed", /links are resolved.*FILE_DIRS/],
    [`${inside}/../secret.png`, "path_not_allowed", /FILE_DIRS/],
    [
      `${inside}/text.png`,
      "invalid_image",
      /not an image by its content; expected PNG, JPEG or WebP/,
    ],
  ];
  for (const [path, code, words] of refusals) {
    const { text, fields } = await started.refusal("edit_image", {
      prompt: "In winter",
      images: [path],
    });
    assert.deepEqual([fields.code, fields.retryable], [code, false]);
    assert.match(text, words);
  }
  assert.deepEqual(started.upstream.requests, []);
});

// Row P5.2 of the predecessors.
Deno.test("an unsupported value is rejected with the supported ones", async () => {
  await using started = await start();
  const { images } = started.upstream.hosted;
  const fifty = await started.refusal("create_image", { ...PROMPT, n: 50 });
  assert.match(fifty.text, /'n': expected at most 10, got 50\. create_image did nothing\./);
  for (const model of ["dall-e-3", "gpt-4"]) {
    const message = `The model '${model}' does not exist.`;
    images.enqueue({ refusal: { status: 404, message, code: "model_not_found" } });
    const { text } = await started.refusal("create_image", { ...PROMPT, model });
    assert.ok(text.startsWith(`${message} Models here: gpt-6.1-terra, gpt-test.`), text);
    assert.match(text, /list_models/);
  }
  const message = "Your request was rejected by the safety system.";
  images.enqueue({ refusal: { status: 400, message, code: "moderation_blocked" } });
  const { text } = await started.refusal("create_image", PROMPT);
  assert.ok(text.startsWith(`${message}\nChange the prompt`), text);
  assert.equal(started.upstream.requests.filter(({ path }) => path === "/models").length, 2);
});

// Row P5.2 of the predecessors.
Deno.test("images work offline without a key", async () => {
  await using folder = await tempFolder();
  await using server = new StdioProcess(offline(folder));
  await server.initialize();
  const { object, blocks } = made(await server.callTool("create_image", { ...PROMPT, n: 2 }));
  assert.deepEqual(blocks.map(({ type }) => type), ["image", "image"]);
  const [{ id, size, revised_prompt }] = object.images;
  assert.equal(size, "256x88");
  assert.match(revised_prompt, /built-in offline model/);
  const edited = made(await server.callTool("edit_image", { prompt: "In winter", images: [id] }));
  assert.notDeepEqual(edited.blocks[0], blocks[0]);
});
