import { LLMock } from "@copilotkit/aimock";
import assert from "node:assert/strict";
import { APIError } from "openai";
import type { Caller, Engine, EngineRequest } from "../../src/engine/mod.ts";
import { ApiError } from "../../src/shared/errors.ts";
import {
  type Clients,
  type ClientSettings,
  createClients,
  toApiError,
} from "../../src/gateway/mod.ts";
import {
  gate,
  hang,
  neverAnswer,
  startResponsesServer,
  status,
  text,
} from "../fakes/responses_server.ts";

interface Seen {
  request: EngineRequest;
  caller: Caller;
}

/** An engine that answers every request with an object of its path, and keeps what it saw. */
function listening(): { engine: Engine; seen: Seen[] } {
  const seen: Seen[] = [];
  const engine: Engine = {
    fetch(request, caller) {
      seen.push({ request, caller });
      const { pathname } = new URL(request.url);
      return Promise.resolve(Response.json({ id: pathname }, { headers: { "x-request-id": "r" } }));
    },
    fetchFile: () => Promise.resolve(undefined),
    keepFile: () => Promise.reject(new Error("unused")),
    adopt: () => {},
    close: () => Promise.resolve(),
  };
  return { engine, seen };
}

function clients(settings: Partial<ClientSettings>, { engine } = listening()): Clients {
  return createClients({
    engine,
    settings: {
      OPENAI_BASE_URL: "https://api.openai.com/v1",
      OPENAI_TIMEOUT_S: 20,
      OPENAI_MAX_RETRIES: 0,
      OPENAI_MAX_CONCURRENCY: 4,
      ...settings,
    },
  });
}

const DOOR = new URL("../../src/gateway/mod.ts", import.meta.url).href;

const ask = { model: "gpt-test", input: "Good morning" };

Deno.test("clients.of() gives a credential one client, and another its own", async () => {
  const own = clients({});
  const one = { tenant: "a", apiKey: "sk-1" };
  assert.equal(await own.of(one), await own.of({ ...one }));
  const [first, again] = await Promise.all([own.of({ tenant: "b" }), own.of({ tenant: "b" })]);
  assert.equal(first, again);
  assert.notEqual(await own.of(one), await own.of({ ...one, apiKey: "sk-2" }));
  assert.notEqual(await own.of(one), await own.of({ ...one, tenant: "b" }));
});

Deno.test("clients.of() keeps a bounded number of clients, the latest used", async () => {
  const own = clients({});
  const kept = await own.of({ tenant: "kept" });
  const dropped = await own.of({ tenant: "dropped" });
  for (let index = 0; index < 600; index++) {
    await own.of({ tenant: `t${index}` });
    if (index % 100 === 0) assert.equal(await own.of({ tenant: "kept" }), kept);
  }
  assert.equal(await own.of({ tenant: "kept" }), kept);
  assert.notEqual(await own.of({ tenant: "dropped" }), dropped);
});

Deno.test("a client sends the Assistants API to the engine and all else to the upstream", async () => {
  await using fake = startResponsesServer();
  const heard = listening();
  const openai = await clients({ OPENAI_BASE_URL: `${fake.url}/` }, heard)
    .of({ tenant: "ann", apiKey: "sk-ann-12345678" });

  assert.equal((await openai.beta.assistants.retrieve("asst_1")).id, "/assistants/asst_1");
  await openai.beta.threads.create({ metadata: { a: "b" } });
  await openai.beta.assistants.list({ limit: 3 });
  assert.deepEqual(heard.seen.map(({ request }) => `${request.method} ${request.url}`), [
    "GET http://engine/assistants/asst_1",
    "POST http://engine/threads",
    "GET http://engine/assistants?limit=3",
  ]);
  assert.deepEqual(JSON.parse(await heard.seen[1]?.request.text() ?? ""), { metadata: { a: "b" } });
  assert.equal(heard.seen[0]?.caller.tenant, "ann");
  assert.equal(await heard.seen[0]?.caller.upstream(), openai);
  assert.equal(fake.requests.length, 0);

  const response = await openai.responses.stream(ask).finalResponse();
  assert.equal(response.output_text, 'You said: "Good morning".');
  await openai.models.list();
  await assert.rejects(async () => await openai.get("/threads_of_another_kind"), APIError);
  assert.equal(heard.seen.length, 3);
  assert.equal(fake.requests[0]?.headers.authorization, "Bearer sk-ann-12345678");
});

Deno.test("a client passes its caller's abort on to the engine and to the upstream", async () => {
  await using fake = startResponsesServer();
  const heard = listening();
  const openai = await clients({ OPENAI_BASE_URL: fake.url }, heard).of({ tenant: "a" });
  const stop = new AbortController();
  await openai.beta.assistants.retrieve("asst_1", { signal: stop.signal });
  const silent = hang(text("a"), 2);
  fake.enqueue(silent, neverAnswer());
  const stream = await openai.responses.create({ ...ask, stream: true }, { signal: stop.signal });
  const reading = Array.fromAsync(stream);
  const pending = openai.responses.create(ask, { signal: stop.signal });
  const rejected = assert.rejects(async () => await pending, (error) => {
    assert.deepEqual([toApiError(error).status, toApiError(error).code], [499, "cancelled"]);
    return true;
  });
  await fake.received(2);
  stop.abort();
  await rejected;
  await reading;
  await silent.gone;
});

Deno.test("a client stops the upstream when its user leaves a stream", async () => {
  await using fake = startResponsesServer();
  const own = clients({ OPENAI_BASE_URL: fake.url, OPENAI_MAX_CONCURRENCY: 1 });
  const openai = await own.of({ tenant: "a" });
  const silent = hang(text(["a", "b"]), 5);
  fake.enqueue(silent);
  for await (const event of await openai.responses.create({ ...ask, stream: true })) {
    if (event.type === "response.output_text.delta") break;
  }
  await silent.gone;
  assert.equal((await openai.responses.create(ask)).status, "completed");
});

Deno.test("a client without a key says which variable to set, at OpenAI only", async () => {
  for (const host of ["api.openai.com", "eu.api.openai.com"]) {
    const heard = listening();
    const openai = await clients({ OPENAI_BASE_URL: `https://${host}/v1` }, heard)
      .of({ tenant: "a" });
    const refused = (error: unknown) => {
      const { status, code, message } = toApiError(error);
      assert.deepEqual([status, code], [401, "missing_api_key"]);
      assert.match(message, /OPENAI_API_KEY.*--offline/);
      return true;
    };
    await assert.rejects(async () => await openai.responses.create(ask), refused);
    await assert.rejects(async () => await openai.models.list(), refused);
    assert.ok(await openai.beta.assistants.retrieve("asst_1"));
    await assert.rejects(async () => await heard.seen[0]?.caller.upstream(), ApiError);
    await assert.rejects(async () => await heard.seen[0]?.caller.upstream(), refused);
  }
});

Deno.test("a client without a key sends none to a server that needs none", async () => {
  await using fake = startResponsesServer();
  const openai = await clients({ OPENAI_BASE_URL: fake.url }).of({ tenant: "a" });
  await openai.responses.create(ask);
  assert.equal(fake.requests[0]?.headers.authorization, undefined);
});

Deno.test("a client takes organization and project from the settings", async () => {
  await using fake = startResponsesServer();
  const named = { OPENAI_ORG_ID: "org-1", OPENAI_PROJECT_ID: "proj-1" };
  const openai = await clients({ OPENAI_BASE_URL: fake.url, ...named }).of({ tenant: "a" });
  await openai.responses.create(ask);
  const headers = fake.requests[0]?.headers;
  assert.equal(headers?.["openai-organization"], "org-1");
  assert.equal(headers?.["openai-project"], "proj-1");
});

Deno.test("a client takes nothing from the environment", async () => {
  await using fake = startResponsesServer();
  // In a process of its own, since tests in other files share the environment of this one.
  const program = `
    const { createClients } = await import(${JSON.stringify(DOOR)});
    const { of } = createClients({
      engine: { fetch: () => Promise.reject(new Error()), close: () => Promise.resolve() },
      settings: {
        OPENAI_BASE_URL: ${JSON.stringify(fake.url)},
        OPENAI_TIMEOUT_S: 20,
        OPENAI_MAX_RETRIES: 0,
        OPENAI_MAX_CONCURRENCY: 1,
      },
    });
    const openai = await of({ tenant: "a", apiKey: "sk-own" });
    await openai.responses.create(${JSON.stringify(ask)});
  `;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", program],
    cwd: new URL("../..", import.meta.url),
    env: {
      OPENAI_API_KEY: "sk-environment",
      OPENAI_ADMIN_KEY: "sk-environment",
      OPENAI_BASE_URL: "http://environment.invalid/v1",
      OPENAI_ORG_ID: "org-environment",
      OPENAI_PROJECT_ID: "proj-environment",
      OPENAI_CUSTOM_HEADERS: "Authorization: Bearer environment\nX-Custom: environment",
      OPENAI_LOG: "debug",
    },
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  assert.ok(success);
  assert.equal(stdout.length, 0);
  assert.equal(fake.requests[0]?.headers.authorization, "Bearer sk-own");
  assert.ok(!JSON.stringify(fake.requests).includes("environment"));
});

Deno.test("a client says what went wrong at the upstream, as an answer and in a stream", async () => {
  await using fake = startResponsesServer();
  const openai = await clients({ OPENAI_BASE_URL: fake.url, OPENAI_TIMEOUT_S: 0.5 })
    .of({ tenant: "a", apiKey: "sk-proj-abcdefgh" });
  fake.enqueue(neverAnswer());
  await assert.rejects(async () => await openai.responses.create(ask), (error) => {
    assert.ok(error instanceof APIError);
    assert.equal(error.status, 504);
    assert.match(toApiError(error).message, /^The model server did not .*OPENAI_TIMEOUT_S/);
    return true;
  });
  fake.enqueue(hang(text("a"), 5));
  await assert.rejects(openai.responses.stream(ask).finalResponse(), (error) => {
    const { status, code, requestId } = toApiError(error);
    assert.deepEqual([status, code, requestId], [504, "timeout", fake.requests[1]?.requestId]);
    return true;
  });
  const message = "Incorrect API key provided: sk-proj-abcdefgh.";
  fake.enqueue(status(401, { body: { error: { message, code: "invalid_api_key" } } }));
  await assert.rejects(async () => await openai.responses.create(ask), (error) => {
    assert.equal(toApiError(error).message, "Incorrect API key provided: [key].");
    assert.equal(toApiError(error).code, "invalid_api_key");
    return true;
  });
});

Deno.test("a client turns what the engine throws into an error, not a connection error", async () => {
  const engine: Engine = {
    fetch: () => Promise.reject(new RangeError("Out of shelves.")),
    fetchFile: () => Promise.resolve(undefined),
    keepFile: () => Promise.reject(new Error("unused")),
    adopt: () => {},
    close: () => Promise.resolve(),
  };
  const openai = await clients({}, { engine, seen: [] }).of({ tenant: "a" });
  await assert.rejects(async () => await openai.beta.assistants.retrieve("asst_1"), (error) => {
    assert.deepEqual([toApiError(error).status, toApiError(error).message], [
      500,
      "Out of shelves.",
    ]);
    return true;
  });
});

Deno.test("clients share one line to the upstream", async () => {
  await using fake = startResponsesServer();
  const own = clients({ OPENAI_BASE_URL: fake.url, OPENAI_MAX_CONCURRENCY: 1 });
  const first = gate();
  fake.enqueue(text(["a", first]), text("b"));
  const [ann, bob] = [await own.of({ tenant: "ann" }), await own.of({ tenant: "bob" })];
  const both = [ann, bob].map((openai) => openai.responses.stream(ask).finalResponse());
  await first.reached;
  first.open();
  assert.deepEqual((await Promise.all(both)).map((response) => response.output_text), ["a", "b"]);
  assert.equal(fake.peak, 1);
});

Deno.test("clients.close() breaks off what is under way at the upstream", async () => {
  await using fake = startResponsesServer();
  const own = clients({ OPENAI_BASE_URL: fake.url });
  const silent = hang(text("a"), 2);
  fake.enqueue(silent);
  const openai = await own.of({ tenant: "a" });
  const broken = assert.rejects(openai.responses.stream(ask).finalResponse(), /shutting down/);
  await fake.received(1);
  await own.close();
  await broken;
});

Deno.test("a client answers offline with no key and no network", async () => {
  const openai = await clients({ OPENAI_BASE_URL: "offline:" }).of({ tenant: "a" });
  const response = await openai.responses.stream(ask).finalResponse();
  assert.match(response.output_text, /offline model.*You wrote "Good morning"\./);
  assert.deepEqual((await openai.models.list()).data.map(({ id }) => id), ["offline-model"]);
});

// aimock leaves a timer of its own behind.
Deno.test("a client gets the text of an aimock fixture", {
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  const mock = new LLMock({ port: 0 });
  mock.onMessage("Good morning", { content: "Good morning to you, says the fixture." });
  await mock.start();
  try {
    const openai = await clients({ OPENAI_BASE_URL: `${mock.url}/v1` })
      .of({ tenant: "a", apiKey: "mock" });
    const whole = await openai.responses.create(ask);
    assert.equal(whole.output_text, "Good morning to you, says the fixture.");
    const streamed = await openai.responses.stream(ask).finalResponse();
    assert.equal(streamed.output_text, whole.output_text);
  } finally {
    await mock.stop();
  }
});
