/** The limits of messages: their texts, parts, attachments and number. */

import assert from "node:assert/strict";
import { prepare, type Setup, setUp } from "../kit/engine.ts";

interface ErrorBody {
  message: string;
  param: string | null;
  code: string | null;
}

/** Sends a request and returns its status and error, if any. */
async function post(
  { engine, caller }: Setup,
  path: string,
  body: unknown,
): Promise<{ status: number; error?: ErrorBody }> {
  const request = new Request(`http://engine${path}`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  const response = await engine.fetch(request, caller);
  const { error } = await response.json();
  return { status: response.status, error };
}

const text = (length: number) => ({ type: "text", text: "a".repeat(length) });

Deno.test("a message has at most 256,000 characters in all of its parts together", async () => {
  await using setup = await setUp();
  const { thread_id } = await prepare(setup);
  const path = `/threads/${thread_id}/messages`;
  const full = [text(200_000), text(56_000)];
  assert.equal((await post(setup, path, { role: "user", content: full })).status, 200);
  const { status, error } = await post(setup, path, { role: "user", content: [...full, text(1)] });
  assert.deepEqual([status, error?.param, error?.code], [
    400,
    "content",
    "string_above_max_length",
  ]);
  assert.match(error?.message ?? "", /maximum length 256000, but got a string with length 256001/);
});

Deno.test("parts, attachments and messages of a request are counted", async () => {
  await using setup = await setUp();
  const { thread_id, assistant_id } = await prepare(setup);
  const message = { role: "user", content: "Hi" };
  const attachment = { file_id: "file-a", tools: [] };
  const rows: [path: string, body: unknown, param: string][] = [
    [
      `/threads/${thread_id}/messages`,
      { role: "user", content: Array(101).fill(text(1)) },
      "content",
    ],
    [
      `/threads/${thread_id}/messages`,
      { ...message, attachments: Array(101).fill(attachment) },
      "attachments",
    ],
    ["/threads", { messages: Array(33).fill(message) }, "messages"],
    [
      `/threads/${thread_id}/runs`,
      { assistant_id, additional_messages: Array(33).fill(message) },
      "additional_messages",
    ],
    [
      "/threads/runs",
      { assistant_id, thread: { messages: Array(33).fill(message) } },
      "thread.messages",
    ],
    [
      `/threads/${thread_id}/messages/batch`,
      { messages: Array(101).fill(message) },
      "messages",
    ],
  ];
  for (const [path, body, param] of rows) {
    const { status, error } = await post(setup, path, body);
    assert.deepEqual([status, error?.param, error?.code], [400, param, "array_above_max_length"]);
  }
  assert.equal((await post(setup, "/threads", { messages: Array(32).fill(message) })).status, 200);
});

Deno.test("image URLs use http, https or data:image", async () => {
  await using setup = await setUp();
  const { thread_id } = await prepare(setup);
  const add = (url: string) =>
    post(setup, `/threads/${thread_id}/messages`, {
      role: "user",
      content: [{ type: "image_url", image_url: { url } }],
    });
  for (const url of ["http://a.example/x.png", "HTTPS://a.example/x", "data:image/png;base64,AA"]) {
    assert.equal((await add(url)).status, 200, url);
  }
  for (const url of ["file:///etc/passwd", "javascript:1", "data:text/html,x", "x.png", "//a/b"]) {
    const { status, error } = await add(url);
    assert.deepEqual([status, error?.param], [400, "content[0].image_url.url"], url);
  }
});
