import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import OpenAI from "openai";
import type { ApiError } from "../../src/shared/errors.ts";
import { toApiError } from "../../src/gateway/mod.ts";
import type { ResultBlock, ToolContext } from "../../src/tools/define_tool.ts";
import { getFileContent, uploadFile } from "../../src/tools/catalog/files.ts";
import { tempFolder } from "../kit/process.ts";
import { type ResponsesServer, startResponsesServer } from "../fakes/responses_server.ts";
import { PNG } from "../fakes/responses_images.ts";
import { contextOf, toldBy } from "../kit/recorder.ts";

type Args = Record<string, unknown>;
// deno-lint-ignore no-explicit-any -- tests look into objects of every shape
type Json = any;

const MB = 2 ** 20;

Deno.test("upload_file sends text, base64, a data URL and a path as they are", async () => {
  await using upstream = startResponsesServer();
  await using folder = await tempFolder();
  await Deno.writeTextFile(`${folder.path}/über rain.txt`, "It rains. ☂");
  const context = to(upstream, { folders: { readable: [folder.path], images: undefined } });
  const base64 = new TextEncoder().encode("It rains. ☂").toBase64();
  const sources: Args[] = [
    { text: "It rains. ☂", filename: "rain.txt" },
    { data: base64, filename: "rain.txt" },
    { data: `data:text/plain;base64,${base64}`, filename: "rain.txt" },
    { path: `${folder.path}/über rain.txt` },
    { path: `${folder.path}/über rain.txt`, filename: "rain.md", purpose: "user_data" },
  ];
  for (const source of sources) {
    const { id, filename, purpose } = await run(uploadFile, source, context);
    const file = upstream.hosted.files.all.get(id);
    assert.equal(new TextDecoder().decode(file?.content), "It rains. ☂");
    assert.equal(filename, source.filename ?? "über rain.txt");
    assert.equal(purpose, source.purpose ?? "assistants");
  }
});

Deno.test("upload_file rejects missing, ambiguous and mislabelled content", async () => {
  await using upstream = startResponsesServer();
  const pdf = new TextEncoder().encode("%PDF-1.7").toBase64();
  const refusals: [args: Args, param: string | null, message: RegExp][] = [
    [{}, "text", /one of 'text', 'data' and 'path'/],
    [{ filename: "a.txt" }, "text", /one of 'text'/],
    [{ text: "a", data: "YQ==", filename: "a.txt" }, "text", /one of 'text'/],
    [{ text: "a" }, "filename", /'filename' is missing/],
    [{ data: "YQ==" }, "filename", /'filename' is missing/],
    [{ text: "a", filename: "" }, "filename", /not a path/],
    [{ text: "a", filename: "../a.txt" }, "filename", /not a path/],
    [{ text: "a", filename: "a\n.txt" }, "filename", /not a path/],
    [{ text: "a", filename: "a".repeat(256) }, "filename", /1 to 255/],
    [{ data: "not base64", filename: "a.txt" }, "data", /'data' is not valid base64/],
    [{ data: "data:text/plain,a", filename: "a.txt" }, "data", /not valid base64/],
    [{ text: "", filename: "a.txt" }, null, /"a.txt" is empty/],
    [{ text: "Hello", filename: "a.pdf" }, "filename", /implies application\/pdf/],
    [{ text: "Hello", filename: "a.docx" }, "filename", /wordprocessingml/],
    [{ text: "Hello", filename: "a.PNG" }, "filename", /implies image\/png/],
    [{ data: pdf, filename: "a.zip" }, "filename", /implies application\/zip/],
    [{ data: PNG.toBase64(), filename: "a.jpg" }, "filename", /implies image\/jpeg/],
    [{ data: PNG.toBase64(), filename: "a.md" }, "filename", /implies text\/markdown/],
  ];
  for (const [args, param, message] of refusals) {
    const error = await refusal(uploadFile, args, to(upstream));
    assert.match(error.message, message);
    assert.deepEqual([error.status, error.param], [400, param], JSON.stringify(args));
  }
  assert.equal(upstream.requests.length, 0);
});

Deno.test("upload_file accepts content that matches its extension, and unknown extensions", async () => {
  await using upstream = startResponsesServer();
  const right: Args[] = [
    { text: "%PDF-1.7", filename: "a.pdf" },
    { data: PNG.toBase64(), filename: "a.png" },
    { data: PNG.toBase64(), filename: "a" },
    { data: PNG.toBase64(), filename: "a.parquet" },
    { data: btoa("\xff\xfeH\0i\0"), filename: "utf16.txt" },
    { text: "PK\x03\x04", filename: "a.xlsx" },
  ];
  for (const args of right) await run(uploadFile, args, to(upstream));
  assert.equal(upstream.hosted.files.all.size, right.length);
});

Deno.test("upload_file reads paths below FILE_DIRS only, and explains what is wrong with others", async () => {
  await using upstream = startResponsesServer();
  await using folder = await tempFolder();
  const [open, closed] = [`${folder.path}/open`, `${folder.path}/closed`];
  for (const path of [open, closed, `${open}-not`]) {
    await Deno.mkdir(path);
    await Deno.writeTextFile(`${path}/a.txt`, "It rains.");
  }
  await Deno.mkdir(`${open}/deep`);
  await Deno.symlink(`${open}/a.txt`, `${open}/deep/in.txt`);
  await Deno.symlink(`${closed}/a.txt`, `${open}/out.txt`);
  await Deno.symlink(closed, `${open}/way`);
  await Deno.symlink(`${open}/loop.txt`, `${open}/loop.txt`);
  await Deno.symlink(`${open}/nowhere`, `${open}/dangling.txt`);
  await Deno.writeTextFile(`${open}/empty.txt`, "");
  await Deno.writeTextFile(`${open}/false.pdf`, "It rains.");
  const huge = await Deno.open(`${open}/huge.txt`, { createNew: true, write: true });
  await huge.truncate(512 * MB + 1);
  huge.close();
  await new Deno.Command("mkfifo", { args: [`${open}/pipe.txt`] }).output();

  const stdio = { readable: [open], images: undefined };
  const refusals: [path: string, status: number, message: RegExp, folders?: typeof stdio][] = [
    [`${open}/gone.txt`, 404, /There is no file at ".*gone\.txt"/],
    [`${closed}/a.txt`, 403, /not below the folders .*\/open \(FILE_DIRS\)/],
    [`${closed}/gone.txt`, 403, /FILE_DIRS/],
    [`${open}-not/a.txt`, 403, /FILE_DIRS/],
    [`${open}/../closed/a.txt`, 403, /FILE_DIRS/],
    ["/etc/passwd", 403, /FILE_DIRS/],
    [`${open}/out.txt`, 403, /links are resolved.*FILE_DIRS/],
    [`${open}/way/a.txt`, 403, /FILE_DIRS/],
    [`${open}/way/gone.txt`, 403, /FILE_DIRS/],
    [open, 403, /FILE_DIRS/],
    [`${open}/deep`, 400, /is not a file/],
    [`${open}/pipe.txt`, 400, /is not a file/],
    ["a.txt", 400, /must be an absolute path/],
    ["", 400, /must be an absolute path/],
    [`${open}/a.txt\0.pdf`, 403, /FILE_DIRS|no file/],
    [`${open}/empty.txt`, 400, /is empty/],
    [`${open}/false.pdf`, 400, /implies application\/pdf/],
    [`${open}/huge.txt`, 413, /536870913 bytes; at most 536870912/],
    [`${open}/a.txt`, 403, /FILE_DIRS.* is not set/, { ...stdio, readable: [] }],
  ];
  for (const [path, status, message, folders = stdio] of refusals) {
    const error = await refusal(uploadFile, { path }, to(upstream, { folders }));
    assert.match(error.message, message, path);
    if (!path.includes("\0")) assert.equal(error.status, status, `${path}: ${error.message}`);
  }
  for (const path of [`${open}/loop.txt`, `${open}/dangling.txt`]) {
    const error = await refusal(uploadFile, { path }, to(upstream, { folders: stdio }));
    assert.ok([403, 404].includes(error.status), error.message);
  }
  const overHttp = { readable: undefined, images: undefined };
  const error = await refusal(
    uploadFile,
    { path: `${open}/a.txt` },
    to(upstream, {
      folders: overHttp,
    }),
  );
  assert.match(error.message, /over HTTP no paths are read: send the content itself.*FILE_DIRS/);
  assert.deepEqual([error.status, error.param], [403, "path"]);
  assert.equal(upstream.requests.length, 0);

  for (const path of [`${open}/a.txt`, `${open}/deep/in.txt`, `${open}/deep/../a.txt`]) {
    await run(uploadFile, { path }, to(upstream, { folders: stdio }));
  }
  assert.equal(upstream.hosted.files.all.size, 3);
});

Deno.test("upload_file sends large content in parts, and reports how much is sent", async () => {
  await using upstream = startResponsesServer();
  await using folder = await tempFolder();
  const content = bytesOf(20 * MB + 1);
  const path = `${folder.path}/large.bin`;
  await Deno.writeFile(path, content);
  const told: string[] = [];
  const context = to(upstream, {
    folders: { readable: [folder.path], images: undefined },
    progress: (step) => told.push(toldBy(step)),
  });
  for (const args of [{ path }, { data: content.toBase64(), filename: "large.bin" }]) {
    told.length = 0;
    const { id, bytes, purpose } = await run(uploadFile, args, context);
    assert.deepEqual([bytes, purpose], [content.length, "assistants"]);
    assert.ok(isSame(upstream.hosted.files.all.get(id)?.content, content));
    assert.deepEqual(told, [
      "8.0 of 20.0 MB sent\n",
      "16.0 of 20.0 MB sent\n",
      "20.0 of 20.0 MB sent\n",
    ]);
  }
});

Deno.test("upload_file sends large content at once if the server does not support parts", async () => {
  await using upstream = startResponsesServer();
  const content = bytesOf(9 * MB);
  const openai = clientOf(
    upstream,
    (path) =>
      path.startsWith("/uploads")
        ? Response.json({ error: { message: "Not Found" } }, { status: 404 })
        : undefined,
  );
  const args = { data: content.toBase64(), filename: "large.bin" };
  const { id } = await run(uploadFile, args, contextOf(openai));
  assert.ok(isSame(upstream.hosted.files.all.get(id)?.content, content));
});

Deno.test("upload_file leaves no file behind if it fails", async () => {
  await using upstream = startResponsesServer();
  await using folder = await tempFolder();
  const path = `${folder.path}/large.bin`;
  await Deno.writeFile(path, bytesOf(20 * MB));
  const folders = { readable: [folder.path], images: undefined };

  let parts = 0;
  const failing = clientOf(
    upstream,
    (path) =>
      path.endsWith("/parts") && ++parts === 2
        ? Response.json({ error: { message: "The disk is full" } }, { status: 507 })
        : undefined,
  );
  const failed = await refusal(uploadFile, { path }, contextOf(failing, { folders }));
  assert.match(failed.message, /The disk is full/);

  const caller = new AbortController();
  const leaving = to(upstream, {
    folders,
    signal: caller.signal,
    progress: () => caller.abort(),
  });
  await assert.rejects(run(uploadFile, { path }, leaving));

  const shrinking = to(upstream, { folders, progress: () => Deno.truncateSync(path, 9 * MB) });
  const shorter = await refusal(uploadFile, { path }, shrinking);
  assert.match(shorter.message, /became shorter while it was read/);

  const cancelled = upstream.requests.filter(({ path }) => path.endsWith("/cancel"));
  assert.equal(cancelled.length, 3);
  assert.equal(upstream.hosted.files.all.size, 0);
});

Deno.test("get_file_content returns text in pieces that add up to the file", async () => {
  await using upstream = startResponsesServer();
  const line = "Ünïcödé ☂ 𝄞 and plain. ";
  const long = line.repeat(3000);
  const file = upstream.hosted.files.add("long.md", long, "assistants_output");
  const { id, bytes } = file.object;
  let whole = "";
  let offset = 0;
  let pieces = 0;
  for (;;) {
    const { text, note, mime_type } = await run(
      getFileContent,
      { file_id: id, offset },
      to(upstream),
    );
    assert.equal(mime_type, "text/markdown");
    assert.ok(text.length > 0 && new TextEncoder().encode(text).length <= 24_000);
    whole += text;
    pieces++;
    const next = /"offset":(\d+)/.exec(note)?.[1];
    if (next === undefined) break;
    assert.ok(note.includes(`{"file_id":"${id}","offset":${next}}`));
    offset = Number(next);
  }
  assert.equal(whole, long);
  assert.ok(pieces >= bytes / 24_000);

  const error = await refusal(getFileContent, { file_id: id, offset: bytes }, to(upstream));
  assert.deepEqual([error.status, error.param], [400, "offset"]);
});

Deno.test("get_file_content returns short and empty texts at once", async () => {
  await using upstream = startResponsesServer();
  for (const content of ["It rains.", ""]) {
    const { object } = upstream.hosted.files.add("rain", content, "assistants_output");
    const result = await run(getFileContent, { file_id: object.id }, to(upstream));
    assert.deepEqual(result, {
      file_id: object.id,
      filename: "rain",
      mime_type: "text/plain",
      bytes: content.length,
      text: content,
      uri: null,
      path: null,
      note: null,
    });
    assert.deepEqual(await blocks(result, to(upstream)), []);
  }
});

Deno.test("get_file_content shows images, and embeds other content that is not text", async () => {
  await using upstream = startResponsesServer();
  const context = to(upstream);
  const picture = upstream.hosted.files.add("chart.png", PNG, "assistants_output").object.id;
  const shown = await run(getFileContent, { file_id: picture }, context);
  assert.deepEqual([shown.text, shown.uri], [null, `openai://files/${picture}`]);
  assert.deepEqual(await blocks(shown, context), [
    { type: "image", data: PNG, mimeType: "image/png" },
  ]);

  const content = new Uint8Array([0x50, 0x4b, 3, 4, 0, 255]);
  const sheet = upstream.hosted.files.add("sheet.xlsx", content, "assistants_output").object.id;
  const result = await run(getFileContent, { file_id: sheet }, context);
  assert.match(result.mime_type, /spreadsheetml/);
  assert.deepEqual(await blocks(result, context), [{
    type: "resource",
    uri: `openai://files/${sheet}`,
    data: content,
    mimeType: result.mime_type,
  }]);
});

Deno.test("get_file_content writes content that is too large to show, or says how to get it", async () => {
  await using upstream = startResponsesServer();
  await using folder = await tempFolder();
  const content = bytesOf(MB);
  const file_id = upstream.hosted.files.add("../a b.bin", content, "assistants_output").object.id;
  const images = `${folder.path}/out`;

  const local = to(upstream, { folders: { readable: [], images } });
  const result = await run(getFileContent, { file_id }, local);
  assert.equal(result.path, `${images}/${file_id}-.._a_b.bin`);
  assert.deepEqual([result.text, result.uri], [null, null]);
  assert.deepEqual(await blocks(result, local), []);
  assert.ok(isSame(await Deno.readFile(result.path), content));
  assert.equal(((await Deno.stat(result.path)).mode ?? 0) & 0o777, 0o600);
  // A second call changes nothing.
  assert.deepEqual(await run(getFileContent, { file_id }, local), result);
  assert.deepEqual([...Deno.readDirSync(images)].length, 1);

  const refusals: [ToolContext["folders"], RegExp][] = [
    [{ readable: [], images: undefined }, /1048576 bytes; at most 700000 .* IMAGE_OUTPUT_DIR/],
    [{ readable: undefined, images }, new RegExp(`GET /v1/files/${file_id}/content returns it`)],
  ];
  for (const [folders, message] of refusals) {
    const error = await refusal(getFileContent, { file_id }, to(upstream, { folders }));
    assert.match(error.message, message);
    assert.equal(error.status, 413);
  }

  await Deno.writeTextFile(`${folder.path}/file`, "");
  const blocked = { readable: [], images: `${folder.path}/file` };
  const error = await refusal(getFileContent, { file_id }, to(upstream, { folders: blocked }));
  assert.match(error.message, /Cannot write to IMAGE_OUTPUT_DIR/);
});

Deno.test("get_file_content reports in OpenAI's words that uploads cannot be downloaded", async () => {
  await using upstream = startResponsesServer();
  const { id } = upstream.hosted.files.add("rain.txt", "It rains.").object;
  const error = await refusal(getFileContent, { file_id: id }, to(upstream));
  assert.match(error.message, /Not allowed to download files of purpose: assistants/);
  assert.equal(error.status, 400);
});

async function run(
  tool: typeof uploadFile,
  args: Args,
  context: ToolContext,
): Promise<Json> {
  return await tool.run(tool.input.parse(args), context);
}

async function refusal(
  tool: typeof uploadFile,
  args: Args,
  context: ToolContext,
): Promise<ApiError> {
  try {
    await run(tool, args, context);
  } catch (error) {
    return toApiError(error);
  }
  throw new assert.AssertionError({ message: `${JSON.stringify(args)} was not refused` });
}

async function blocks(result: object, context: ToolContext): Promise<ResultBlock[] | undefined> {
  return await getFileContent.show?.(result, context);
}

function to(upstream: ResponsesServer, changes?: Partial<ToolContext>): ToolContext {
  return contextOf(clientOf(upstream, () => undefined), changes);
}

/** @param instead responses in place of the upstream's, by path */
function clientOf(
  { url: baseURL }: ResponsesServer,
  instead: (path: string) => Response | undefined,
): OpenAI {
  return new OpenAI({
    apiKey: "sk-test",
    baseURL,
    maxRetries: 0,
    fetch: async (url, init) =>
      instead(String(url).slice(baseURL.length)) ?? await fetch(url, init),
  });
}

/** Faster than a deep comparison. */
function isSame(left: Uint8Array | undefined, right: Uint8Array): boolean {
  return left !== undefined && Buffer.compare(left, right) === 0;
}

/** Bytes without repeated pieces. */
function bytesOf(length: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4)).map((_, index) => index * 2_654_435_761);
  return new Uint8Array(words.buffer, 0, length);
}
