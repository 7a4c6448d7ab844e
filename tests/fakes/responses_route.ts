/** What the parts of the scripted upstream share: a request in pieces, lists, refusals. */

import type { Json } from "./responses_script.ts";

/** A request as the parts of the upstream see it. */
export interface Asked {
  method: string;
  /** The segments below `/v1`, decoded. */
  segments: readonly string[];
  query: URLSearchParams;
  /** The JSON body; empty where there is none. */
  body: Json;
  form: FormData | undefined;
}

/** Undefined for a path that is not this part's. */
export type Answerer = (asked: Asked) => Response | undefined | Promise<Response | undefined>;

export type NextId = (prefix: string) => string;

export function nowS(): number {
  return Math.floor(Date.now() / 1000);
}

export function failure(
  status: number,
  message: string,
  code: string | null = null,
  param: string | null = null,
): Response {
  const error = { message, type: "invalid_request_error", param, code };
  return Response.json({ error }, { status });
}

/** One page of objects that stand in the order of their making. */
export function page(objects: Iterable<Json>, query: URLSearchParams): Response {
  const all = [...objects];
  if (query.get("order") !== "asc") all.reverse();
  const from = all.findIndex(({ id }) => id === query.get("after")) + 1;
  const limit = Number(query.get("limit") ?? 20);
  const data = all.slice(from, from + limit);
  return Response.json({
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: all.length > from + limit,
  });
}

/** The strings of a value that should be a list of them. */
export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** The bytes of an answer as a download of this name. */
export function download(bytes: Uint8Array<ArrayBuffer>): Response {
  return new Response(bytes, { headers: { "content-type": "application/octet-stream" } });
}
