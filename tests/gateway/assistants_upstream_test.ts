/** The upstream as the backend: the SDK's calls as they are, and help where it has less than the engine. */

import assert from "node:assert/strict";
import type OpenAI from "openai";
import type { Engine } from "../../src/engine/mod.ts";
import { ApiError } from "../../src/shared/errors.ts";
import { assistantsApi } from "../../src/gateway/assistants_upstream.ts";
import { createClients, toApiError } from "../../src/gateway/mod.ts";
import {
  type AssistantsServer,
  refusal,
  startAssistantsServer,
} from "../fakes/assistants_server.ts";

const KEY = { headers: { "Idempotency-Key": "default" } };
const DEFAULT = { model: "gpt-test", metadata: { created_by: "us", purpose: "default" } };

/** Not to be asked anything. */
const engine: Engine = {
  fetch: () => assert.fail("The engine was asked."),
  fetchFile: () => Promise.resolve(undefined),
  keepFile: () => assert.fail("The engine was asked."),
  adopt: () => assert.fail("The engine was asked."),
  close: () => Promise.resolve(),
};

Deno.test("the assistants backend sends the SDK's calls to the upstream as they are", async () => {
  await using server = startAssistantsServer();
  const openai = await client(server);
  const { id } = await openai.beta.assistants.create({ model: "gpt-test", name: "Ada" });
  const thread = await openai.beta.threads.create();
  const stream = openai.beta.threads.runs.stream(thread.id, { assistant_id: id });
  const run = await stream.finalRun();
  assert.equal(run.status, "completed");
  assert.equal((await openai.beta.threads.messages.list(thread.id, { limit: 1 })).data.length, 1);
  assert.deepEqual(server.requests, [
    "POST /assistants",
    "POST /threads",
    `POST /threads/${thread.id}/runs`,
    `GET /threads/${thread.id}/messages?limit=1`,
  ]);
  await assert.rejects(
    async () => await openai.beta.assistants.retrieve("asst_none"),
    (error) => {
      const { status, message, requestId } = toApiError(error);
      assert.deepEqual([status, message], [404, "No assistant found with id 'asst_none'."]);
      assert.match(String(requestId), /^req_/);
      return true;
    },
  );
});

Deno.test("the assistants backend sends the query of the base URL with every request", async () => {
  await using server = startAssistantsServer({ query: "api-version=v1" });
  const openai = await client(server, "?api-version=v1");
  await openai.beta.threads.create();
  await openai.beta.assistants.list({ limit: 2 });
  assert.deepEqual(server.requests, [
    "POST /threads?api-version=v1",
    "GET /assistants?limit=2&api-version=v1",
  ]);
});

Deno.test("the assistants backend makes the assistant of a key once, and finds it after a restart", async () => {
  await using server = startAssistantsServer();
  const openai = await client(server);
  await openai.beta.assistants.create({ model: "gpt-test", metadata: { created_by: "us" } });
  const made = await Promise.all([1, 2, 3].map(() => openai.beta.assistants.create(DEFAULT, KEY)));
  const [{ id } = { id: "" }] = made;
  assert.deepEqual(made.map((assistant) => assistant.id), [id, id, id]);
  assert.deepEqual(made[0]?.metadata, DEFAULT.metadata);
  const asked = server.requests.length;
  assert.equal((await openai.beta.assistants.create(DEFAULT, KEY)).id, id);
  assert.equal(server.requests.length, asked, "It is asked for again.");

  // So that it is not the newest, nor on the first page.
  for (let count = 0; count < 101; count++) {
    await openai.beta.assistants.create({ model: "gpt-test" });
  }
  const restarted = await client(server);
  assert.equal((await restarted.beta.assistants.create(DEFAULT, KEY)).id, id);
});

Deno.test("the assistants backend makes the assistant of a key anew when it is gone", async () => {
  await using server = startAssistantsServer();
  const openai = await client(server);
  const own = await openai.beta.assistants.create(DEFAULT, KEY);
  await openai.beta.assistants.delete(own.id);
  const next = await openai.beta.assistants.create(DEFAULT, KEY);
  assert.notEqual(next.id, own.id);

  await (await client(server)).beta.assistants.delete(next.id);
  await assert.rejects(
    openai.beta.threads.createAndRun({ assistant_id: next.id }),
    { status: 404 },
  );
  const last = await openai.beta.assistants.create(DEFAULT, KEY);
  assert.notEqual(last.id, next.id);
});

Deno.test("the assistants backend passes on why an assistant cannot be looked for or made", async () => {
  const refusals = [refusal(403, "No access."), refusal(401, "Incorrect API key provided: x.")];
  await using server = startAssistantsServer({ instead: () => refusals.shift() });
  const openai = await client(server);
  await assert.rejects(openai.beta.assistants.create(DEFAULT, KEY), { status: 403 });
  await assert.rejects(openai.beta.assistants.create(DEFAULT, KEY), { status: 401 });
  assert.ok(await openai.beta.assistants.create(DEFAULT, KEY));
});

Deno.test("the assistants backend answers a run as it is where its events are refused", async () => {
  await using server = startAssistantsServer({ joining: "refused" });
  const openai = await client(server);
  const { id: assistant_id } = await openai.beta.assistants.create({ model: "gpt-test" });
  const { id, thread_id } = await openai.beta.threads.createAndRun({ assistant_id });
  const path = `/threads/${thread_id}/runs/${id}`;
  const before = server.requests.length;
  for (let count = 0; count < 2; count++) {
    const run = await openai.beta.threads.runs.retrieve(id, { thread_id }, {
      query: { stream: true },
    });
    assert.equal(run.id, id);
  }
  assert.deepEqual(server.requests.slice(before), [
    `GET ${path}?stream=true`,
    `GET ${path}`,
    `GET ${path}`,
  ]);
  const wrong = openai.beta.threads.runs.retrieve("run_none", { thread_id }, {
    query: { stream: true },
  });
  await assert.rejects(async () => await wrong, { status: 404, message: /No run found/ });
});

Deno.test("the assistants backend says that the upstream cannot list threads, in its words", async () => {
  const ways = [
    { status: 401, message: "GET /v1/threads must be made with a session key." },
    { status: 404, message: "Invalid URL (GET /v1/threads)" },
    { status: 405, message: "Method not allowed." },
  ];
  for (const listing of ways) {
    await using server = startAssistantsServer({ listing });
    const openai = await client(server);
    await assert.rejects(listThreads(openai), (error) => {
      const { status, code, message, requestId } = toApiError(error);
      assert.deepEqual([status, code], [listing.status, "threads_not_listed"]);
      assert.ok(message.startsWith(listing.message), message);
      assert.match(message, /\. This upstream cannot list threads\.$|\)\. This upstream cannot/);
      assert.equal(requestId, "req_upstream");
      return true;
    });
  }
  const listing = { status: 401, message: "Incorrect API key provided: x." };
  await using server = startAssistantsServer({ listing });
  await assert.rejects(listThreads(await client(server)), {
    status: 401,
    message: /^401 Incorrect API key provided: x\.$/,
  });
});

Deno.test("the assistants backend says that OpenAI switched the API off, and what brings it back", async () => {
  const gone = [
    () => refusal(404, "Invalid URL (POST /v1/threads)"),
    () => refusal(404, "The Assistants API has been shut down."),
    () => Response.json({ error: { code: "404", message: "Resource not found" } }, { status: 404 }),
    () => Response.json({ detail: "Not Found" }, { status: 404 }),
    () => new Response("404 page not found\n", { status: 404 }),
    () => new Response("<html><body>nginx</body></html>", { status: 404 }),
    () => new Response(null, { status: 404 }),
  ];
  for (const instead of gone) {
    await using server = startAssistantsServer({ instead });
    const openai = await client(server);
    const calls = [
      () => openai.beta.threads.create(),
      () => openai.beta.assistants.create(DEFAULT, KEY),
      () => openai.beta.threads.runs.create("thread_1", { assistant_id: "asst_1", stream: true }),
      () => openai.beta.assistants.retrieve("asst_1"),
    ];
    for (const call of calls) {
      await assert.rejects(async () => await call(), (error) => {
        const { status, code, message } = toApiError(error);
        assert.deepEqual([status, code], [404, "assistants_api_off"]);
        assert.match(message, /^OpenAI switched the Assistants API off on 2026-08-26, and 127\.0/);
        assert.match(message, /does not serve it: ".+"\. Set ASSISTANTS_BACKEND=responses/);
        return true;
      });
    }
  }
});

Deno.test("the assistants backend passes on what is not found in an API that is there", async () => {
  const words = [
    "No thread found with id 'thread_1'.",
    "Files [file-1] were not found",
    "The model `gpt-x` does not exist or you do not have access to it.",
    "Vector store vs_1 not found.",
    "The API deployment for this resource does not exist.",
    "No run step found in the Assistants API with id 'step_1'.",
  ];
  for (const message of words) {
    await using server = startAssistantsServer({ instead: () => refusal(404, message) });
    const openai = await client(server);
    await assert.rejects(
      async () => await openai.beta.threads.retrieve("thread_1"),
      (error) => toApiError(error).message === message && toApiError(error).code === null,
    );
  }
});

Deno.test("the assistants backend says what the upstream cannot do of what OpenAI's could not", async () => {
  for (const extended of [false, true]) {
    await using server = startAssistantsServer({ extended });
    const openai = await client(server);
    const { id } = await openai.beta.threads.create({ messages: [user("Hello")] });
    const headers = { "OpenAI-Beta": "assistants=v2" };
    const search = openai.get<List>("/threads/search?query=hello", { headers });
    const path = `/threads/${id}/messages/batch`;
    const batch = openai.post<List>(path, { headers, body: { messages: [user("a"), user("b")] } });
    const [one, two] = await Promise.allSettled([search, batch]);
    if (extended) {
      assert.deepEqual([one, two].map((done) => "value" in done && done.value.data.length), [1, 2]);
    } else {
      const [searching, adding] = [one, two].map((done) => "reason" in done && done.reason);
      assert.equal(toApiError(searching).message, "This upstream cannot search messages.");
      assert.match(toApiError(adding).message, /cannot add many messages at once: add one after/);
      assert.equal(toApiError(adding).code, "unsupported_operation");
    }
    const missing = openai.post("/threads/thread_none/messages", { headers, body: user("a") });
    await assert.rejects(async () => await missing, /No thread found with id 'thread_none'/);
  }
});

Deno.test("the assistants backend refuses a page that its upstream has not narrowed down", async () => {
  for (const extended of [false, true]) {
    await using server = startAssistantsServer({ extended });
    const { assistants } = (await client(server)).beta;
    await assistants.create({ model: "m", metadata: { team: "north" } });
    const { created_at } = await assistants.create({ model: "m", metadata: { team: "south" } });
    const list = (filter: object) => assistants.list(filter as { limit: number });
    const filters = [
      { metadata: { team: "north" } },
      { created_after: created_at },
      { created_before: 1 },
    ];
    for (const filter of filters) {
      const [name = ""] = Object.keys(filter);
      const listing = list(filter).then(({ data }) => data.length, (error) => toApiError(error));
      const found = await listing;
      if (extended) assert.equal(found, name === "metadata" ? 1 : 0);
      else {
        assert.ok(found instanceof ApiError);
        assert.equal(found.status, 400);
        assert.match(found.message, new RegExp(`does not narrow lists down by '${name}`));
      }
    }
    assert.equal((await list({ created_after: 1 })).data.length, 2);
  }
});

function user(content: string) {
  return { role: "user" as const, content };
}

interface List {
  data: unknown[];
}

async function client({ url }: AssistantsServer, query = ""): Promise<OpenAI> {
  const clients = createClients({
    engine,
    settings: {
      OPENAI_BASE_URL: url + query,
      ASSISTANTS_BACKEND: "assistants",
      OPENAI_TIMEOUT_S: 20,
      OPENAI_MAX_RETRIES: 0,
      OPENAI_MAX_CONCURRENCY: 4,
    },
  });
  return await clients.of({ tenant: "us", apiKey: "sk-test-12345678" });
}

async function listThreads(openai: OpenAI): Promise<unknown> {
  return await openai.get("/threads", { headers: { "OpenAI-Beta": "assistants=v2" } });
}

Deno.test("the assistants backend leaves the body of a keyed assistant that is none to the upstream", async () => {
  const asked: unknown[] = [];
  const ask = assistantsApi((_, { method, body } = {}) => {
    if (method === "GET") return Promise.resolve(Response.json({ data: [], has_more: false }));
    asked.push(body);
    return Promise.resolve(Response.json({ error: { message: "No." } }, { status: 400 }));
  });
  const bodies = ['{"name": "Dear diary', "null", '{"metadata": null}'];
  for (const body of bodies) {
    const init = { method: "POST", headers: { "idempotency-key": body }, body };
    const { status } = await ask("/assistants", "http://upstream/v1/assistants", init);
    assert.equal(status, 400);
  }
  assert.deepEqual(asked, bodies);
});
