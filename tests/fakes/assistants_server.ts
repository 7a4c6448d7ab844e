/**
 * An upstream that serves the Assistants API itself, on a real socket: the engine, without what
 * OpenAI's own service never had, over a scripted model.
 */

import OpenAI from "openai";
import { createEngine } from "../../src/engine/mod.ts";
import { openStore } from "../../src/store/mod.ts";
import { type ResponsesServer, startResponsesServer } from "./responses_server.ts";

export interface AssistantsServer extends AsyncDisposable {
  /** The base URL, up to and with `/v1`. */
  readonly url: string;
  /** Every request as its method and the path below `/v1` with its query, oldest first. */
  readonly requests: readonly string[];
  /** What answers for the model, and all but the Assistants API. */
  readonly model: ResponsesServer;
}

export interface AssistantsServerOptions {
  /** What it says to a run that is asked for with `stream`: the run as it is, or a refusal. */
  joining?: "state" | "refused";
  /** What it says to `GET /threads`. */
  listing?: { status: number; message: string };
  /** What it answers instead of everything, in the middle of its life as well. */
  instead?: () => Response | undefined;
  /** The query that every request needs. */
  query?: string;
  /** Whether it searches messages, adds many at once and narrows lists down, as OpenAI's never did. */
  extended?: boolean;
}

export function startAssistantsServer(
  {
    joining = "state",
    listing = { status: 401, message: "GET /v1/threads must be made with a session key." },
    instead = () => undefined,
    query = "",
    extended = false,
  }: AssistantsServerOptions = {},
): AssistantsServer {
  const model = startResponsesServer();
  const store = openStore("sqlite::memory:");
  const engine = createEngine({ store });
  const client = new OpenAI({ apiKey: "sk-test", baseURL: model.url, maxRetries: 0 });
  const caller = {
    tenant: "upstream",
    upstreamId: model.url,
    upstream: () => Promise.resolve(client),
    hostedTools: [],
  };
  const requests: string[] = [];

  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, onError: () => new Response(null) },
    async (request) => {
      const url = new URL(request.url);
      const path = url.pathname.replace(/^\/v1/, "");
      requests.push(`${request.method} ${path}${url.search}`);
      const answer = instead();
      if (answer !== undefined) return answer;
      if (!/^\/(assistants|threads)(?![^/])/.test(path)) {
        return await fetch(`${model.url}${path}${url.search}`, request);
      }
      for (const [name, value] of new URLSearchParams(query)) {
        if (url.searchParams.get(name) !== value) return refusal(400, `Missing query: ${name}`);
        url.searchParams.delete(name);
      }
      if (!request.headers.get("openai-beta")?.includes("assistants=v2")) {
        return refusal(400, "You must provide the 'OpenAI-Beta' header.", "invalid_beta");
      }
      if (request.method === "GET" && path === "/threads") {
        return refusal(listing.status, listing.message);
      }
      if (request.method === "GET" && url.searchParams.has("stream")) {
        if (joining === "refused") return refusal(400, "Unknown parameter: 'stream'.");
        url.searchParams.delete("stream");
      }
      if (!extended) {
        if (path === "/threads/search") return refusal(404, "No thread found with id 'search'.");
        if (path.endsWith("/batch")) return refusal(404, "No message found with id 'batch'.");
        for (const name of [...url.searchParams.keys()]) {
          if (/^(metadata\[|created_|status$)/.test(name)) url.searchParams.delete(name);
        }
      }
      const headers = new Headers(request.headers);
      headers.delete("idempotency-key");
      const { method, signal } = request;
      return await engine.fetch(
        { method, url: url.href, headers, signal, text: () => request.text() },
        caller,
      );
    },
  );

  return {
    url: `http://127.0.0.1:${server.addr.port}/v1`,
    requests,
    model,
    async [Symbol.asyncDispose]() {
      await engine.close();
      await server.shutdown();
      await store.close();
      await model.close();
    },
  };
}

/** An error as OpenAI's service has it. */
export function refusal(status: number, message: string, code: string | null = null): Response {
  const error = { message, type: "invalid_request_error", param: null, code };
  return Response.json({ error }, { status, headers: { "x-request-id": "req_upstream" } });
}
