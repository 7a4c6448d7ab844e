/** An OpenAI Responses server on a real socket that says what a test has written down for it. */

import { Hosted, type HostedTool } from "./responses_hosted.ts";
import { failure } from "./responses_route.ts";
import { type Json, type Script, type Step, steps, text } from "./responses_script.ts";
import type { Indexing } from "./responses_vector_stores.ts";

export * from "./responses_script.ts";
export { type ImageReply, PNG } from "./responses_images.ts";

/** A request as it came. */
export interface Received {
  method: string;
  /** Below `/v1`, with its query. */
  path: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** The parsed JSON; undefined where there is none. */
  body: Json | undefined;
  /** The parsed multipart form; undefined where there is none. */
  form: FormData | undefined;
  /** The `x-request-id` that the answer carries. */
  requestId: string;
}

export interface ResponsesServer extends AsyncDisposable {
  /** The base URL, up to and with `/v1`. */
  readonly url: string;
  /** Everything that came, oldest first. */
  readonly requests: readonly Received[];
  /** The most requests that were under way at once. */
  readonly peak: number;
  /** Its files, vector stores and containers: a test may look, add and delete. */
  readonly hosted: Hosted;
  /** The next answers of `POST /responses`; when there is none left, the last user text is echoed. */
  enqueue(...scripts: Script[]): void;
  /** Resolves with the latest request when so many have come since the start. */
  received(count: number): Promise<Received>;
  /** Ends what is under way and frees the port. */
  close(): Promise<void>;
}

export interface ResponsesServerOptions {
  models?: readonly string[];
  /** What `POST /responses/input_tokens` answers; without it there is no such path. */
  countTokens?: (request: Json) => number;
  /** Whether a key is good; every request with another is refused. All are unless told. */
  acceptsKey?: (key: string) => boolean;
  /** The hosted tools that it has; both unless told. */
  hostedTools?: readonly HostedTool[];
  /** How the files of vector stores get ready: at the second look unless told. */
  indexing?: Indexing;
}

/** Starts a server on a free port of 127.0.0.1. */
export function startResponsesServer(
  {
    models = ["gpt-6.1-terra", "gpt-test"],
    countTokens,
    acceptsKey,
    hostedTools = ["file_search", "code_interpreter"],
    indexing,
  }: ResponsesServerOptions = {},
): ResponsesServer {
  const requests: Received[] = [];
  const scripts: Script[] = [];
  const waiting: { count: number; resolve: (request: Received) => void }[] = [];
  const closing = Promise.withResolvers<"closing">();
  let underWay = 0;
  let peak = 0;
  let lastId = 0;
  const hosted = new Hosted(nextId, hostedTools, indexing);

  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, onError: () => new Response(null) },
    async (request) => {
      peak = Math.max(peak, ++underWay);
      const received = await record(request, nextId("req"));
      requests.push(received);
      for (const waiter of waiting) {
        if (waiter.count === requests.length) waiter.resolve(received);
      }
      const response = await answer(received);
      if (!isStream(response)) underWay--;
      response.headers.set("x-request-id", received.requestId);
      return response;
    },
  );

  async function answer({ method, path, headers, body, form }: Received): Promise<Response> {
    const [route = "", query = ""] = path.split("?");
    const key = headers.authorization?.replace(/^Bearer /, "") ?? "";
    if (acceptsKey?.(key) === false) {
      const message = key === ""
        ? "Missing bearer authentication in header"
        : `Incorrect API key provided: ${key}. You can find your API key in your account.`;
      return failure(401, message, "invalid_api_key");
    }
    if (method === "GET" && route === "/models") {
      return Response.json({ object: "list", data: models.map(modelObject) });
    }
    if (method === "GET" && route.startsWith("/models/")) {
      const id = decodeURIComponent(route.slice("/models/".length));
      if (models.includes(id)) return Response.json(modelObject(id));
      return failure(404, `The model '${id}' does not exist`, "model_not_found");
    }
    if (method === "POST" && route === "/responses/input_tokens" && countTokens !== undefined) {
      return Response.json({
        object: "response.input_tokens",
        input_tokens: countTokens(body ?? {}),
      });
    }
    if (method !== "POST" || route !== "/responses") {
      const answered = await hosted.answer({
        method,
        segments: route.split("/").slice(1).map(decodeURIComponent),
        query: new URLSearchParams(query),
        body: body ?? {},
        form,
      });
      return answered ?? failure(404, `Invalid URL (${method} /v1${route})`, null);
    }
    if (typeof body?.model !== "string") {
      return failure(400, "Missing required parameter: 'model'.", "missing_required_parameter");
    }
    return hosted.refusal(body) ?? await play(scripts.shift() ?? echo(body), body);
  }

  async function play(script: Script, body: Json): Promise<Response> {
    if (script.before !== undefined && await orClosing(script.before.pass()) === "closing") {
      return new Response(null, { status: 503 });
    }
    switch (script.answer.kind) {
      case "none":
        await closing.promise;
        return new Response(null, { status: 503 });
      case "status": {
        const { status, headers, body } = script.answer;
        if (typeof body === "string") return new Response(body, { status, headers });
        return Response.json(body, { status, headers });
      }
      case "reply":
        if (body.stream === true) return stream(script, steps(script, body, nextId, at));
        return await whole(script, steps(script, body, nextId, at));
    }
  }

  function stream(script: Script, steps: Iterator<Step, void>): Response {
    const encoder = new TextEncoder();
    let sent = 0;
    let over = false;
    const end = () => {
      if (!over) underWay--;
      over = true;
    };
    const events = new ReadableStream<Uint8Array>({
      async pull(controller) {
        while (!over) {
          if (sent === script.stop?.after) {
            if (script.stop.how === "hang") await closing.promise;
            end();
            return controller.error(new Error("The script cuts the connection here."));
          }
          const { value, done } = steps.next();
          if (done) {
            end();
            return controller.close();
          }
          if ("gate" in value) {
            if (await orClosing(value.gate.pass()) === "closing") {
              end();
              return controller.error(new Error("The server is closing."));
            }
            continue;
          }
          sent++;
          const { event } = value;
          return controller.enqueue(
            encoder.encode(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
          );
        }
      },
      cancel() {
        end();
        script.leave();
      },
    }, { highWaterMark: 0 });
    return new Response(events, {
      headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" },
    });
  }

  async function whole(script: Script, steps: Iterator<Step, void>): Promise<Response> {
    let last: Json = {};
    for (let next = steps.next(); !next.done; next = steps.next()) {
      if ("gate" in next.value) await orClosing(next.value.gate.pass());
      else last = next.value.event;
    }
    if (last.type === "error") {
      return failure(500, String(last.message), typeof last.code === "string" ? last.code : null);
    }
    if (script.stop !== undefined) {
      // A whole answer has no events to count: it stops in its middle.
      const half = JSON.stringify(last.response).slice(0, 40);
      const cut = script.stop.how === "cut";
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          controller.enqueue(new TextEncoder().encode(half));
          if (!cut) await closing.promise;
          controller.error(new Error("The script cuts the connection here."));
        },
        cancel: () => script.leave(),
      }, { highWaterMark: 0 });
      return new Response(body, { headers: { "content-type": "application/json" } });
    }
    return Response.json(last.response);
  }

  function orClosing(promise: Promise<void>): Promise<void | "closing"> {
    return Promise.race([promise, closing.promise]);
  }

  function nextId(prefix: string): string {
    return `${prefix}_${(++lastId).toString(16).padStart(24, "0")}`;
  }

  async function close(): Promise<void> {
    closing.resolve("closing");
    await server.shutdown();
  }

  const url = `http://127.0.0.1:${server.addr.port}/v1`;
  const at = { url, hosted };
  return {
    url,
    requests,
    hosted,
    get peak() {
      return peak;
    },
    enqueue: (...more) => void scripts.push(...more),
    received(count) {
      const come = requests[count - 1];
      if (come !== undefined) return Promise.resolve(come);
      return new Promise((resolve) => waiting.push({ count, resolve }));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function record(request: Request, requestId: string): Promise<Received> {
  const { pathname, search } = new URL(request.url);
  const type = request.headers.get("content-type") ?? "";
  const raw = await request.bytes();
  return {
    method: request.method,
    path: pathname.replace(/^\/v1/, "") + search,
    headers: Object.fromEntries(request.headers),
    body: type.startsWith("application/json")
      ? JSON.parse(new TextDecoder().decode(raw) || "{}")
      : undefined,
    form: type.startsWith("multipart/form-data")
      ? await new Response(raw, { headers: { "content-type": type } }).formData()
      : undefined,
    requestId,
  };
}

/** The default answer: the last user text in quotes, word by word. */
function echo(body: Json): Script {
  const said = `You said: "${lastUserText(body.input)}".`;
  return text(said.split(/(?<= )/));
}

function lastUserText(input: unknown): string {
  if (typeof input === "string") return input;
  if (!Array.isArray(input)) return "";
  const { content } = input.findLast((item: Json) => item.role === "user") ?? { content: "" };
  if (typeof content === "string") return content;
  return content.map((part: Json) => part.text ?? "").join("");
}

function isStream(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("text/event-stream") === true;
}

function modelObject(id: string): Json {
  return { id, object: "model", created: 1_750_000_000, owned_by: "openai" };
}
