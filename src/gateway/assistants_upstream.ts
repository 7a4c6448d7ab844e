/**
 * The other backend: an upstream that serves the Assistants API itself. Where it has less than the
 * engine, this makes up for it, so that nobody above has to know which of the two answers.
 */

import { BoundedMap } from "../shared/bounded_map.ts";
import { ApiError } from "../shared/errors.ts";
import { operationOf } from "../shared/openai_routes.ts";
import { parseJson } from "../shared/json.ts";
import { assertFiltered, unsupportedOperation } from "./extensions.ts";
import { refusalIn } from "../upstream/error_body.ts";
import type { Fetch } from "../upstream/mod.ts";

/** Sends a request of the Assistants API on; `path` is the part of the URL below the base, with its query. */
export type AssistantsFetch = (path: string, url: string, init: RequestInit) => Promise<Response>;

/** Where an assistant is looked for: so many pages of a hundred, newest first. */
const MAX_PAGES = 5;

/** Keys beyond this number, longest unused first, are looked for anew when they come again. */
const KEPT = 100;

/**
 * The Assistants API of one credential at an upstream.
 *
 * - The assistant of an `Idempotency-Key` is found by its metadata.
 * - A run whose events the upstream does not send to those who come later is answered as it is.
 * - A refusal that concerns the whole API, the list of threads, or what OpenAI's API did not have, says so.
 * - A list that the upstream does not narrow down as it was asked to is refused.
 */
export function assistantsApi(ask: Fetch): AssistantsFetch {
  const kept = new BoundedMap<string, Promise<Answer>>(KEPT);
  let sendsEvents = true;

  /** Answers the assistant that the key has made before, in this process or another. */
  async function createOnce(key: string, url: string, init: RequestInit): Promise<Response> {
    // What several calls wait for is not for one of them to abort.
    const shared = { ...init, signal: null };
    const creating = kept.get(key) ?? findOrCreate(ask, url, shared);
    kept.set(key, creating);
    try {
      const answer = await creating;
      if (answer.status >= 400) kept.delete(key);
      return new Response(answer.text, answer);
    } catch (error) {
      kept.delete(key);
      throw error;
    }
  }

  async function joinRun(url: string, init: RequestInit): Promise<Response> {
    if (sendsEvents) {
      const response = await ask(url, init);
      if (response.status !== 400) return response;
    }
    const plain = new URL(url);
    plain.searchParams.delete("stream");
    const response = await ask(plain.href, init);
    if (response.ok) sendsEvents = false;
    return response;
  }

  function send(path: string, url: string, init: RequestInit): Promise<Response> {
    const { method = "GET", headers } = init;
    const key = new Headers(headers).get("idempotency-key");
    const operation = operationOf(method, path);
    if (operation === "createAssistant" && key !== null) {
      return createOnce(key, url, init);
    }
    // An assistant that is changed may be one that is kept.
    if (operation === "modifyAssistant" || operation === "deleteAssistant") kept.clear();
    if (operation === "getRun" && path.endsWith("?stream=true")) return joinRun(url, init);
    return ask(url, init);
  }

  return async (path, url, init) => {
    const response = await send(path, url, init);
    const { method = "GET" } = init;
    if (response.ok) {
      if (method === "GET" && path.includes("?")) await assertFiltered(path, response);
      return response;
    }
    // Perhaps it is a kept assistant that is gone.
    if (response.status === 404) kept.clear();
    const text = await response.text();
    const operation = operationOf(method, path);
    const lack = unsupportedOperation(operation, response.status, text);
    if (lack !== undefined) {
      throw new ApiError(`This upstream cannot ${lack}.`, {
        status: response.status,
        code: "unsupported_operation",
        requestId: requestId(response),
      });
    }
    if (operation === "listThreads") {
      if (isAboutListing(response, text)) throw cannotList(response, text);
    } else if (response.status === 404 && !isAboutObject(text)) {
      throw switchedOff(url, response, text);
    }
    return new Response(text, response);
  };
}

/** An answer that can be given more than once. */
interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

async function findOrCreate(ask: Fetch, url: string, init: RequestInit): Promise<Answer> {
  const { metadata } = Object(parseJson(String(init.body)));
  const list = new URL(url);
  list.searchParams.set("limit", "100");
  list.searchParams.set("order", "desc");
  for (let page = 0; page < MAX_PAGES; page++) {
    const response = await ask(list.href, { ...init, method: "GET", body: null });
    if (!response.ok) return await answerOf(response);
    const { data = [], has_more, last_id } = await response.json();
    const found = data.find((assistant: Assistant) => hasMetadata(assistant, Object(metadata)));
    if (found !== undefined) return await answerOf(Response.json(found));
    if (!has_more || typeof last_id !== "string") break;
    list.searchParams.set("after", last_id);
  }
  return await answerOf(await ask(url, init));
}

interface Assistant {
  metadata?: Record<string, unknown> | null;
}

function hasMetadata({ metadata }: Assistant, wanted: Record<string, unknown>): boolean {
  const pairs = Object.entries(wanted);
  return pairs.length > 0 && pairs.every(([key, value]) => metadata?.[key] === value);
}

async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response;
  return { status, headers, text: await response.text() };
}

/** Whether a 404 is about an object that is not there, and not about the URL. */
function isAboutObject(text: string): boolean {
  const words = wordsOf(text).replace(/\S*\/\S*/g, "");
  const objects = /\b(assistant|thread|message|run|step|file|vector store|model|deployment)s?\b/gi;
  return (words.match(objects) ?? []).length > (words.match(/\bassistants API\b/gi) ?? []).length;
}

function isAboutListing({ status }: Response, text: string): boolean {
  if (status === 401) return !/incorrect api key|invalid_api_key/i.test(text);
  return [403, 404, 405, 501].includes(status);
}

function switchedOff(url: string, response: Response, text: string): ApiError {
  return new ApiError(
    `OpenAI switched the Assistants API off on 2026-08-26, and ${
      new URL(url).host
    } does not serve ` +
      `it: "${wordsOf(text)}". Set ASSISTANTS_BACKEND=responses, and this server brings it back.`,
    { status: 404, code: "assistants_api_off", requestId: requestId(response) },
  );
}

function cannotList(response: Response, text: string): ApiError {
  const words = wordsOf(text).replace(/(?<![.!?])$/, ".");
  return new ApiError(`${words} This upstream cannot list threads.`, {
    status: response.status,
    code: "threads_not_listed",
    requestId: requestId(response),
  });
}

function requestId({ headers }: Response): string | undefined {
  return headers.get("x-request-id") ?? undefined;
}

/** What a refusal says, without what machines put around it. */
function wordsOf(text: string): string {
  const { words } = refusalIn(text);
  if (words !== undefined) return words;
  return /^\s*(<|$)/.test(text) ? "Not found" : text.trim().slice(0, 200);
}
