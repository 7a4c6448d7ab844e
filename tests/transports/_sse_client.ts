/** HTTP+SSE by hand: one stream, and POSTs that come in two segments if they are told to. */

import assert from "node:assert/strict";
import { openRaw, type RawRequest, requestHead } from "../kit/raw_http.ts";

export interface RawSse extends Disposable {
  /** Where the server wants the POSTs. */
  endpoint: string;
  /** All that came over the stream, as soon as this is part of it. */
  readUntil(part: string): Promise<string>;
  /** The connection of the stream closes, and nothing says so before. */
  [Symbol.dispose](): void;
}

/** Opens a stream with a GET whose head comes in two segments. */
export async function openSse(origin: string): Promise<RawSse> {
  const request = await openRaw(`${origin}/sse`);
  const head = requestHead("GET", `${origin}/sse`, { accept: "text/event-stream" });
  await request.send(head.slice(0, 20));
  await request.send(head.slice(20));
  const come = await request.readUntil("\n\n");
  assert.match(come, /^HTTP\/1\.1 200 /);
  const path = /event: endpoint\ndata: (\S+)\n\n/.exec(come)?.[1];
  assert.ok(path, come);
  return {
    endpoint: origin + path,
    readUntil: (part) => request.readUntil(part),
    [Symbol.dispose]: () => request[Symbol.dispose](),
  };
}

/** Sends the headers, waits until the server asks for the body, and sends that. */
export async function postInTwo(url: string, message: unknown): Promise<RawRequest> {
  const body = JSON.stringify(message);
  const request = await openRaw(url);
  await request.send(requestHead("POST", url, {
    "content-type": "application/json",
    "content-length": body.length,
    expect: "100-continue",
  }));
  await request.readUntil("100 Continue\r\n\r\n");
  await request.send(body);
  return request;
}

/** The same, to the end of its answer. */
export async function sendInTwo(url: string, message: unknown): Promise<void> {
  using request = await postInTwo(url, message);
  await request.readUntil(" 202 ");
}
