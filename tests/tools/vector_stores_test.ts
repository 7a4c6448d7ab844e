import assert from "node:assert/strict";
import OpenAI from "openai";
import { ApiError } from "../../src/shared/errors.ts";
import type { Tool, ToolContext } from "../../src/tools/define_tool.ts";
import {
  addVectorStoreFiles,
  createVectorStore,
  getVectorStore,
  searchVectorStore,
} from "../../src/tools/catalog/vector_stores.ts";
import {
  type ResponsesServer,
  type ResponsesServerOptions,
  startResponsesServer,
} from "../fakes/responses_server.ts";
import { contextOf, toldBy } from "../kit/recorder.ts";

// deno-lint-ignore no-explicit-any -- tests look into objects of every shape
type Json = any;

/** The name of a file is the number of polls until it is indexed; `never` stays in progress, `bad` fails. */
const indexing: ResponsesServerOptions["indexing"] = (filename, looks) =>
  filename.startsWith("bad")
    ? "failed"
    : looks > Number.parseInt(filename)
    ? "completed"
    : "in_progress";

Deno.test("add_vector_store_files waits until all files are indexed, and reports progress", async () => {
  await using upstream = startResponsesServer({ indexing });
  const [vector_store_id, ...file_ids] = await storeAnd(upstream, ["1.txt", "3.txt", "5.txt"]);
  const told: string[] = [];
  const added = await run(
    addVectorStoreFiles,
    { vector_store_id, file_ids, attributes: { year: 2026 } },
    to(upstream, { progress: (step) => told.push(toldBy(step)) }),
  );
  const { batch_id, next, ...rest } = added;
  assert.deepEqual(rest, {
    vector_store_id,
    status: "completed",
    file_counts: { in_progress: 0, completed: 3, failed: 0, cancelled: 0, total: 3 },
    failed: [],
  });
  assert.match(batch_id, /^vsfb_/);
  assert.ok(next.includes(`search_vector_store {"vector_store_id":"${vector_store_id}"}`));
  assert.ok(next.includes(`"vector_store_ids":["${vector_store_id}"]`));
  assert.deepEqual(told, [
    "1 of 3 files indexed\n",
    "2 of 3 files indexed\n",
    "3 of 3 files indexed\n",
  ]);
  const found = await run(
    searchVectorStore,
    { vector_store_id, query: "rains", max_num_results: 2 },
    to(upstream),
  );
  assert.equal(found.data.length, 2);
  assert.deepEqual(found.data[0].attributes, { year: 2026 });
});

Deno.test("add_vector_store_files returns in time, and says how to continue waiting", async () => {
  await using upstream = startResponsesServer({ indexing });
  const [vector_store_id, ...file_ids] = await storeAnd(upstream, ["never.txt", "1.txt"]);
  for (const wait_s of [0, 0.1]) {
    const added = await run(
      addVectorStoreFiles,
      { vector_store_id, file_ids, wait_s },
      to(upstream),
    );
    assert.equal(added.status, "in_progress");
    assert.equal(added.file_counts.total, 2);
    const call = `get_vector_store {"vector_store_id":"${vector_store_id}","wait_s":30}`;
    assert.ok(added.next.includes(call), added.next);
  }
});

Deno.test("add_vector_store_files names the files that failed", async () => {
  await using upstream = startResponsesServer({ indexing });
  const [vector_store_id, good = "", bad = ""] = await storeAnd(upstream, ["1.txt", "bad.exe"]);
  const failed = [{ file_id: bad, error: "unsupported_file: The file type is not supported." }];
  const some = await run(
    addVectorStoreFiles,
    { vector_store_id, file_ids: [good, bad] },
    to(upstream),
  );
  assert.deepEqual(some.failed, failed);
  assert.match(some.next, /^Files that failed cannot be found; failed says why\. Search the files/);
  const none = await run(
    addVectorStoreFiles,
    { vector_store_id, file_ids: [bad] },
    to(upstream),
  );
  assert.deepEqual(none.failed, failed);
  assert.equal(none.next, "Files that failed cannot be found; failed says why.");
});

Deno.test("get_vector_store returns at once, or once all files are indexed", async () => {
  await using upstream = startResponsesServer({ indexing });
  const [, ...file_ids] = await storeAnd(upstream, ["6.txt"]);
  const { id } = await run(createVectorStore, { file_ids }, to(upstream));
  const now = await run(getVectorStore, { vector_store_id: id }, to(upstream));
  assert.equal(now.file_counts.in_progress, 1);
  const later = await run(getVectorStore, { vector_store_id: id, wait_s: 20 }, to(upstream));
  assert.deepEqual([later.status, later.file_counts.completed], ["completed", 1]);
});

Deno.test("a wait for indexing ends if the caller cancels or the upstream fails", async () => {
  await using upstream = startResponsesServer({ indexing });
  const [vector_store_id, ...file_ids] = await storeAnd(upstream, ["never.txt"]);
  const caller = new AbortController();
  const waiting = run(
    addVectorStoreFiles,
    { vector_store_id, file_ids },
    to(upstream, { signal: caller.signal }),
  );
  // The files, the store, the batch, and one poll.
  await upstream.received(4);
  caller.abort();
  await assert.rejects(waiting, { name: "AbortError" });

  const gone = run(addVectorStoreFiles, { vector_store_id, file_ids }, to(upstream));
  await upstream.received(upstream.requests.length + 2);
  upstream.hosted.vectorStores.all.clear();
  await assert.rejects(gone, /Vector store .* not found/);
  await assert.rejects(
    run(addVectorStoreFiles, { vector_store_id, file_ids, wait_s: 31 }, to(upstream)),
    (error) => error instanceof ApiError && error.param === "wait_s",
  );
});

/** Returns the ids of an empty store and of files with these names. */
async function storeAnd(upstream: ResponsesServer, filenames: string[]): Promise<string[]> {
  const files = filenames.map((name) => upstream.hosted.files.add(name, `It rains in ${name}.`));
  const { id } = await run(createVectorStore, { name: "Weather" }, to(upstream));
  return [id, ...files.map(({ object }) => object.id)];
}

async function run(tool: Tool, args: Record<string, unknown>, context: ToolContext): Promise<Json> {
  return await tool.run(tool.input.parse(args), context);
}

function to({ url }: ResponsesServer, changes?: Partial<ToolContext>): ToolContext {
  return contextOf(new OpenAI({ apiKey: "sk-test", baseURL: url, maxRetries: 0 }), changes);
}
