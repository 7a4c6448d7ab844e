/** What a program has that uses the official SDK: a client, and behind it this project in one of its ways. */

import type OpenAI from "openai";
import type { AssistantStream } from "openai/lib/AssistantStream";
import { createEngine } from "../../src/engine/mod.ts";
import { createClients } from "../../src/gateway/mod.ts";
import { openStore } from "../../src/store/mod.ts";
import { ManualClock } from "../kit/engine.ts";
import { HOSTED_TOOLS } from "../kit/stream_cases.ts";
import { type ResponsesServer, startResponsesServer } from "../fakes/responses_server.ts";

export { prepare, weather } from "../kit/engine.ts";

export interface World extends AsyncDisposable {
  client: OpenAI;
  /** The model. */
  upstream: ResponsesServer;
  /** The engine's, which stands still. */
  clock: ManualClock;
  /** Ends the engine while its clients are still there. */
  closeEngine(): Promise<void>;
}

export type OpenWorld = () => Promise<World>;

/** A program of this process, whose SDK has the engine for its `fetch`. */
export async function openInProcess(): Promise<World> {
  const upstream = startResponsesServer();
  const store = openStore("sqlite::memory:");
  const clock = new ManualClock();
  const engine = createEngine({ store, clock });
  const clients = createClients({
    engine,
    settings: {
      OPENAI_BASE_URL: upstream.url,
      OPENAI_TIMEOUT_S: 60,
      OPENAI_MAX_RETRIES: 0,
      OPENAI_MAX_CONCURRENCY: 64,
      UPSTREAM_TOOLS: HOSTED_TOOLS,
    },
  });
  return {
    client: await clients.of({ tenant: "default", apiKey: "sk-test-0123456789" }),
    upstream,
    clock,
    closeEngine: () => engine.close(),
    async [Symbol.asyncDispose]() {
      await engine.close();
      await clients.close();
      await store.close();
      await upstream.close();
    },
  };
}

/** Something that programs do with the SDK; it fails where the SDK does not do what it did with OpenAI's API. */
export type Scenario = (world: World) => Promise<void>;

/** All that an `AssistantStream` tells, as lines in their order. */
export function listen(stream: AssistantStream): string[] {
  const told: string[] = [];
  const tell = (name: string, what: string | undefined = "") =>
    void told.push(`${name} ${what}`.trimEnd());
  stream
    .on("connect", () => tell("connect"))
    .on("runStepCreated", ({ type }) => tell("runStepCreated", type))
    .on("runStepDelta", (_, { type }) => tell("runStepDelta", type))
    .on("runStepDone", ({ status }) => tell("runStepDone", status))
    .on("toolCallCreated", ({ id }) => tell("toolCallCreated", id))
    .on(
      "toolCallDelta",
      (_, call) =>
        tell("toolCallDelta", call.type === "function" ? call.function.arguments : call.type),
    )
    .on("toolCallDone", ({ id }) => tell("toolCallDone", id))
    .on("messageCreated", ({ status }) => tell("messageCreated", status))
    .on("messageDelta", (_, message) => tell("messageDelta", textOf(message)))
    .on("messageDone", ({ status }) => tell("messageDone", status))
    .on("textCreated", () => tell("textCreated"))
    .on("textDelta", ({ value }, { value: all }) => tell("textDelta", `${value}|${all}`))
    .on("textDone", ({ value }) => tell("textDone", value))
    .on("imageFileDone", ({ file_id }) => tell("imageFileDone", file_id))
    .on("run", ({ status }) => tell("run", status))
    .on("abort", () => tell("abort"))
    .on("error", ({ message }) => tell("error", message))
    .on("end", () => tell("end"));
  return told;
}

/** What a message says. */
export function textOf(message: OpenAI.Beta.Threads.Message | undefined): string {
  return (message?.content ?? []).map((part) => part.type === "text" ? part.text.value : "").join();
}
