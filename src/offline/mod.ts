/** The offline model: the part of OpenAI's API that `offline:` answers inside the process, with no key. */

import { ApiError } from "../shared/errors.ts";
import { errorResponse } from "../shared/error_response.ts";
import { operationOf } from "../shared/openai_routes.ts";
import { answer, OFFLINE_MODEL } from "./_model.ts";
import { newId, type Params, type ResponseEvent, responseEvents } from "./_response_events.ts";

/**
 * Answers `POST /responses`, `POST /images/generations`, `POST /images/edits`, `GET /models` and
 * `GET /models/{id}` as OpenAI would, whatever the host.
 */
export async function offlineFetch(url: string, init?: RequestInit): Promise<Response> {
  const request = new Request(url, init);
  request.signal.throwIfAborted();
  try {
    const response = await route(request);
    response.headers.set("x-request-id", newId("req"));
    return response;
  } catch (error) {
    if (error instanceof ApiError) return errorResponse(error);
    throw error;
  }
}

async function route(request: Request): Promise<Response> {
  const { method } = request;
  const path = new URL(request.url).pathname.replace(/^\/v1(?=\/)/, "");
  const operation = operationOf(method, path);
  switch (operation) {
    case "createResponse":
      return respond(await paramsOf(request));
    case "createImage":
    case "editImage": {
      const { offlineImages } = await import("./_images.ts");
      return Response.json(await offlineImages(request, operation === "editImage"));
    }
    case "listModels":
      return Response.json({ object: "list", data: [model()] });
    case "getModel": {
      const id = decodeURIComponent(path.slice("/models/".length));
      if (id === OFFLINE_MODEL) return Response.json(model());
      throw new ApiError(
        `The model '${id}' does not exist: offline there is only '${OFFLINE_MODEL}'.`,
        {
          status: 404,
          code: "model_not_found",
        },
      );
    }
    default:
      throw new ApiError(
        `The offline model does not have ${method} ${path}; set OPENAI_BASE_URL to a server that has it.`,
        { status: 404, code: "unknown_url" },
      );
  }
}

async function paramsOf(request: Request): Promise<Params> {
  let params: unknown;
  try {
    params = await request.json();
  } catch (cause) {
    throw new ApiError("We could not parse the JSON body of your request.", { status: 400, cause });
  }
  const { model, input } = Object(params);
  if (typeof model !== "string") throw missing("model");
  if (typeof input !== "string" && !Array.isArray(input)) throw missing("input");
  return params as Params;
}

function missing(param: string): ApiError {
  return new ApiError(`Missing required parameter: '${param}'.`, {
    status: 400,
    code: "missing_required_parameter",
    param,
  });
}

function respond(params: Params): Response {
  const events = responseEvents(params, answer(params));
  if (params.stream === true) {
    return new Response(eventStream(events), {
      headers: { "content-type": "text/event-stream; charset=utf-8" },
    });
  }
  let next = events.next();
  while (!next.done) next = events.next();
  return Response.json(next.value);
}

function eventStream(events: Iterator<ResponseEvent, unknown>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = events.next();
      if (done) return controller.close();
      const frame = `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`;
      controller.enqueue(encoder.encode(frame));
    },
  }, { highWaterMark: 0 });
}

function model(): object {
  return { id: OFFLINE_MODEL, object: "model", created: 1767225600, owned_by: "assistants-mcp" };
}
