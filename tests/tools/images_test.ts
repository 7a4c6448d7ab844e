/** The image tools against the scripted upstream, with the engine's file store behind them. */

import assert from "node:assert/strict";
import type { Job } from "../../src/jobs/mod.ts";
import { callTool } from "../../src/mcp/mod.ts";
import { objectResult } from "../../src/mcp/results.ts";
import { createImage, editImage } from "../../src/tools/catalog/images.ts";
import type { Images } from "../../src/tools/images/make_images.ts";
import { getJob } from "../../src/tools/catalog/jobs.ts";
import type { Tool } from "../../src/tools/define_tool.ts";
import { tempFolder } from "../kit/process.ts";
import { OWN_KEY, serveHttp, type TestServer } from "../kit/http_server.ts";
import { gate, PNG } from "../fakes/responses_server.ts";

const CREDENTIAL = { tenant: "default", apiKey: OWN_KEY };
const PROMPT = { prompt: "A lighthouse" };

interface Outcome {
  object: Images;
  /** The types of the blocks after the text. */
  blocks: string[];
  /** The size of the whole result, in bytes. */
  bytes: number;
  told: string[];
}

async function call(
  { service }: TestServer,
  tool: Tool,
  args: Record<string, unknown>,
  { signal = new AbortController().signal, hear = (_: string) => {} } = {},
): Promise<Outcome> {
  const told: string[] = [];
  const { result, blocks } = await callTool(service, CREDENTIAL, {
    tool,
    args,
    signal,
    listener: {
      onProgress(step) {
        told.push("status" in step ? step.status : step.text);
        hear(told.at(-1) ?? "");
      },
      end: () => Promise.resolve(),
    },
  });
  const whole = objectResult(result, blocks);
  return {
    object: result as Images,
    blocks: whole.content.slice(1).map(({ type }) => type),
    bytes: new TextEncoder().encode(JSON.stringify(whole)).length,
    told,
  };
}

/** Returns a PNG padded to this many bytes after its end. */
function png(bytes: number, width = 1): Uint8Array<ArrayBuffer> {
  const image = new Uint8Array(bytes);
  image.set(PNG);
  new DataView(image.buffer).setUint32(16, width);
  return image;
}

/** Returns the start of a JPEG of this size, up to its frame header. */
function jpeg(width: number, height: number): Uint8Array<ArrayBuffer> {
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  return new Uint8Array([
    ...[0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0],
    ...[0xff, 0xc0, 0, 11, 8, ...size, 1, 1, 0x11, 0],
  ]);
}

Deno.test("create_image shows the image, and stores it under an id", async () => {
  await using server = serveHttp();
  const { object, blocks, told } = await call(server, createImage, PROMPT);
  const { images: [image], usage, ...rest } = object;
  assert.deepEqual(rest, { status: "completed", error: null, job_id: null });
  assert.ok(image);
  const { id, uri, ...about } = image;
  assert.deepEqual(about, {
    mime_type: "image/png",
    bytes: PNG.length,
    size: "1x1",
    path: null,
    revised_prompt: null,
    tokens: 110,
  });
  assert.equal(uri, `openai://files/${id}`);
  assert.equal(usage?.total_tokens, 110);
  assert.deepEqual(blocks, ["image"]);
  assert.deepEqual(told, [`Image 1 of 1: 1x1, image/png, ${PNG.length} bytes.`]);
  assert.deepEqual(server.upstream.requests[0]?.body, {
    model: "gpt-image-test",
    prompt: "A lighthouse",
    n: 1,
    output_format: "jpeg",
    output_compression: 80,
  });

  const headers = { authorization: `Bearer ${OWN_KEY}` };
  const kept = await fetch(`${server.origin}/v1/files/${id}/content`, { headers });
  assert.deepEqual(await kept.bytes(), PNG);
  const { expires_at, created_at } = await (await fetch(`${server.origin}/v1/files/${id}`, {
    headers,
  })).json();
  assert.equal(expires_at - created_at, 30 * 86_400);
});

Deno.test("create_image sends the requested parameters, with current names for old values", async () => {
  await using server = serveHttp();
  const args = {
    ...PROMPT,
    model: "gpt-image-next",
    size: "2048x1152",
    quality: "hd",
    background: "transparent",
    output_format: "png",
  };
  await call(server, createImage, args);
  assert.deepEqual(server.upstream.requests[0]?.body, { ...args, quality: "high", n: 1 });
  await call(server, createImage, { ...PROMPT, quality: "standard", output_compression: 5 });
  const { quality, output_compression } = server.upstream.requests[1]?.body ?? {};
  assert.deepEqual([quality, output_compression], ["medium", 5]);
});

Deno.test("create_image requests stronger compression for more images", async () => {
  await using server = serveHttp();
  const asked = [
    [{ size: "1024x1024" }, "jpeg", 90],
    [{ n: 2 }, "webp", 70],
    [{ n: 10, size: "1024x1024" }, "webp", 20],
    [{ background: "transparent" }, "webp", 90],
    [{ output_format: "webp" }, "webp", 90],
    [{ output_format: "png" }, "png", undefined],
  ] as const;
  for (const [args, format, compression] of asked) {
    await call(server, createImage, { ...PROMPT, ...args });
    const { output_format, output_compression } = server.upstream.requests.at(-1)?.body ?? {};
    assert.deepEqual([output_format, output_compression], [format, compression]);
  }
});

Deno.test("create_image omits the format for a model that does not support it", async () => {
  await using server = serveHttp();
  const message = "Unknown parameter: 'output_format'.";
  const refusal = { status: 400, message, param: "output_format" };
  const { images } = server.upstream.hosted;
  images.enqueue({ refusal });
  assert.equal((await call(server, createImage, PROMPT)).object.status, "completed");
  assert.deepEqual(server.upstream.requests[1]?.body, {
    model: "gpt-image-test",
    ...PROMPT,
    n: 1,
  });
  images.enqueue({ refusal });
  const call2 = call(server, createImage, { ...PROMPT, output_format: "png" });
  await assert.rejects(call2, { message, status: 400 });
});

Deno.test("create_image keeps the result under 1,000,000 bytes, and links what does not fit", async () => {
  await using server = serveHttp();
  const { images } = server.upstream.hosted;
  const cases: [sizes: number[], blocks: string[]][] = [
    [[700_000], ["image"]],
    [[760_000], ["resource_link"]],
    [[3_000_000], ["resource_link"]],
    [[400_000, 400_000], ["image", "resource_link"]],
    [[800_000, 100], ["resource_link", "image"]],
    [Array(10).fill(70_000), Array(10).fill("image")],
    [Array(10).fill(90_000), [...Array(8).fill("image"), "resource_link", "resource_link"]],
  ];
  for (const [sizes, wanted] of cases) {
    const revised_prompt = "A lighthouse ".repeat(1000);
    images.enqueue(...sizes.map((size) => ({ image: png(size), revised_prompt })));
    const { object, blocks, bytes } = await call(server, createImage, {
      ...PROMPT,
      n: sizes.length,
    });
    assert.ok(bytes < 1_000_000, `${bytes} bytes`);
    assert.deepEqual(blocks.toSorted(), wanted.toSorted(), String(sizes));
    assert.ok(object.images.every(({ revised_prompt }) => revised_prompt?.length === 1001));
    const sum = object.images.reduce((sum, image) => sum + (image.bytes ?? 0), 0);
    assert.equal(sum, sizes.reduce((sum, size) => sum + size));
  }
});

Deno.test("create_image keeps the result below the limit with a long revised prompt", async () => {
  await using server = serveHttp();
  const revised_prompt = '"é漢😀'.repeat(10_000);
  server.upstream.hosted.images.enqueue(
    ...Array.from({ length: 10 }, () => ({ image: png(70_000), revised_prompt })),
  );
  const { bytes, blocks } = await call(server, createImage, { ...PROMPT, n: 10 });
  assert.ok(bytes < 1_000_000, `${bytes} bytes`);
  assert.ok(blocks.includes("image"));
});

Deno.test("create_image requests all images at once, and reports each", async () => {
  await using server = serveHttp();
  const [first, second, third] = [gate(), gate(), gate()];
  const gates = [first, second, third];
  server.upstream.hosted.images.enqueue(...gates.map((before) => ({ before })));
  const calling = call(server, createImage, { ...PROMPT, n: 3 }, {
    hear: (said) => (said.startsWith("Image 1") ? second : first).open(),
  });
  await Promise.all(gates.map(({ reached }) => reached));
  third.open();
  const { told, object } = await calling;
  assert.deepEqual(told.map((said) => said.slice(0, 12)), [
    "Image 1 of 3",
    "Image 2 of 3",
    "Image 3 of 3",
  ]);
  assert.equal(object.usage?.total_tokens, 330);
});

Deno.test("create_image returns the successful images if another fails", async () => {
  await using server = serveHttp();
  server.upstream.hosted.images.enqueue(
    {},
    { refusal: { status: 500, message: "The server had an error." } },
    { image: new Uint8Array([1, 2, 3]) },
  );
  const { object, blocks } = await call(server, createImage, { ...PROMPT, n: 4 });
  assert.equal(object.status, "incomplete");
  assert.equal(object.images.length, 2);
  assert.match(object.error ?? "", /^2 of 4 images failed: .*The server had an error\./);
  assert.match(object.error ?? "", /not an image/);
  assert.deepEqual(blocks, ["image", "image"]);
  assert.equal(server.upstream.requests.length, 4, "nothing is asked for twice");
});

Deno.test("create_image throws the model's error if there is no image", async () => {
  await using server = serveHttp();
  const message = "Your request was rejected by the safety system.";
  const refusal = { status: 400, message, code: "moderation_blocked" };
  server.upstream.hosted.images.enqueue({ refusal }, { refusal });
  await assert.rejects(call(server, createImage, { ...PROMPT, n: 2 }), {
    message,
    status: 400,
    code: "moderation_blocked",
  });
});

Deno.test("create_image names the available models for an unknown one", async () => {
  await using server = serveHttp();
  const { images } = server.upstream.hosted;
  const message = "The model 'dall-e-3' does not exist.";
  images.enqueue({ refusal: { status: 404, message, code: "model_not_found" } });
  await assert.rejects(call(server, createImage, { ...PROMPT, model: "dall-e-3" }), {
    message: `${message} Models here: gpt-6.1-terra, gpt-test.`,
    status: 404,
    code: "model_not_found",
  });
  images.enqueue({ refusal: { status: 400, message: "Not for images.", param: "model" } });
  await assert.rejects(call(server, createImage, { ...PROMPT, model: "gpt-4" }), {
    message: /^Not for images\. Models here: /,
  });
});

Deno.test("create_image links an image that the upstream serves at a URL, without fetching it", async () => {
  await using server = serveHttp();
  const url = `${server.upstream.url}/secret.png`;
  const { images } = server.upstream.hosted;
  images.enqueue({ url }, { url: "file:///etc/passwd" });
  const { object, blocks } = await call(server, createImage, PROMPT);
  assert.deepEqual([object.images[0]?.uri, object.images[0]?.id], [url, null]);
  assert.deepEqual(blocks, ["resource_link"]);
  assert.equal(server.upstream.requests.length, 1);
  await assert.rejects(call(server, createImage, PROMPT), { status: 502, code: "invalid_image" });
});

Deno.test("create_image writes images to the tenant's folder in IMAGE_OUTPUT_DIR", async () => {
  await using folder = await tempFolder();
  await using server = serveHttp({ imagesFolder: `${folder.path}/images` });
  server.upstream.hosted.images.enqueue({ image: png(2_000_000) });
  const { object } = await call(server, createImage, PROMPT);
  const { path, id } = object.images[0] ?? {};
  assert.equal(path, `${folder.path}/images/default/${id}.png`);
  assert.equal((await Deno.readFile(path)).length, 2_000_000);
});

Deno.test("create_image returns the image if the folder cannot be written", async () => {
  await using folder = await tempFolder();
  await Deno.writeTextFile(`${folder.path}/file`, "");
  await using server = serveHttp({ imagesFolder: `${folder.path}/file` });
  const { object, blocks } = await call(server, createImage, PROMPT);
  assert.deepEqual([object.status, object.images[0]?.path], ["completed", null]);
  assert.match(object.error ?? "", /^Cannot write to IMAGE_OUTPUT_DIR/);
  assert.deepEqual(blocks, ["image"]);
});

Deno.test("create_image continues as a job, and get_job shows its result", async () => {
  await using server = serveHttp();
  const before = gate();
  server.upstream.hosted.images.enqueue({ before });
  const { object } = await call(server, createImage, { ...PROMPT, n: 2, wait_s: 0 });
  const { job_id, ...rest } = object;
  assert.deepEqual(rest, { status: "in_progress", images: [], usage: null, error: null });
  await before.reached;
  before.open();
  const fetched = await call(server, getJob, { job_id, wait_s: 30 });
  const job = fetched.object as unknown as Job;
  assert.deepEqual([job.tool, job.status], ["create_image", "completed"]);
  assert.equal((job.result as Images).images.length, 2);
  assert.deepEqual(fetched.blocks, ["image", "image"]);
});

Deno.test("create_image aborts its requests when its call is cancelled", async () => {
  await using server = serveHttp();
  const gone = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const gates = gone.map(gate);
  server.upstream.hosted.images.enqueue(
    ...gone.map(({ resolve }, index) => ({ before: gates[index], onGone: resolve })),
  );
  const caller = new AbortController();
  const calling = call(server, createImage, { ...PROMPT, n: 2 }, { signal: caller.signal });
  await Promise.all(gates.map(({ reached }) => reached));
  caller.abort(new Error("The caller has gone."));
  await assert.rejects(calling, /The caller has gone/);
  await Promise.all(gone.map(({ promise }) => promise));
  gates.forEach((gate) => gate.open());
  assert.equal(server.upstream.requests.length, 2);
});

Deno.test("edit_image sends images of every kind, detected from their bytes", async () => {
  await using server = serveHttp();
  const made = await call(server, createImage, PROMPT);
  const photo = jpeg(640, 480);
  await call(server, editImage, {
    prompt: "In winter",
    images: [
      made.object.images[0]?.id,
      `data:image/jpeg;base64,${photo.toBase64()}`,
      photo.toBase64(),
      PNG.toBase64(),
    ],
    mask: PNG.toBase64(),
    n: 2,
  });
  const edits = server.upstream.requests.filter(({ path }) => path === "/images/edits");
  assert.equal(edits.length, 2);
  for (const { form } of edits) {
    assert.ok(form);
    const sent = form.getAll("image[]").filter((file) => file instanceof File);
    assert.deepEqual(sent.map(({ name, type, size }) => [name, type, size]), [
      ["image.png", "image/png", PNG.length],
      ["image.jpg", "image/jpeg", photo.length],
      ["image.jpg", "image/jpeg", photo.length],
      ["image.png", "image/png", PNG.length],
    ]);
    assert.ok(form.get("mask") instanceof File);
    assert.deepEqual([form.get("prompt"), form.get("n")], ["In winter", "1"]);
  }
});

Deno.test("edit_image cannot use images of another tenant", async () => {
  await using server = serveHttp();
  const { object } = await call(server, createImage, PROMPT);
  const theirs = callTool(server.service, { tenant: "other", apiKey: OWN_KEY }, {
    tool: editImage,
    args: { prompt: "In winter", images: [object.images[0]?.id] },
    signal: new AbortController().signal,
  });
  await assert.rejects(theirs, { status: 404, param: "images[0]", message: /No such File object/ });
});

Deno.test("edit_image passes files that only the upstream can read by their ids", async () => {
  await using server = serveHttp();
  const { id } = server.upstream.hosted.files.add("a.png", PNG, "vision").object;
  await call(server, editImage, { prompt: "In winter", images: [id, PNG.toBase64()], mask: id });
  assert.deepEqual(server.upstream.requests.at(-1)?.body, {
    model: "gpt-image-test",
    prompt: "In winter",
    n: 1,
    output_format: "jpeg",
    output_compression: 80,
    images: [{ file_id: id }, { image_url: `data:image/png;base64,${PNG.toBase64()}` }],
    mask: { file_id: id },
  });
});

Deno.test("edit_image rejects content that is not an image of its declared type, without calling the model", async () => {
  await using server = serveHttp();
  const text = new TextEncoder().encode("It rains, and it rains.").toBase64();
  const refusals: [Record<string, unknown>, object][] = [
    [{ images: [] }, { param: "images", message: /has 0 images; expected 1 to 16/ }],
    [{ images: Array(17).fill("file-1") }, { param: "images", message: /has 17 images/ }],
    [{ images: [text] }, { param: "images[0]", code: "invalid_image", message: /not an image/ }],
    [{ images: [`data:image/png;base64,${text}`] }, { param: "images[0]", code: "invalid_image" }],
    [
      { images: [PNG.toBase64(), `data:image/jpeg;base64,${PNG.toBase64()}`] },
      { param: "images[1]", message: /is declared as image\/jpeg, but is image\/png/ },
    ],
    [
      { images: [btoa("GIF89a.............")] },
      { param: "images[0]", message: /is image\/gif by its content; expected PNG, JPEG or WebP/ },
    ],
    [{ images: ["data:image/png,abc"] }, { message: /not a data URL with base64/ }],
    [
      { images: ["https://example.com/a.png"] },
      { code: "url_not_allowed", message: /is a URL, and this server fetches no URLs/ },
    ],
    [{ images: ["file:///etc/passwd"] }, { code: "url_not_allowed" }],
    [{ images: ["/etc/passwd"] }, { status: 403, code: "path_not_allowed", message: /over HTTP/ }],
    [{ images: ["../a.png"] }, { status: 403, code: "path_not_allowed" }],
    [{ images: ["file-unknown"] }, { status: 404, param: "images[0]", message: /No such File/ }],
    [
      { images: [PNG.toBase64()], mask: jpeg(1, 1).toBase64() },
      { param: "mask", message: /is image\/jpeg; a mask must be a PNG/ },
    ],
    [
      { images: [jpeg(2, 2).toBase64()], mask: PNG.toBase64() },
      { param: "mask", message: /'mask' is 1x1, but the first image is 2x2/ },
    ],
  ];
  for (const [args, refusal] of refusals) {
    await assert.rejects(call(server, editImage, { prompt: "In winter", ...args }), {
      name: "ApiError",
      ...refusal,
    }, JSON.stringify(args).slice(0, 100));
  }
  assert.deepEqual(server.upstream.requests.filter(({ path }) => path.startsWith("/images")), []);
});

Deno.test("edit_image is fast for a long data URL without data", async () => {
  await using server = serveHttp();
  const begun = performance.now();
  for (const part of ["a", ";a", ";base64"]) {
    const images = [`data:${part.repeat(200_000)}`];
    await assert.rejects(call(server, editImage, { prompt: "In winter", images }), {
      name: "ApiError",
      status: 403,
    });
  }
  // The first one alone took seven seconds.
  assert.ok(performance.now() - begun < 2000);
});
