/** Follows an active run: sends its current state and then its events. */

import type { Message, Run, TenantStore } from "../../store/mod.ts";
import { upToDate } from "./expiry.ts";
import type { Core } from "./core.ts";
import { notFound } from "../objects/errors.ts";
import { type RunEvent, statusEvent } from "../objects/events.ts";
import type { Sink } from "../objects/events.ts";

/** How often the store is polled for a run of another process, in milliseconds. */
const POLL_MS = 500;

/** The run to follow, and the sink that receives its events. */
export interface FollowOptions {
  core: Core;
  store: TenantStore;
  run: Run;
  sink: Sink;
  /** Events that the client already knows and that are not sent again: see `eventsBefore`. */
  emittedEvents: readonly RunEvent[];
}

/** Returns the final events of the messages that a run has already finished. */
export async function eventsBefore(
  store: TenantStore,
  run: { thread_id: string; id: string },
): Promise<RunEvent[]> {
  const messages = await messagesOf(store, run);
  return messages.filter(({ status }) => status !== "in_progress").map(statusEvent);
}

/**
 * Sends the run's state and then its events. Events of a run of this process are sent as they are
 * emitted; a run of another process is polled in the store. Returns a function that unsubscribes.
 */
export function joinRun(options: FollowOptions): () => void {
  const { core, run, sink, emittedEvents } = options;
  const session = core.runs.get(run.id);
  if (session === undefined) {
    const event = statusEvent(run);
    sink.send(event);
    return followStored(options, new EmittedState([...emittedEvents, event]), POLL_MS);
  }
  // Snapshot and subscription happen synchronously, so no event can be lost between them.
  const snapshot = session.snapshot();
  for (const event of snapshot) sink.send(event);
  return followSession(options, snapshot);
}

/**
 * Sends the events of a run of this process from now on, and polls the store once another process
 * has taken the run over. Returns a function that unsubscribes.
 */
export function followSession(options: FollowOptions, snapshot: RunEvent[] = []): () => void {
  const { core, run, sink, emittedEvents } = options;
  const emitted = new EmittedState([...emittedEvents, ...snapshot]);
  let stop = core.events.listen(run.id, {
    emit(event) {
      emitted.add(event);
      sink.send(event);
    },
    handOff() {
      stop();
      stop = followStored(options, emitted, 0);
    },
  });
  return () => stop();
}

function followStored(
  { core, store, run, sink }: FollowOptions,
  emitted: EmittedState,
  afterMs: number,
): () => void {
  let stopped = false;
  let stop = core.clock.after(afterMs, poll);

  function poll(): void {
    pollStore().catch((error) => {
      if (!stopped) sink.fail(error);
    });
  }

  async function pollStore(): Promise<void> {
    const stored = await store.get("run", run.id);
    const current = stored && await upToDate(core, store, stored);
    if (current === undefined) throw notFound("run", run.id);
    const messages = await messagesOf(store, run);
    const openSteps = [...emitted.open].filter((id) => id.startsWith("step_"));
    const steps = await Promise.all(openSteps.map((id) => store.get("step", id)));
    if (stopped) return;
    for (const object of [...messages, ...steps]) {
      if (!object || object.status === "in_progress" || emitted.ended.has(object.id)) continue;
      if (object.object === "thread.message" && !emitted.open.has(object.id)) {
        sink.send({ event: "thread.message.created", data: object });
      }
      send(statusEvent(object));
    }
    if (current.status !== emitted.status) send(statusEvent(current));
    if (!stopped) stop = core.clock.after(POLL_MS, poll);
  }

  function send(event: RunEvent): void {
    emitted.add(event);
    sink.send(event);
  }

  return () => {
    stopped = true;
    stop();
  };
}

async function messagesOf(
  store: TenantStore,
  { thread_id, id: run_id }: { thread_id: string; id: string },
): Promise<Message[]> {
  const query = { limit: 100, order: "asc", thread_id, run_id } as const;
  return (await store.list("message", query)).data;
}

/** What a client has learned about a run from the events that were sent to it. */
class EmittedState {
  status: Run["status"] | undefined;
  /** The ids of messages and steps in progress. */
  readonly open = new Set<string>();
  readonly ended = new Set<string>();

  constructor(events: RunEvent[]) {
    for (const event of events) this.add(event);
  }

  add({ data }: RunEvent): void {
    if (!("object" in data)) return;
    if (data.object === "thread.run") this.status = data.status;
    if (data.object !== "thread.message" && data.object !== "thread.run.step") return;
    if (data.status === "in_progress") this.open.add(data.id);
    else {
      this.open.delete(data.id);
      this.ended.add(data.id);
    }
  }
}
