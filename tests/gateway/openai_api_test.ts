import assert from "node:assert/strict";
import { createEngine } from "../../src/engine/mod.ts";
import {
  type ApiRequest,
  type Clients,
  type ClientSettings,
  createClients,
} from "../../src/gateway/mod.ts";
import { openStore } from "../../src/store/mod.ts";
import { startResponsesServer } from "../fakes/responses_server.ts";

const CREDENTIAL = { tenant: "ann", apiKey: "sk-ann-0123456789" };

interface World extends AsyncDisposable {
  apiOf: Clients["apiOf"];
}

function open(settings: Partial<ClientSettings>): World {
  const store = openStore("sqlite::memory:");
  const engine = createEngine({ store });
  const { apiOf } = createClients({
    engine,
    settings: {
      OPENAI_BASE_URL: "https://api.openai.com/v1",
      OPENAI_TIMEOUT_S: 20,
      OPENAI_MAX_RETRIES: 0,
      OPENAI_MAX_CONCURRENCY: 4,
      ...settings,
    },
  });
  return {
    apiOf,
    async [Symbol.asyncDispose]() {
      await engine.close();
      await store.close();
    },
  };
}

function asking(method: string, headers: Record<string, string> = {}): ApiRequest {
  const body = method === "POST" ? "{}" : null;
  return { method, headers: new Headers(headers), body, signal: new AbortController().signal };
}

Deno.test("apiOf() sends the Assistants API on where the upstream serves it, in its own name", async () => {
  await using upstream = startResponsesServer();
  await using world = open({
    OPENAI_BASE_URL: `${upstream.url}?api-version=v9`,
    OPENAI_ORG_ID: "org-1",
    OPENAI_PROJECT_ID: "proj-1",
    ASSISTANTS_BACKEND: "assistants",
  });
  const api = world.apiOf(CREDENTIAL);
  const plain = { "content-type": "application/json", cookie: "a=b" };
  await assert.rejects(api("/threads?a=b", asking("POST", plain)), { code: "assistants_api_off" });
  const beta = { "openai-beta": "assistants=v3", authorization: "Bearer of-the-caller" };
  await (await api("/models", asking("GET", beta))).body?.cancel();

  const [first, second] = upstream.requests;
  assert.equal(first?.path, "/threads?a=b&api-version=v9");
  assert.equal(first.headers["openai-beta"], "assistants=v2");
  assert.equal(second?.headers["openai-beta"], "assistants=v3");
  for (const { headers } of upstream.requests) {
    assert.equal(headers.authorization, `Bearer ${CREDENTIAL.apiKey}`);
    assert.equal(headers["openai-organization"], "org-1");
    assert.equal(headers["openai-project"], "proj-1");
    assert.equal(headers.cookie, undefined);
  }
});

Deno.test("apiOf() is the same for the same credential, and sends no key where there is none", async () => {
  await using upstream = startResponsesServer();
  await using world = open({ OPENAI_BASE_URL: upstream.url });
  const api = world.apiOf({ tenant: "default" });
  assert.equal(api, world.apiOf({ tenant: "default" }));
  assert.notEqual(api, world.apiOf(CREDENTIAL));
  const caller = { authorization: "Bearer of-the-caller" };
  assert.equal((await (await api("/models", asking("GET", caller))).json()).object, "list");
  assert.equal(upstream.requests[0]?.headers.authorization, undefined);
  assert.match((await (await api("/threads", asking("POST", caller))).json()).id, /^thread_/);
});

Deno.test("apiOf() asks nobody at OpenAI without a key", async () => {
  await using world = open({});
  const api = world.apiOf({ tenant: "default" });
  await assert.rejects(api("/models", asking("GET")), { status: 401, code: "missing_api_key" });
  assert.equal((await api("/threads", asking("GET"))).status, 200);
});
