/** Random actions on a database, and the state of the database as the API shows it. */

import fc from "fast-check";
import type { Kind, Message, Run, RunStep, Store } from "../../src/store/mod.ts";
import { aMessage, anAssistant, aRun, aStep, aThread } from "../store/_objects.ts";

/** An action on a database. */
export type Action =
  | { type: "assistant"; key: boolean; name: string | null }
  | { type: "thread" }
  | { type: "message"; thread: number; text: string }
  | { type: "run"; thread: number; status: Run["status"]; calls: number; replies: string[] }
  | { type: "file"; thread: number; content: Uint8Array<ArrayBuffer> | null }
  | { type: "delete message"; thread: number; message: number }
  | { type: "tick"; seconds: number };

const text = fc.string({ unit: "binary", maxLength: 20 });
const thread = fc.nat({ max: 3 });

const ENDED: Run["status"][] = [
  "completed",
  "failed",
  "incomplete",
  "cancelled",
  "expired",
];

export const actionArbitrary: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    type: fc.constant("assistant" as const),
    key: fc.boolean(),
    name: fc.option(text),
  }),
  fc.record({ type: fc.constant("thread" as const) }),
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant("message" as const), thread, text }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("run" as const),
      thread,
      status: fc.constantFrom(...ENDED),
      calls: fc.nat({ max: 2 }),
      replies: fc.array(text, { maxLength: 2 }),
    }),
  },
  fc.record({
    type: fc.constant("file" as const),
    thread,
    content: fc.option(fc.uint8Array({ maxLength: 50 }).map((bytes) => new Uint8Array(bytes))),
  }),
  fc.record({
    type: fc.constant("delete message" as const),
    thread,
    message: fc.nat({ max: 20 }),
  }),
  // The clock of a machine may go backwards.
  fc.record({ type: fc.constant("tick" as const), seconds: fc.constantFrom(1, 1, 2, -1) }),
);

/** Applies the actions for a tenant, in order. */
export async function applyActions(
  store: Store,
  tenant: string,
  actions: readonly Action[],
): Promise<void> {
  let now = 1_700_000_000;
  let number = 0;
  const threads: string[] = [];
  const messages = new Map<string, string[]>();
  for (const action of actions) {
    const id = String(number++).padStart(4, "0");
    const threadId = "thread" in action ? threads[action.thread % threads.length] : undefined;
    switch (action.type) {
      case "tick":
        now += action.seconds;
        continue;
      case "assistant": {
        const assistant = anAssistant(`asst_${id}`, { created_at: now, name: action.name });
        await store.forTenant(tenant).insertAssistant(
          assistant,
          action.key ? `key ${id}` : undefined,
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
    if (action.type === "message") {
      const content: Message["content"] = [
        { type: "text", text: { value: action.text, annotations: [] } },
      ];
      const message = aMessage(`msg_${id}`, threadId, { created_at: now, content });
      await store.forTenant(tenant).addToThread(threadId, { messages: [message] }, now, () => ({}));
      ofThread.push(message.id);
    } else if (action.type === "run") {
      ofThread.push(...await addRun(store, tenant, { ...action, id, threadId, now }));
    } else if (action.type === "file") {
      const object = {
        id: `file-${id}`,
        object: "file",
        bytes: action.content?.length ?? 0,
        created_at: now,
        filename: "plot.png",
        purpose: "assistants_output",
        status: "processed",
      } as const;
      await store.forTenant(tenant).putFile(threadId, { object, content: action.content });
    } else {
      const [message] = ofThread.splice(action.message % (ofThread.length || 1), 1);
      if (message !== undefined) await store.forTenant(tenant).delete("message", message);
    }
  }
}

interface RunAction {
  id: string;
  threadId: string;
  now: number;
  status: Run["status"];
  calls: number;
  replies: string[];
}

/** Adds a run that calls functions and then sends replies; returns the ids of its messages. */
async function addRun(
  store: Store,
  tenant: string,
  { id, threadId, now, status, calls, replies }: RunAction,
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
  const ids = replies.map((_, index) => `msg_${id}s${index}`);
  for (const [index, reply] of replies.entries()) {
    const message = aMessage(ids[index] ?? "", threadId, {
      ...ended,
      role: "assistant",
      run_id: run.id,
      assistant_id: run.assistant_id,
      content: [{ type: "text", text: { value: reply, annotations: [] } }],
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

/** Returns the objects that the API shows a tenant, and the steps that a run would replay. */
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
