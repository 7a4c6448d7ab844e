/** OpenAI's API at `/v1`, over a real socket and with the official SDK: who may call, and what comes of it. */

import OpenAI, { APIError } from "openai";
import assert from "node:assert/strict";
import { OWN_KEY, serveHttp, type TestServer } from "../kit/http_server.ts";
import { hang, neverAnswer, PNG, status, text } from "../fakes/responses_server.ts";

const TOKEN = "0123456789abcdef-token";
const ADA = "sk-ada-0123456789abcdef";
const BEN = "sk-ben-0123456789abcdef";

function clientOf({ origin }: TestServer, apiKey: string, maxRetries = 0): OpenAI {
  return new OpenAI({ baseURL: `${origin}/v1`, apiKey, maxRetries });
}

/** A run to its end, and what the model was asked with. */
async function converse(openai: OpenAI): Promise<{ threadId: string; answer: string }> {
  const assistant = await openai.beta.assistants.create({ model: "gpt-test" });
  const thread = await openai.beta.threads.create({
    messages: [{ role: "user", content: "Hello?" }],
  });
  const stream = openai.beta.threads.runs.stream(thread.id, { assistant_id: assistant.id });
  let answer = "";
  stream.on("textDelta", ({ value = "" }) => answer += value);
  assert.equal((await stream.finalRun()).status, "completed");
  return { threadId: thread.id, answer };
}

/** The refusal of a call of the SDK: it is in OpenAI's shape. */
async function refusal(call: Promise<unknown>): Promise<APIError> {
  const error = await call.then(() => assert.fail("it is not refused"), (error) => error);
  assert.ok(error instanceof APIError, String(error));
  assert.deepEqual(Object.keys(Object(error.error)).slice(0, 4), [
    "message",
    "type",
    "param",
    "code",
  ]);
  assert.match(error.headers?.get("x-request-id") ?? "", /^[\w.:-]{8,}$/);
  return error;
}

Deno.test("/v1, own key and no token: any key comes in, and the server's own is spent", async () => {
  await using server = serveHttp();
  const openai = clientOf(server, "whatever");
  assert.equal((await converse(openai)).answer, 'You said: "Hello?".');
  assert.equal((await openai.models.list()).data[0]?.id, "gpt-6.1-terra");
  for (const { headers } of server.upstream.requests) {
    assert.equal(headers.authorization, `Bearer ${OWN_KEY}`);
  }
  assert.ok(!JSON.stringify(server.upstream.requests).includes("whatever"));
});

Deno.test("/v1, own key and a token: the token is the apiKey, and stays here", async () => {
  await using server = serveHttp({ token: TOKEN });
  const openai = clientOf(server, TOKEN);
  await converse(openai);
  await openai.models.list();
  await openai.files.create({ file: new File(["x"], "x.txt"), purpose: "assistants" });
  assert.equal(server.upstream.requests.length, 3);
  for (const { headers } of server.upstream.requests) {
    assert.equal(headers.authorization, `Bearer ${OWN_KEY}`);
    assert.ok(!JSON.stringify(headers).includes(TOKEN));
  }
  for (const apiKey of [`${TOKEN}x`, OWN_KEY, ADA]) {
    const wrong = clientOf(server, apiKey);
    for (const call of [() => wrong.models.list(), () => wrong.beta.threads.create()]) {
      const { status, code } = await refusal(call());
      assert.deepEqual([status, code], [401, "invalid_token"]);
    }
  }
  assert.equal(server.upstream.requests.length, 3);
});

Deno.test("/v1, callers' keys: each spends their own, and a key that is refused comes no further", async () => {
  await using server = serveHttp({
    passthrough: { inUrl: true },
    acceptsKey: (key) => key === ADA,
  });
  const openai = clientOf(server, ADA);
  await converse(openai);
  await openai.responses.create({ model: "gpt-test", input: "Hi" });
  for (const { headers } of server.upstream.requests) {
    assert.equal(headers.authorization, `Bearer ${ADA}`);
  }
  const asked = server.upstream.requests.length;
  for (
    const call of [() => clientOf(server, BEN).models.list(), () => converse(clientOf(server, BEN))]
  ) {
    const { status, code, message } = await refusal(call());
    assert.deepEqual([status, code], [401, "invalid_api_key"]);
    assert.ok(!message.includes(BEN), message);
  }
  assert.equal(server.upstream.requests.length, asked + 1);
  const { status, code } = await refusal(clientOf(server, "none").beta.threads.create());
  assert.deepEqual([status, code], [401, "missing_api_key"]);
  // Addresses have a place for a key at /mcp only.
  const inUrl = await fetch(`${server.origin}/v1/${ADA}/threads`, { method: "POST" });
  assert.equal(inUrl.status, 401);
  await inUrl.body?.cancel();
});

Deno.test("/v1: two tenants see nothing of each other", async () => {
  await using server = serveHttp({ passthrough: { inUrl: false } });
  const [ada, ben] = [clientOf(server, ADA), clientOf(server, BEN)];
  const assistant = await ada.beta.assistants.create({ model: "gpt-test", name: "Ada's" });
  const { threadId: thread_id } = await converse(ada);
  const [run] = (await ada.beta.threads.runs.list(thread_id)).data;
  const [message] = (await ada.beta.threads.messages.list(thread_id)).data;
  assert.ok(run && message);
  const [step] = (await ada.beta.threads.runs.steps.list(run.id, { thread_id })).data;
  assert.ok(step);

  const { threads, assistants } = ben.beta;
  const calls = [
    () => assistants.retrieve(assistant.id),
    () => assistants.update(assistant.id, { name: "Ben's" }),
    () => assistants.delete(assistant.id),
    () => threads.retrieve(thread_id),
    () => threads.update(thread_id, { metadata: {} }),
    () => threads.delete(thread_id),
    () => threads.messages.list(thread_id),
    () => threads.messages.create(thread_id, { role: "user", content: "Ben was here" }),
    () => threads.messages.retrieve(message.id, { thread_id }),
    () => threads.runs.list(thread_id),
    () => threads.runs.retrieve(run.id, { thread_id }),
    () => threads.runs.cancel(run.id, { thread_id }),
    () => threads.runs.create(thread_id, { assistant_id: assistant.id }),
    () => threads.runs.steps.retrieve(step.id, { thread_id, run_id: run.id }),
  ];
  for (const call of calls) {
    const { status, message } = await refusal(call());
    assert.equal(status, 404, message);
    assert.match(message, /No (assistant|thread|message|run|run step) found with id/);
  }
  assert.deepEqual((await assistants.list()).data, []);
  const listed = await ben.get("/threads") as { data: unknown[] };
  assert.deepEqual(listed.data, []);
  assert.equal((await ada.beta.assistants.retrieve(assistant.id)).name, "Ada's");
  assert.equal((await ada.beta.threads.messages.list(thread_id)).data.length, 2);
});

Deno.test("/v1: the API and the tools show the same objects", async () => {
  await using server = serveHttp();
  const openai = clientOf(server, "any");
  const thread = await openai.beta.threads.create({ metadata: { by: "sdk" } });
  const response = await fetch(`${server.origin}/mcp/call?tool_name=get_thread`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ thread_id: thread.id }),
  });
  const { structuredContent } = await response.json();
  assert.deepEqual(structuredContent, { ...thread });
});

Deno.test("/v1 passes files, uploads, stores, containers and images on, as the SDK uses them", async () => {
  await using server = serveHttp();
  const openai = clientOf(server, "any");
  const file = await openai.files.create({
    file: new File(["Hello, file."], "hello.txt"),
    purpose: "batch",
  });
  assert.equal(file.filename, "hello.txt");
  assert.equal((await openai.files.retrieve(file.id)).bytes, 12);
  assert.equal(await (await openai.files.content(file.id)).text(), "Hello, file.");
  assert.deepEqual((await openai.files.list()).data.map(({ id }) => id), [file.id]);

  const upload = await openai.uploads.create({
    filename: "two.txt",
    bytes: 6,
    mime_type: "text/plain",
    purpose: "batch",
  });
  const parts: string[] = [];
  for (const data of ["one", "two"]) {
    parts.push(
      (await openai.uploads.parts.create(upload.id, { data: new File([data], "part") })).id,
    );
  }
  const whole = await openai.uploads.complete(upload.id, { part_ids: parts });
  assert.equal(await (await openai.files.content(whole.file?.id ?? "")).text(), "onetwo");

  const store = await openai.vectorStores.create({ name: "Store" });
  const stored = await openai.vectorStores.files.createAndPoll(
    store.id,
    { file_id: file.id },
    { pollIntervalMs: 1 },
  );
  assert.equal(stored.status, "completed");
  assert.equal((await openai.vectorStores.retrieve(store.id)).name, "Store");
  assert.ok((await openai.vectorStores.search(store.id, { query: "Hello" })).data);
  assert.equal((await openai.vectorStores.delete(store.id)).deleted, true);

  const container = await openai.containers.create({ name: "Box" });
  const put = await openai.containers.files.create(container.id, {
    file: new File(["a,b"], "table.csv"),
  });
  const inside = { container_id: container.id };
  assert.equal(
    await (await openai.containers.files.content.retrieve(put.id, inside)).text(),
    "a,b",
  );

  const images = await openai.images.generate({ model: "gpt-image-test", prompt: "A cat" });
  assert.equal(images.data?.[0]?.b64_json, PNG.toBase64());
  const edited = await openai.images.edit({
    model: "gpt-image-test",
    prompt: "Another",
    image: new File([PNG], "cat.png", { type: "image/png" }),
  });
  assert.ok(edited.data?.[0]?.b64_json);

  assert.equal((await openai.files.delete(file.id)).deleted, true);
  assert.equal((await refusal(openai.files.retrieve(file.id))).status, 404);
});

Deno.test("/v1 passes responses on, whole and streamed, with the model server's request id", async () => {
  await using server = serveHttp();
  const openai = clientOf(server, "any");
  const whole = await openai.responses.create({ model: "gpt-test", input: "Hi" });
  assert.equal(whole.output_text, 'You said: "Hi".');
  assert.equal(whole._request_id, server.upstream.requests[0]?.requestId);

  const stream = openai.responses.stream({ model: "gpt-test", input: "Hi" });
  let deltas = "";
  stream.on("response.output_text.delta", ({ delta }) => deltas += delta);
  assert.equal((await stream.finalResponse()).output_text, 'You said: "Hi".');
  assert.equal(deltas, 'You said: "Hi".');

  const { response } = await openai.beta.threads.create().withResponse();
  assert.match(response.headers.get("x-request-id") ?? "", /^req_/);
});

Deno.test("/v1 passes on what belongs to a request, and nothing of its caller", async () => {
  await using server = serveHttp({ token: TOKEN });
  const response = await fetch(`${server.origin}/v1/responses?include[]=a%2Fb`, {
    method: "POST",
    headers: {
      accept: "application/json",
      authorization: `Bearer ${TOKEN}`,
      "content-type": "application/json",
      cookie: "session=secret",
      forwarded: "for=192.0.2.1",
      "idempotency-key": "once",
      "openai-beta": "responses=v1",
      "openai-organization": "org-of-caller",
      "openai-project": "proj-of-caller",
      "x-api-key": "sk-caller-0123456789",
      "x-forwarded-for": "192.0.2.1",
      "x-openai-api-key": ADA,
      "x-request-id": "of-the-caller",
      "x-stainless-os": "Linux",
      "api-key": "another",
    },
    body: JSON.stringify({ model: "gpt-test", input: "Hi" }),
  });
  assert.equal(response.status, 200);
  await response.body?.cancel();
  const [request] = server.upstream.requests;
  assert.equal(request?.path, "/responses?include[]=a%2Fb");
  const { host: _, ...sent } = request.headers;
  assert.deepEqual(sent, {
    accept: "application/json",
    // What Deno adds of itself.
    "accept-encoding": "gzip,br",
    "accept-language": "*",
    authorization: `Bearer ${OWN_KEY}`,
    "content-length": "33",
    "content-type": "application/json",
    "idempotency-key": "once",
    "openai-beta": "responses=v1",
    "user-agent": sent["user-agent"],
  });
  assert.match(sent["user-agent"] ?? "", /^Deno/);
});

Deno.test("/v1 passes back what a client uses, and nothing of the model server's connection", async () => {
  await using server = serveHttp();
  server.upstream.enqueue(status(200, {
    headers: {
      "access-control-allow-origin": "*",
      "alt-svc": 'h3=":443"',
      "cf-ray": "1",
      "content-disposition": 'attachment; filename="a.json"',
      "openai-organization": "org-of-the-server",
      "openai-poll-after-ms": "70",
      "openai-processing-ms": "12",
      "openai-project": "proj-of-the-server",
      "openai-version": "2020-10-01",
      "proxy-authenticate": "Basic",
      "set-cookie": "__cf_bm=1",
      "strict-transport-security": "max-age=31536000",
      "www-authenticate": "Bearer",
      "x-ratelimit-remaining-tokens": "3",
    },
    body: { object: "response", output: [] },
  }));
  const response = await fetch(`${server.origin}/v1/responses`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-test", input: "Hi" }),
  });
  assert.deepEqual(await response.json(), { object: "response", output: [] });
  const { date: _, ...headers } = Object.fromEntries(response.headers);
  assert.deepEqual(headers, {
    "content-disposition": 'attachment; filename="a.json"',
    "content-length": headers["content-length"],
    // A browser that is led here runs nothing.
    "content-security-policy": "default-src 'none'; sandbox",
    "content-type": "application/json",
    "openai-poll-after-ms": "70",
    "openai-processing-ms": "12",
    "openai-version": "2020-10-01",
    "x-content-type-options": "nosniff",
    "x-ratelimit-remaining-tokens": "3",
    "x-request-id": server.upstream.requests[0]?.requestId,
  });
});

Deno.test("/v1 breaks off what is passed on when its client goes, and no run", async () => {
  await using server = serveHttp({ concurrency: 1 });
  const openai = clientOf(server, "any");
  const silent = hang(text("a"), 3);
  server.upstream.enqueue(silent);
  for await (
    const { type } of await openai.responses.create({ model: "gpt-test", input: "", stream: true })
  ) {
    if (type === "response.output_item.added") break;
  }
  await silent.gone;

  const leaving = new AbortController();
  server.upstream.enqueue(neverAnswer());
  const asked = openai.responses.create(
    { model: "gpt-test", input: "" },
    { signal: leaving.signal },
  );
  const left = assert.rejects(async () => await asked, /aborted/);
  await server.upstream.received(2);
  leaving.abort();
  await left;

  // There is one place, which both have given back; a run keeps it.
  const assistant = await openai.beta.assistants.create({ model: "gpt-test" });
  const thread = await openai.beta.threads.create({ messages: [{ role: "user", content: "Go" }] });
  const run = openai.beta.threads.runs.stream(thread.id, { assistant_id: assistant.id });
  const { promise: begun, resolve } = Promise.withResolvers<string>();
  run.on("event", ({ event, data }) => event === "thread.run.created" && resolve(data.id));
  const gone = assert.rejects(run.done(), /aborted/);
  const runId = await begun;
  run.abort();
  await gone;
  const { status } = await openai.beta.threads.runs.poll(runId, { thread_id: thread.id });
  assert.equal(status, "completed");
});

Deno.test("/v1 is there for the SDK in a page of a listed origin, and in no other", async () => {
  const origin = "https://app.example";
  await using server = serveHttp({ token: TOKEN, allowedOrigins: [origin] });
  const asked = [
    "authorization",
    "content-type",
    "openai-beta",
    "openai-organization",
    "x-stainless-arch",
    "x-stainless-retry-count",
    "x-stainless-timeout",
  ];
  for (const method of ["GET", "POST", "DELETE"]) {
    for (const [page, status] of [[origin, 204], ["https://other.example", 403]] as const) {
      const preflight = await fetch(`${server.origin}/v1/threads/thread_1`, {
        method: "OPTIONS",
        headers: {
          origin: page,
          "access-control-request-method": method,
          "access-control-request-headers": asked.join(","),
        },
      });
      await preflight.body?.cancel();
      assert.equal(preflight.status, status);
      const { headers } = preflight;
      assert.equal(headers.get("access-control-allow-origin"), status === 204 ? origin : null);
      if (status !== 204) continue;
      assert.equal(headers.get("access-control-allow-headers"), asked.join(","));
      assert.match(headers.get("access-control-allow-methods") ?? "", new RegExp(method));
    }
  }
  for (const path of ["/threads", "/responses", "/nothing"]) {
    const response = await fetch(`${server.origin}/v1${path}`, {
      method: "POST",
      headers: { origin, authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify(path === "/responses" ? { model: "gpt-test", input: "Hi" } : {}),
    });
    await response.body?.cancel();
    assert.equal(response.headers.get("access-control-allow-origin"), origin);
    const exposed = response.headers.get("access-control-expose-headers") ?? "";
    for (
      const name of ["x-request-id", "openai-poll-after-ms", "x-should-retry", "retry-after-ms"]
    ) {
      assert.ok(exposed.split(",").includes(name), name);
    }
  }
});
