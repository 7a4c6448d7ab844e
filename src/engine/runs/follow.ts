/** Following a run that is under way: from its state as it is now, through all that happens to it. */

import type { Message, Run, TenantStore } from "../../store/mod.ts";
import { upToDate } from "./expiry.ts";
import type { Core } from "./core.ts";
import { notFound } from "../objects/errors.ts";
import { type RunEvent, statusEvent } from "../objects/events.ts";
import type { Sink } from "../objects/events.ts";

/** How often a run is looked at that another process works on. */
const POLL_MS = 500;

/** A run that is followed, and by whom. */
export interface Following {
  core: Core;
  store: TenantStore;
  run: Run;
  sink: Sink;
  /** What the run had finished before, which is not told once more: see `pastOf`. */
  past: readonly RunEvent[];
}

/** The ends of the messages that a run has finished. */
export async function pastOf(
  store: TenantStore,
  run: { thread_id: string; id: string },
): Promise<RunEvent[]> {
  const messages = await messagesOf(store, run);
  return messages.filter(({ status }) => status !== "in_progress").map(statusEvent);
}

/**
 * Sends the run's state and then its events: those of this process as they happen, and what can be
 * seen in the store of a run that another process has. Returns what ends the following.
 */
export function joinRun(following: Following): () => void {
  const { core, run, sink, past } = following;
  const live = core.runs.get(run.id);
  if (live === undefined) {
    const event = statusEvent(run);
    sink.send(event);
    return followStored(following, new EmittedState([...past, event]), POLL_MS);
  }
  // Nothing can happen between the state and the events: both are taken in one go.
  const snapshot = live.snapshot();
  for (const event of snapshot) sink.send(event);
  return followLive(following, snapshot);
}

/**
 * Sends the events of a run of this process from now on, and when it is taken over by another what
 * can be seen of it. Returns what ends the following.
 */
export function followLive(following: Following, snapshot: RunEvent[] = []): () => void {
  const { core, run, sink, past } = following;
  const told = new EmittedState([...past, ...snapshot]);
  let stop = core.events.listen(run.id, {
    emit(event) {
      told.add(event);
      sink.send(event);
    },
    handOff() {
      stop();
      stop = followStored(following, told, 0);
    },
  });
  return () => stop();
}

function followStored(
  { core, store, run, sink }: Following,
  told: EmittedState,
  afterMs: number,
): () => void {
  let stopped = false;
  let stop = core.clock.after(afterMs, look);

  function look(): void {
    lookAgain().catch((error) => {
      if (!stopped) sink.fail(error);
    });
  }

  async function lookAgain(): Promise<void> {
    const stored = await store.get("run", run.id);
    const current = stored && await upToDate(core, store, stored);
    if (current === undefined) throw notFound("run", run.id);
    const messages = await messagesOf(store, run);
    const begun = [...told.open].filter((id) => id.startsWith("step_"));
    const steps = await Promise.all(begun.map((id) => store.get("step", id)));
    if (stopped) return;
    for (const object of [...messages, ...steps]) {
      if (!object || object.status === "in_progress" || told.ended.has(object.id)) continue;
      if (object.object === "thread.message" && !told.open.has(object.id)) {
        sink.send({ event: "thread.message.created", data: object });
      }
      send(statusEvent(object));
    }
    if (current.status !== told.status) send(statusEvent(current));
    if (!stopped) stop = core.clock.after(POLL_MS, look);
  }

  function send(event: RunEvent): void {
    told.add(event);
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

/** What somebody knows of a run. */
class EmittedState {
  status: Run["status"] | undefined;
  /** The ids of messages and steps that have begun. */
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
