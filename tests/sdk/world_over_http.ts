/** A program somewhere else, whose SDK has been given another base URL, and a key. */

import OpenAI from "openai";
import { serveHttp } from "../kit/http_server.ts";
import { ManualClock } from "../kit/engine.ts";
import { HOSTED_TOOLS } from "../kit/stream_cases.ts";
import type { World } from "./world.ts";

const TOKEN = "0123456789abcdef-token";

export function openOverHttp(): Promise<World> {
  const clock = new ManualClock();
  const server = serveHttp({ token: TOKEN, clock, upstreamTools: HOSTED_TOOLS });
  return Promise.resolve({
    client: new OpenAI({ baseURL: `${server.origin}/v1`, apiKey: TOKEN }),
    upstream: server.upstream,
    clock,
    closeEngine: () => server.engine.close(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  });
}
