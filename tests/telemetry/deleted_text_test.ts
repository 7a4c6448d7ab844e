/** Deleted content disappears from the database files while the server runs. */

import { DatabaseSync } from "node:sqlite";
import assert from "node:assert/strict";
import { objectOf } from "../kit/mcp_clients.ts";
import { offline, StdioProcess, tempFolder } from "../kit/process.ts";

const WORDS = "nasturtium pie";

/** Counts the occurrences of the words in the database files, including the write-ahead log. */
async function countWords(folder: { path: string }): Promise<number> {
  let count = 0;
  for await (const { name, isFile } of Deno.readDir(folder.path)) {
    if (!isFile) continue;
    const text = new TextDecoder("latin1").decode(await Deno.readFile(`${folder.path}/${name}`));
    count += text.split(WORDS).length - 1;
  }
  return count;
}

Deno.test("deleting a thread, a message and an assistant removes their text", async () => {
  await using folder = await tempFolder();
  await using server = new StdioProcess(offline(folder));
  await server.initialize();
  const { id: assistant_id } = objectOf(
    await server.callTool("create_assistant", { name: WORDS, instructions: WORDS }),
  );
  const { thread_id } = objectOf(
    await server.callTool("ask_assistant", { message: WORDS, assistant_id }),
  );
  const { id: message_id } = objectOf(
    await server.callTool("create_message", {
      thread_id,
      role: "user",
      content: WORDS.repeat(1000),
    }),
  );
  const all = await countWords(folder);
  assert.ok(all > 1000, String(all));
  objectOf(await server.callTool("delete_message", { thread_id, message_id }));
  const without = await countWords(folder);
  assert.ok(without > 0 && without < 1000, String(without));
  objectOf(await server.callTool("delete_thread", { thread_id }));
  objectOf(await server.callTool("delete_assistant", { assistant_id }));
  assert.equal(await countWords(folder), 0);
});

Deno.test("a long read by another process does not block deletions", async () => {
  await using folder = await tempFolder();
  await using server = new StdioProcess(offline(folder));
  await server.initialize();
  const create = async () => {
    const content = [{ role: "user", content: WORDS }];
    return objectOf(await server.callTool("create_thread", { messages: content })).id;
  };
  const first = await create(), second = await create();
  const reader = new DatabaseSync(`${folder.path}/test.db`);
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM threads").get();
  const startedAt = performance.now();
  objectOf(await server.callTool("delete_thread", { thread_id: first }));
  assert.ok(performance.now() - startedAt < 2000);
  reader.close();
  objectOf(await server.callTool("delete_thread", { thread_id: second }));
  assert.equal(await countWords(folder), 0);
});
