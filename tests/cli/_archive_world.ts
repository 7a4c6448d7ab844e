/** Databases with something of everything, and what the API would show of them. */

import fc from "fast-check";
import type { Kind, Message, Run, RunStep, Store } from "../../src/store/mod.ts";
import { aMessage, anAssistant, aRun, aStep, aThread } from "../store/_objects.ts";

/** What may happen in a database, one after the other. */
export type Deed =
  | { deed: "assistant"; key: boolean; name: string | null }
  | { deed: "thread" }
  | { deed: "message"; thread: number; text: string }
  | { deed: "run"; thread: number; status: Run["status"]; calls: number; says: string[] }
  | { deed: "file"; thread: number; content: Uint8Array<ArrayBuffer> | null }
  | { deed: "delete message"; thread: number; message: number }
  | { deed: "tick"; seconds: number };

const text = fc.string({ unit: "binary", maxLength: 20 });
const thread = fc.nat({ max: 3 });

const ENDED: Run["status"][] = [
  "completed",
  "failed",
  "incomplete",
  "cancelled",
  "expired",
];

export const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    deed: fc.constant("assistant" as const),
    key: fc.boolean(),
    name: fc.option(text),
  }),
  fc.record({ deed: fc.constant("thread" as const) }),
  {
    weight: 4,
    arbitrary: fc.record({ deed: fc.constant("message" as const), thread, text }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      deed: fc.constant("run" as const),
      thread,
      status: fc.constantFrom(...ENDED),
      calls: fc.nat({ max: 2 }),
      says: fc.array(text, { maxLength: 2 }),
    }),
  },
  fc.record({
    deed: fc.constant("file" as const),
    thread,
    content: fc.option(fc.uint8Array({ maxLength: 50 }).map((bytes) => new Uint8Array(bytes))),
  }),
  fc.record({
    deed: fc.constant("delete message" as const),
    thread,
    message: fc.nat({ max: 20 }),
  }),
  // The clock of a machine may be set back.
  fc.record({ deed: fc.constant("tick" as const), seconds: fc.constantFrom(1, 1, 2, -1) }),
);

/** Does all of it for a tenant. */
export async function act(store: Store, tenant: string, deeds: readonly Deed[]): Promise<void> {
  let now = 1_700_000_000;
  let number = 0;
  const threads: string[] = [];
  const messages = new Map<string, string[]>();
  for (const done of deeds) {
    const id = String(number++).padStart(4, "0");
    const threadId = "thread" in done ? threads[done.thread % threads.length] : undefined;
    switch (done.deed) {
      case "tick":
        now += done.seconds;
        continue;
      case "assistant": {
        const assistant = anAssistant(`asst_${id}`, { created_at: now, name: done.name });
        await store.forTenant(tenant).insertAssistant(
          assistant,
          done.key ? `key ${id}` : undefined,
        );
        continue;
      }
      case "thread": {
        const thread = aThread(`thread_${id}`, { created_at: now, metadata: { number: id } });
        await store.forTenant(tenant).addToThread(
          thread.id,
          { thread, messages: [] },
          now,
          () => ({}),
        );
        threads.push(thread.id);
        continue;
      }
    }
    if (threadId === undefined) continue;
    const ofThread = messages.get(threadId) ?? [];
    messages.set(threadId, ofThread);
    if (done.deed === "message") {
      const content: Message["content"] = [
        { type: "text", text: { value: done.text, annotations: [] } },
      ];
      const message = aMessage(`msg_${id}`, threadId, { created_at: now, content });
      await store.forTenant(tenant).addToThread(threadId, { messages: [message] }, now, () => ({}));
      ofThread.push(message.id);
    } else if (done.deed === "run") {
      ofThread.push(...await actRun(store, tenant, { ...done, id, threadId, now }));
    } else if (done.deed === "file") {
      const object = {
        id: `file-${id}`,
        object: "file",
        bytes: done.content?.length ?? 0,
        created_at: now,
        filename: "plot.png",
        purpose: "assistants_output",
        status: "processed",
      } as const;
      await store.forTenant(tenant).putFile(threadId, { object, content: done.content });
    } else {
      const [message] = ofThread.splice(done.message % (ofThread.length || 1), 1);
      if (message !== undefined) await store.forTenant(tenant).delete("message", message);
    }
  }
}

interface RunDeed {
  id: string;
  threadId: string;
  now: number;
  status: Run["status"];
  calls: number;
  says: string[];
}

/** A run that calls functions and then says something; returns the ids of its messages. */
async function actRun(
  store: Store,
  tenant: string,
  { id, threadId, now, status, calls, says }: RunDeed,
): Promise<string[]> {
  const run = aRun(`run_${id}`, threadId, { created_at: now });
  await store.forTenant(tenant).addToThread(threadId, { messages: [], run }, now, () => ({}));
  const ended = { created_at: now, status: "completed", completed_at: now } as const;
  for (let call = 0; call < calls; call++) {
    const step: RunStep = aStep(`step_${id}c${call}`, run, {
      ...ended,
      type: "tool_calls",
      step_details: {
        type: "tool_calls",
        tool_calls: [{
          id: `call_${id}${call}`,
          type: "function",
          function: { name: "f", arguments: "{}", output: call === 0 ? null : "done" },
        }],
      },
    });
    await store.forTenant(tenant).commitRun(run.id, () => ({ steps: [step] }));
  }
  const ids = says.map((_, index) => `msg_${id}s${index}`);
  for (const [index, said] of says.entries()) {
    const message = aMessage(ids[index] ?? "", threadId, {
      ...ended,
      role: "assistant",
      run_id: run.id,
      assistant_id: run.assistant_id,
      content: [{ type: "text", text: { value: said, annotations: [] } }],
    });
    const step = aStep(`step_${id}s${index}`, run, {
      ...ended,
      step_details: { type: "message_creation", message_creation: { message_id: message.id } },
    });
    await store.forTenant(tenant).commitRun(run.id, () => ({ messages: [message], steps: [step] }));
  }
  await store.forTenant(tenant).commitRun(run.id, (state) => ({
    run: {
      ...state.run,
      status,
      completed_at: status === "completed" ? now : null,
      last_error: status === "failed" ? { code: "server_error", message: "It broke." } : null,
      usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
    },
  }));
  return ids;
}

/** What the API shows a tenant, and what a run would replay of each thread. */
export async function observedState(store: Store, tenant: string): Promise<unknown> {
  const list = async <K extends Kind>(kind: K, query: { thread_id?: string; run_id?: string }) =>
    (await store.forTenant(tenant).list(kind, { limit: 10_000, order: "desc", ...query })).data;
  const threads = await list("thread", {});
  const inThreads = await Promise.all(threads.map(async ({ id: thread_id }) => {
    const runs = await list("run", { thread_id });
    return {
      messages: await list("message", { thread_id }),
      runs,
      steps: await Promise.all(runs.map(({ id }) => list("step", { thread_id, run_id: id }))),
      replayed: await store.forTenant(tenant).stepsWithCalls(thread_id),
    };
  }));
  return { assistants: await list("assistant", {}), threads, inThreads };
}
