/** What every store does: one suite, run on each. */

import assert from "node:assert/strict";
import fc from "fast-check";
import type {
  Job,
  Kind,
  ListQuery,
  Message,
  Objects,
  Run,
  Store,
  TenantStore,
  Thread,
  ThreadAddition,
} from "../../src/store/mod.ts";
import { ACTIVE_STATUSES } from "../../src/store/mod.ts";
import { aJob, aMessage, anAssistant, aRun, aStep, aThread } from "./_objects.ts";

const NOW = 1_700_000_100;

/** A database, and in it the stores of two tenants. */
interface Stores {
  store: Store;
  us: TenantStore;
  them: TenantStore;
}

/** Opens stores; what they hold is removed with the opener. */
export interface Opener extends AsyncDisposable {
  open(): Store;
}

/** Registers the suite's tests under the store's name. */
export function testStore(name: string, opener: () => Opener): void {
  for (const [does, test] of Object.entries(tests)) {
    Deno.test(`${name}: ${does}`, async () => {
      await using stores = opener();
      const store = stores.open();
      try {
        await test({ store, us: store.forTenant("us"), them: store.forTenant("them") });
      } finally {
        await store.close();
      }
    });
  }
}

const LEASE = { owner: "p", expiresAtMs: 1000, upstream: "up" };

async function startRun(
  us: TenantStore,
  lease?: ThreadAddition["lease"],
  number = 1,
): Promise<Run> {
  const thread = aThread(`thread_${number}`);
  const run = aRun(`run_${number}`, thread.id);
  await enter(us, thread.id, { thread, messages: [], run, lease });
  return run;
}

async function leaseOf(us: TenantStore, runId: string) {
  let lease;
  await us.commitRun(runId, (state) => void (lease = state.lease));
  return lease;
}

const tests: Record<string, (stores: Stores) => Promise<void>> = {
  "putFile() keeps a file for its tenant, until it is deleted or its thread is": async (
    { us, them },
  ) => {
    const thread = aThread("thread_1");
    await enter(us, thread.id, { thread, messages: [] });
    const file = (id: string) => ({
      id,
      object: "file" as const,
      bytes: 3,
      created_at: NOW,
      filename: "a.bin",
      purpose: "assistants_output" as const,
      status: "processed" as const,
    });
    const content = new Uint8Array([0, 255, 1]);
    await us.putFile(thread.id, { object: file("file-1"), content });
    await us.putFile(thread.id, { object: file("file-2"), content: null });
    await us.putFile("thread_gone", { object: file("file-3"), content });
    assert.deepEqual(await us.getFile("file-1"), {
      object: file("file-1"),
      upload: null,
    });
    assert.deepEqual(await us.getFileContent("file-1"), content);
    assert.equal(await us.getFileContent("file-2"), null);
    assert.equal(await us.getFile("file-3"), undefined);
    assert.equal(await them.getFile("file-1"), undefined);
    assert.equal(await them.getFileContent("file-1"), null);

    const upload = { upstream: "up", file_id: "file-there" };
    await us.setFileUpload("file-1", upload);
    assert.deepEqual((await us.getFile("file-1"))?.upload, upload);
    assert.equal(await them.deleteFile("file-1"), false);
    assert.equal(await us.deleteFile("file-1"), true);
    assert.equal(await us.deleteFile("file-1"), false);
    await us.delete("thread", thread.id);
    assert.equal(await us.getFile("file-2"), undefined);
  },

  "putFile() keeps a file of no thread until another is put after its expiry": async (
    { us, them },
  ) => {
    const content = new Uint8Array([1]);
    const put = (tenant: TenantStore, id: string, created_at: number, expires_at: number) =>
      tenant.putFile(null, {
        object: {
          id,
          object: "file",
          bytes: 1,
          created_at,
          expires_at,
          filename: "a.png",
          purpose: "assistants_output",
          status: "processed",
        },
        content,
      });
    await put(us, "file-1", NOW, NOW + 10);
    await put(them, "file-1", NOW, NOW + 10);
    await put(us, "file-2", NOW + 9, NOW + 19);
    assert.deepEqual(await us.getFileContent("file-1"), content);
    await put(us, "file-3", NOW + 10, NOW + 20);
    assert.equal(await us.getFile("file-1"), undefined);
    assert.deepEqual(await us.getFileContent("file-2"), content);
    assert.deepEqual(await them.getFileContent("file-1"), content);
  },

  "setContainer() keeps the container of a thread at each upstream": async ({ us, them }) => {
    const thread = aThread("thread_1");
    await enter(us, thread.id, { thread, messages: [] });
    const container = { id: "cntr_1", file_ids: ["file-1"] };
    await us.setContainer(thread.id, "up", { id: "cntr_0", file_ids: [] });
    await us.setContainer(thread.id, "up", container);
    await us.setContainer("thread_gone", "up", container);
    assert.deepEqual(await us.getContainer(thread.id, "up"), container);
    assert.equal(await us.getContainer(thread.id, "other"), undefined);
    assert.equal(await them.getContainer(thread.id, "up"), undefined);
    assert.equal(await us.getContainer("thread_gone", "up"), undefined);
    await us.setContainer(thread.id, "up", null);
    assert.equal(await us.getContainer(thread.id, "up"), undefined);
  },

  "get() returns each kind as it was stored, and undefined for the rest": async ({ us }) => {
    const assistant = anAssistant("asst_1", { name: "Ada", metadata: { a: "1" } });
    const thread = aThread("thread_1");
    const messages = [aMessage("msg_1", "thread_1")];
    const run = aRun("run_1", "thread_1");
    const step = aStep("step_1", run);
    await us.insertAssistant(assistant);
    await enter(us, "thread_1", { thread, messages, run });
    await us.commitRun("run_1", () => ({ steps: [step] }));

    assert.deepEqual(await us.get("assistant", "asst_1"), assistant);
    assert.deepEqual(await us.get("thread", "thread_1"), thread);
    assert.deepEqual(await us.get("message", "msg_1"), messages[0]);
    assert.deepEqual(await us.get("run", "run_1"), run);
    assert.deepEqual(await us.get("step", "step_1"), step);
    assert.equal(await us.get("assistant", "asst_2"), undefined);
    assert.equal(await us.get("run", "thread_1"), undefined);
  },

  "a run keeps its items in order, and loses them when it ends": async ({ us, them }) => {
    const run = await startRun(us);
    await us.commitRun(
      run.id,
      () => ({ items: [{ type: "reasoning", n: 1 }, { n: 2 }] }),
    );
    await us.commitRun(run.id, () => ({ items: [{ n: 3 }] }));
    const items = [{ type: "reasoning", n: 1 }, { n: 2 }, { n: 3 }];
    assert.deepEqual(await us.runItems(run.id), items);
    assert.deepEqual(await them.runItems(run.id), []);
    await us.commitRun(
      run.id,
      ({ run }) => ({ run: { ...run, status: "requires_action" } }),
    );
    assert.equal((await us.runItems(run.id)).length, 3);
    await us.commitRun(
      run.id,
      ({ run }) => ({ run: { ...run, status: "completed" } }),
    );
    assert.deepEqual(await us.runItems(run.id), []);
  },

  "a lease is its owner's to renew, until it is given up or the run has ended": async (
    { us, them },
  ) => {
    const run = await startRun(us, LEASE);
    const later = { ...LEASE, expiresAtMs: 2000 };
    const other = await startRun(us, LEASE, 2);
    const renew = async (tenant: TenantStore, lease: typeof LEASE) =>
      Object.fromEntries(await tenant.renewLeases([run.id, other.id], lease));
    assert.deepEqual(await renew(us, later), { [run.id]: "queued", [other.id]: "queued" });
    assert.deepEqual(await renew(us, { ...later, owner: "q" }), {});
    assert.deepEqual(await renew(them, later), {});
    assert.deepEqual(await leaseOf(us, run.id), { ...later, attempt: 1 });

    await us.commitRun(run.id, () => ({ lease: null }));
    assert.deepEqual(await renew(us, later), { [other.id]: "queued" });
    await us.commitRun(run.id, () => ({ lease: LEASE }));
    assert.deepEqual(await leaseOf(us, run.id), { ...LEASE, attempt: 1 });
    await us.commitRun(
      run.id,
      ({ run }) => ({ run: { ...run, status: "failed" } }),
    );
    assert.equal(await leaseOf(us, run.id), null);
    assert.deepEqual(await renew(us, later), { [other.id]: "queued" });
  },

  "a lapsed lease is found and taken over by one process for the same upstream": async (
    { us, them },
  ) => {
    const run = await startRun(us, LEASE);
    assert.deepEqual(await us.runsWithExpiredLease("up", 999), []);
    assert.deepEqual(await them.runsWithExpiredLease("up", 1000), []);
    assert.deepEqual(await us.runsWithExpiredLease("other", 1000), []);
    assert.deepEqual(await us.runsWithExpiredLease("up", 1000), [run]);

    const lease = { owner: "q", expiresAtMs: 5000, upstream: "up" };
    const take = (tenant: TenantStore, wanted: typeof lease, nowMs: number) =>
      tenant.takeOverRun(run.id, wanted, nowMs, ({ run }) => ({
        run: { ...run, metadata: { taken: wanted.owner } },
      }));
    assert.equal(await take(us, lease, 999), undefined);
    assert.equal(await take(them, lease, 1000), undefined);
    assert.equal(await take(us, { ...lease, upstream: "other" }, 1000), undefined);
    assert.equal((await take(us, lease, 1000))?.metadata?.taken, "q");
    assert.equal(await take(us, { ...lease, owner: "r" }, 1000), undefined);
    assert.deepEqual(await leaseOf(us, run.id), { ...lease, attempt: 2 });
  },

  "a lease that is given back counts as the try that it is told to be": async ({ us }) => {
    const run = await startRun(us, LEASE);
    await us.commitRun(run.id, () => ({ lease: { ...LEASE, attempt: 0 } }));
    const lease = { owner: "q", expiresAtMs: 5000, upstream: "up" };
    await us.takeOverRun(run.id, lease, 1000, () => ({}));
    assert.deepEqual(await leaseOf(us, run.id), { ...lease, attempt: 1 });
  },

  "stepsWithCalls() finds the steps that have called tools, and where they began": async (
    { us, them },
  ) => {
    const run = await startRun(us);
    const thread_id = run.thread_id;
    const calls = (id: string) =>
      aStep(id, run, {
        type: "tool_calls",
        step_details: { type: "tool_calls", tool_calls: [] },
      });
    const steps = [aStep("step_1", run), calls("step_2"), calls("step_3")];
    await us.commitRun(run.id, () => ({ steps: steps.slice(0, 2) }));
    const [one, two] = [aMessage("msg_1", thread_id), aMessage("msg_2", thread_id)];
    await us.commitRun(run.id, () => ({ messages: [one] }));
    await us.commitRun(run.id, () => ({ messages: [two], steps: steps.slice(2) }));
    await us.commitRun(
      run.id,
      () => ({ messages: [aMessage("msg_3", thread_id)] }),
    );
    // Replacing a step leaves it in its place.
    await us.commitRun(run.id, () => ({ steps }));
    const placed = () => us.stepsWithCalls(thread_id);
    assert.deepEqual(await placed(), [
      { step: steps[1], after: undefined },
      { step: steps[2], after: "msg_2" },
    ]);
    await us.commitRun(
      run.id,
      ({ run }) => ({ run: { ...run, status: "completed" } }),
    );
    await us.delete("message", "msg_2");
    assert.deepEqual((await placed()).map(({ after }) => after), [undefined, "msg_1"]);
    const after = (from: string) => us.stepsWithCalls(thread_id, from);
    assert.deepEqual(await after("msg_1"), [{ step: steps[2], after: "msg_1" }]);
    assert.deepEqual(await after("msg_3"), []);
    assert.deepEqual(await us.stepsWithCalls("thread_other"), []);
    assert.deepEqual(await them.stepsWithCalls(thread_id), []);
  },

  "list() orders by time and, within a second, by arrival": async ({ us }) => {
    for (const [id, created_at] of [["a", 5], ["b", 7], ["c", 5], ["d", 6], ["e", 7]] as const) {
      await us.insertAssistant(anAssistant(id, { created_at }));
    }
    assert.deepEqual(await page(us, "assistant", { order: "asc" }), ["a", "c", "d", "b", "e"]);
    assert.deepEqual(await page(us, "assistant", { order: "desc" }), ["e", "b", "d", "c", "a"]);
  },

  "list() returns a page after, before, and between objects": async ({ us }) => {
    for (const id of ["a", "b", "c", "d", "e", "f"]) {
      await us.insertAssistant(anAssistant(id));
    }
    const list = async (query: Partial<ListQuery>) => {
      const { data, has_more } = await us.list("assistant", {
        limit: 2,
        order: "asc",
        ...query,
      });
      return [data.map(({ id }) => id).join(""), has_more];
    };
    assert.deepEqual(await list({}), ["ab", true]);
    assert.deepEqual(await list({ limit: 6 }), ["abcdef", false]);
    assert.deepEqual(await list({ after: "b" }), ["cd", true]);
    assert.deepEqual(await list({ after: "d" }), ["ef", false]);
    assert.deepEqual(await list({ after: "f" }), ["", false]);
    assert.deepEqual(await list({ before: "e" }), ["cd", true]);
    assert.deepEqual(await list({ before: "c" }), ["ab", false]);
    assert.deepEqual(await list({ before: "e", order: "desc" }), ["f", false]);
    assert.deepEqual(await list({ before: "a", order: "desc" }), ["cb", true]);
    assert.deepEqual(await list({ after: "a", before: "e" }), ["bc", true]);
    assert.deepEqual(await list({ after: "b", before: "e" }), ["cd", false]);
    assert.deepEqual(await list({ after: "e", before: "b" }), ["", false]);
    assert.deepEqual(await list({ after: "e", before: "b", order: "desc" }), ["dc", false]);
  },

  "list() keeps to a thread and a run": async ({ us }) => {
    const [one, two] = [aRun("run_1", "thread_1"), aRun("run_2", "thread_2")];
    await enter(us, "thread_1", {
      thread: aThread("thread_1"),
      messages: [aMessage("msg_1", "thread_1")],
      run: one,
    });
    await enter(us, "thread_2", { thread: aThread("thread_2"), messages: [], run: two });
    await us.commitRun("run_1", () => ({
      messages: [aMessage("msg_2", "thread_1", { run_id: "run_1" })],
      steps: [aStep("step_1", one)],
    }));
    await us.commitRun("run_2", () => ({
      messages: [aMessage("msg_3", "thread_2", { run_id: "run_2" })],
      steps: [aStep("step_2", two)],
    }));

    const [thread_id, run_id] = ["thread_1", "run_1"];
    assert.deepEqual(await page(us, "message", { thread_id }), ["msg_1", "msg_2"]);
    assert.deepEqual(await page(us, "message", { thread_id, run_id }), ["msg_2"]);
    assert.deepEqual(await page(us, "message", { thread_id: "thread_2", run_id }), []);
    assert.deepEqual(await page(us, "run", { thread_id }), ["run_1"]);
    assert.deepEqual(await page(us, "step", { thread_id, run_id }), ["step_1"]);
    assert.deepEqual(await page(us, "step", { run_id: "run_2" }), ["step_2"]);
    assert.deepEqual(await page(us, "thread", {}), ["thread_1", "thread_2"]);
    await unknownCursor(us, "message", { thread_id, after: "msg_3" }, "after", "msg_3");
    await unknownCursor(
      us,
      "message",
      { thread_id, run_id, before: "msg_1" },
      "before",
      "msg_1",
    );
  },

  "list() goes on from where a deleted object stood, in the list in which it stood": async (
    { us, them },
  ) => {
    for (const id of ["a", "b", "c"]) await us.insertAssistant(anAssistant(id));
    assert.equal(await us.delete("assistant", "b"), true);
    assert.deepEqual(await page(us, "assistant", { after: "b" }), ["c"]);
    assert.deepEqual(await page(us, "assistant", { before: "b" }), ["a"]);
    await us.delete("assistant", "c");
    assert.deepEqual(await page(us, "assistant", { after: "b", before: "c" }), []);
    await unknownCursor(us, "assistant", { after: "a", before: "d" }, "before", "d");
    await unknownCursor(us, "thread", { after: "b" }, "after", "b");
    const theirs = them.list("assistant", { limit: 1, order: "asc", after: "b" });
    await assert.rejects(theirs, { name: "UnknownCursorError" });

    for (const thread_id of ["thread_1", "thread_2"]) {
      const ids = [1, 2, 3].map((each) => `msg_${thread_id}_${each}`);
      const messages = ids.map((id) => aMessage(id, thread_id));
      await enter(us, thread_id, { thread: aThread(thread_id), messages });
      await us.delete("message", `msg_${thread_id}_2`);
    }
    const after = "msg_thread_1_2";
    const rest = await page(us, "message", { thread_id: "thread_1", after });
    assert.deepEqual(rest, ["msg_thread_1_3"]);
    await unknownCursor(us, "message", { thread_id: "thread_2", after }, "after", after);
    await us.delete("thread", "thread_1");
    assert.deepEqual(await page(us, "thread", { after: "thread_1" }), ["thread_2"]);
    await unknownCursor(us, "message", { thread_id: "thread_1", after }, "after", after);
  },

  "list() agrees with a plain array while objects come and go": async ({ store }) => {
    let runs = 0;
    const position = fc.nat(30);
    const action = fc.oneof(
      { weight: 3, arbitrary: fc.record({ insertAt: fc.nat(2) }) },
      { weight: 1, arbitrary: fc.record({ remove: position }) },
      {
        weight: 3,
        arbitrary: fc.record({
          limit: fc.integer({ min: 1, max: 6 }),
          order: fc.constantFrom("asc" as const, "desc" as const),
          after: fc.option(position, { nil: undefined }),
          before: fc.option(position, { nil: undefined }),
        }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60, size: "max" }), async (actions) => {
        const tenant = store.forTenant(`tenant-${runs++}`);
        const enterMessages = (messages: Message[], thread?: Thread) =>
          tenant.addToThread(
            "thread_1",
            { thread, messages },
            NOW,
            () => assert.fail(),
          );
        await enterMessages([], aThread("thread_1"));
        const ids: string[] = [];
        let known: Message[] = [];
        const removed = new Set<string>();
        for (const action of actions) {
          if ("insertAt" in action) {
            const id = `msg_${ids.length}`;
            const message = aMessage(id, "thread_1", { created_at: NOW + action.insertAt });
            await enterMessages([message]);
            ids.push(id);
            known = [...known, message].sort((a, b) => a.created_at - b.created_at);
          } else if ("remove" in action) {
            const id = idAt(ids, action.remove);
            assert.equal(
              await tenant.delete("message", id),
              ids.includes(id) && !removed.has(id),
            );
            removed.add(id);
          } else {
            const query = {
              ...action,
              after: action.after === undefined ? undefined : idAt(ids, action.after),
              before: action.before === undefined ? undefined : idAt(ids, action.before),
              thread_id: "thread_1",
            };
            const expected = expectedPage(known.map(({ id }) => id), removed, query);
            const listing = tenant.list("message", query);
            if ("param" in expected) {
              await assert.rejects(listing, { name: "UnknownCursorError", ...expected });
            } else {
              const { data, has_more } = await listing;
              assert.deepEqual({ ids: data.map(({ id }) => id), has_more }, expected);
            }
          }
        }
      }),
      { numRuns: 150 },
    );
  },

  "insertAssistant() returns the earlier assistant of a repeated key": async ({ us, them }) => {
    const first = anAssistant("asst_1", { name: "first" });
    assert.deepEqual(await us.insertAssistant(first, "key"), first);
    assert.deepEqual(
      await us.insertAssistant(anAssistant("asst_2"), "key"),
      first,
    );
    assert.equal(
      (await us.insertAssistant(anAssistant("asst_3"), "other")).id,
      "asst_3",
    );
    assert.equal((await us.insertAssistant(anAssistant("asst_4"))).id, "asst_4");
    assert.equal((await us.insertAssistant(anAssistant("asst_5"))).id, "asst_5");
    assert.equal(
      (await them.insertAssistant(anAssistant("asst_6"), "key")).id,
      "asst_6",
    );
    assert.deepEqual(
      await page(us, "assistant", {}),
      ["asst_1", "asst_3", "asst_4", "asst_5"],
    );

    await us.update(
      "assistant",
      "asst_1",
      (current) => ({ ...current, name: "renamed" }),
    );
    const renamed = await us.insertAssistant(anAssistant("asst_7"), "key");
    assert.deepEqual([renamed.id, renamed.name], ["asst_1", "renamed"]);
    await us.delete("assistant", "asst_1");
    assert.equal(
      (await us.insertAssistant(anAssistant("asst_8"), "key")).id,
      "asst_8",
    );
  },

  "addToThread() refuses a thread that is not there": async ({ us }) => {
    await assert.rejects(
      enter(us, "thread_1", { messages: [aMessage("msg_1", "thread_1")] }),
      { name: "GoneError", kind: "thread", id: "thread_1" },
    );
    assert.equal(await us.get("message", "msg_1"), undefined);
  },

  "addToThread() refuses messages and runs while a run is active": async ({ us }) => {
    await enter(us, "thread_1", { thread: aThread("thread_1"), messages: [] });
    for (const [index, status] of ACTIVE_STATUSES.entries()) {
      const id = `run_${index}`;
      await enter(us, "thread_1", { messages: [], run: aRun(id, "thread_1", { status }) });
      const busy = { name: "ThreadBusyError", threadId: "thread_1", runId: id };
      const messages = [aMessage("msg_1", "thread_1")];
      await assert.rejects(enter(us, "thread_1", { messages }), busy);
      await assert.rejects(
        enter(us, "thread_1", { messages, run: aRun("run_x", "thread_1") }),
        busy,
      );
      await finish(us, id);
    }
    assert.equal(await us.get("run", "run_x"), undefined);
    assert.equal(await us.get("message", "msg_1"), undefined);
    await enter(us, "thread_1", { messages: [aMessage("msg_1", "thread_1")] });
  },

  "addToThread() first ends a run that is past its time": async ({ us }) => {
    const run = aRun("run_1", "thread_1", { expires_at: NOW, status: "in_progress" });
    const step = aStep("step_1", run);
    const partial = aMessage("msg_1", "thread_1", { run_id: "run_1", status: "in_progress" });
    await enter(us, "thread_1", { thread: aThread("thread_1"), messages: [], run });
    await us.commitRun("run_1", () => ({
      messages: [partial, aMessage("msg_0", "thread_1", { run_id: "run_1" })],
      steps: [step, aStep("step_0", run, { status: "completed" })],
    }));

    const entry = { messages: [], run: aRun("run_2", "thread_1", { expires_at: null }) };
    await assert.rejects(enter(us, "thread_1", entry, NOW - 1), { runId: "run_1" });
    await us.addToThread("thread_1", entry, NOW, (state) => {
      assert.deepEqual(state, { run, messages: [partial], steps: [step], lease: null });
      return {
        run: { ...run, status: "expired" },
        messages: [{ ...partial, status: "incomplete" }],
        steps: [{ ...step, status: "expired" }],
      };
    });
    assert.equal((await us.get("run", "run_1"))?.status, "expired");
    assert.equal((await us.get("message", "msg_1"))?.status, "incomplete");
    assert.equal((await us.get("step", "step_1"))?.status, "expired");
    assert.equal((await us.get("run", "run_2"))?.status, "queued");
    const never = { messages: [], run: aRun("run_3", "thread_1") };
    await assert.rejects(enter(us, "thread_1", never, NOW * 2), { runId: "run_2" });
  },

  "addToThread() is undone as a whole when it fails": async ({ us }) => {
    const run = aRun("run_1", "thread_1", { expires_at: NOW });
    await enter(us, "thread_1", { thread: aThread("thread_1"), messages: [], run });
    const messages = [aMessage("msg_1", "thread_1")];
    const fails = us.addToThread("thread_1", { messages }, NOW, () => {
      throw new Error("no");
    });
    await assert.rejects(fails, { message: "no" });
    const stays = us.addToThread("thread_1", { messages }, NOW, () => ({
      run: { ...run, status: "cancelling" },
    }));
    await assert.rejects(stays, { name: "ThreadBusyError" });
    assert.equal((await us.get("run", "run_1"))?.status, "queued");
    assert.equal(await us.get("message", "msg_1"), undefined);
  },

  "update() replaces an object in its place": async ({ us }) => {
    for (const id of ["a", "b", "c"]) await us.insertAssistant(anAssistant(id));
    const metadata = { colour: "blue" };
    const updated = await us.update(
      "assistant",
      "a",
      (now) => ({ ...now, metadata }),
    );
    assert.deepEqual(updated, anAssistant("a", { metadata }));
    assert.deepEqual(await us.get("assistant", "a"), updated);
    assert.deepEqual(await page(us, "assistant", {}), ["a", "b", "c"]);
    const missing = await us.update(
      "assistant",
      "d",
      () => assert.fail("no object"),
    );
    assert.equal(missing, undefined);
    const fails = us.update("assistant", "b", () => {
      throw new Error("no");
    });
    await assert.rejects(fails, { message: "no" });
    assert.deepEqual(await us.get("assistant", "b"), anAssistant("b"));
  },

  "commitRun() shows what is in progress and writes what comes back": async ({ us }) => {
    const run = aRun("run_1", "thread_1", { status: "in_progress" });
    await enter(us, "thread_1", { thread: aThread("thread_1"), messages: [], run });
    const first = aMessage("msg_1", "thread_1", { run_id: "run_1", status: "in_progress" });
    const step = aStep("step_1", run);
    await us.commitRun("run_1", (state) => {
      assert.deepEqual(state, { run, messages: [], steps: [], lease: null });
      return { messages: [first], steps: [step] };
    });

    const done: Run = { ...run, status: "completed", completed_at: NOW };
    const after = await us.commitRun("run_1", (state) => {
      assert.deepEqual(state, { run, messages: [first], steps: [step], lease: null });
      return {
        run: done,
        messages: [{ ...first, status: "completed" }],
        steps: [{ ...step, status: "completed" }],
      };
    });
    assert.deepEqual(after, done);
    const seen = await us.commitRun("run_1", (state) => {
      assert.deepEqual(state, { run: done, messages: [], steps: [], lease: null });
      return undefined;
    });
    assert.deepEqual(seen, done);
    assert.deepEqual(await page(us, "step", { run_id: "run_1" }), ["step_1"]);
    const gone = await us.commitRun("run_2", () => assert.fail("no run"));
    assert.equal(gone, undefined);
  },

  "commitRun() writes nothing when its change throws": async ({ us }) => {
    const run = aRun("run_1", "thread_1");
    await enter(us, "thread_1", { thread: aThread("thread_1"), messages: [], run });
    const fails = us.commitRun("run_1", () => {
      throw new Error("no");
    });
    await assert.rejects(fails, { message: "no" });
    const halfway = us.commitRun("run_1", () => ({
      run: { ...run, status: "completed" },
      messages: [aMessage("msg_1", "thread_of_nobody")],
    }));
    await assert.rejects(halfway);
    assert.deepEqual(await us.get("run", "run_1"), run);
  },

  "delete() takes a thread with all that is in it": async ({ us }) => {
    const run = aRun("run_1", "thread_1");
    for (const id of ["thread_1", "thread_2"]) {
      await enter(us, id, { thread: aThread(id), messages: [aMessage(`msg_${id}`, id)] });
    }
    await enter(us, "thread_1", { messages: [], run });
    await us.commitRun("run_1", () => ({ steps: [aStep("step_1", run)] }));

    assert.equal(await us.delete("thread", "thread_1"), true);
    assert.equal(await us.delete("thread", "thread_1"), false);
    assert.equal(await us.get("message", "msg_thread_1"), undefined);
    assert.equal(await us.get("run", "run_1"), undefined);
    assert.equal(await us.get("step", "step_1"), undefined);
    assert.equal(
      await us.commitRun("run_1", () => assert.fail("no run")),
      undefined,
    );
    assert.deepEqual(await page(us, "message", { thread_id: "thread_2" }), ["msg_thread_2"]);
  },

  "delete() refuses a message while a run is active": async ({ us }) => {
    const run = aRun("run_1", "thread_1");
    const messages = [aMessage("msg_1", "thread_1")];
    await enter(us, "thread_1", { thread: aThread("thread_1"), messages, run });
    await assert.rejects(us.delete("message", "msg_1"), {
      name: "ThreadBusyError",
      threadId: "thread_1",
      runId: "run_1",
    });
    assert.equal(await us.delete("message", "msg_2"), false);
    await finish(us, "run_1");
    assert.equal(await us.delete("message", "msg_1"), true);
    assert.equal(await us.get("message", "msg_1"), undefined);
  },

  "delete() of an assistant leaves its runs": async ({ us }) => {
    await us.insertAssistant(anAssistant("asst_1"));
    const run = aRun("run_1", "thread_1", { assistant_id: "asst_1" });
    await enter(us, "thread_1", { thread: aThread("thread_1"), messages: [], run });
    assert.equal(await us.delete("assistant", "asst_1"), true);
    assert.equal(await us.delete("assistant", "asst_1"), false);
    assert.deepEqual(await us.get("run", "run_1"), run);
  },

  "no call finds another tenant's objects": async ({ us, them }) => {
    const run = aRun("run_1", "thread_1", { expires_at: NOW });
    const entry = {
      thread: aThread("thread_1"),
      messages: [aMessage("msg_1", "thread_1"), aMessage("msg_2", "thread_1", { run_id: "run_1" })],
      run,
    };
    await us.insertAssistant(anAssistant("asst_1"), "key");
    await enter(us, "thread_1", entry);
    await us.commitRun("run_1", () => ({ steps: [aStep("step_1", run)] }));
    const before = await everything(us);

    const ids = {
      assistant: "asst_1",
      thread: "thread_1",
      message: "msg_1",
      run: "run_1",
      step: "step_1",
    } satisfies Record<Kind, string>;
    for (const kind of Object.keys(ids) as Kind[]) {
      const id = ids[kind];
      assert.equal(await them.get(kind, id), undefined);
      assert.equal(
        await them.update(kind, id, () => assert.fail(kind)),
        undefined,
      );
      const query: ListQuery = { limit: 100, order: "asc" };
      assert.deepEqual(await them.list(kind, query), {
        data: [],
        has_more: false,
      });
      for (const cursor of ["after", "before"]) {
        await assert.rejects(
          them.list(kind, { ...query, [cursor]: id }),
          { name: "UnknownCursorError", param: cursor, id },
        );
      }
    }
    assert.equal(
      await them.commitRun("run_1", () => assert.fail("commit")),
      undefined,
    );
    for (const kind of ["assistant", "thread", "message"] as const) {
      assert.equal(await them.delete(kind, ids[kind]), false);
    }
    const intrusion = { messages: [aMessage("msg_3", "thread_1")] };
    await assert.rejects(
      them.addToThread("thread_1", intrusion, NOW, () => assert.fail("expire")),
      { name: "GoneError" },
    );
    const theirs = anAssistant("asst_2");
    assert.deepEqual(await them.insertAssistant(theirs, "key"), theirs);
    assert.deepEqual(await everything(us), before);

    // The same ids elsewhere are other objects, with keys and a lock of their own.
    await them.insertAssistant(anAssistant("asst_1"), "their key");
    assert.equal(
      (await us.insertAssistant(anAssistant("asst_3"), "key")).id,
      "asst_1",
    );
    await them.addToThread("thread_1", entry, NOW, () => assert.fail("expire"));
    await them.update("run", "run_1", (now) => ({ ...now, model: "theirs" }));
    const sight = await them.commitRun("run_1", (state) => {
      assert.deepEqual(state.steps, []);
      return undefined;
    });
    assert.equal(sight?.model, "theirs");
    assert.equal(await them.delete("thread", "thread_1"), true);
    assert.deepEqual(await everything(us), before);
  },

  "a job is found by its tenant until it expires": async ({ us, them }) => {
    const job = aJob("job_1", { expires_at: 100 });
    await us.putJob(job, 50);
    assert.deepEqual(await us.getJob("job_1", 99), job);
    assert.equal(await us.getJob("job_1", 100), undefined);
    assert.equal(await them.getJob("job_1", 50), undefined);
    assert.equal(await us.getJob("job_2", 50), undefined);
    await them.putJob(aJob("job_1", { tool: "theirs" }), 50);
    assert.deepEqual(await us.getJob("job_1", 50), job);
  },

  "a job that has ended stays as it is": async ({ us }) => {
    const job = aJob("job_1");
    await us.putJob(job, 0);
    await us.putJob({ ...job, expires_at: 200 }, 0);
    assert.equal((await us.getJob("job_1", 150))?.expires_at, 200);
    const ended: Job = { ...job, status: "completed", result: { text: "Done." } };
    await us.putJob(ended, 0);
    await us.putJob({ ...job, expires_at: 300 }, 0);
    assert.deepEqual(await us.getJob("job_1", 0), ended);
  },

  "writing a job deletes what has expired of its tenant's": async ({ us, them }) => {
    await us.putJob(aJob("job_1", { expires_at: 100 }), 0);
    await us.putJob(aJob("job_2", { expires_at: 101 }), 0);
    await them.putJob(aJob("job_1", { expires_at: 100 }), 0);
    await us.putJob(aJob("job_3", { expires_at: 200 }), 100);
    const left = await Promise.all(
      ["job_1", "job_2", "job_3"].map((id) => us.getJob(id, 0)),
    );
    assert.deepEqual(left.map((job) => job?.id), [undefined, "job_2", "job_3"]);
    assert.equal((await them.getJob("job_1", 0))?.id, "job_1");
  },

  "threads that are unused go with all that is in them, whoever's they are": async (
    { us, them, store },
  ) => {
    for (
      const [tenant, id, created_at] of [[us, "1", 10], [us, "2", 20], [them, "1", 10]] as const
    ) {
      const thread = aThread(`thread_${id}`, { created_at });
      const message = aMessage(`msg_${id}`, thread.id, { created_at });
      await tenant.addToThread(
        thread.id,
        { thread, messages: [message] },
        created_at,
        () => ({}),
      );
    }
    assert.equal(await store.deleteUnusedThread(10, NOW), false);
    assert.equal(await store.deleteUnusedThread(11, NOW), true);
    assert.equal(await store.deleteUnusedThread(11, NOW), true);
    assert.equal(await us.get("message", "msg_1"), undefined);
    assert.equal(await them.get("thread", "thread_1"), undefined);
    assert.equal((await us.get("message", "msg_2"))?.id, "msg_2");
    assert.equal(await store.deleteUnusedThread(11, NOW), false);
  },

  "a thread is used by what enters it and by what is changed in it": async ({ us, store }) => {
    const DAY = 86_400;
    const old = 1_000;
    const changes: Record<string, (id: string) => Promise<unknown>> = {
      thread: (id) => us.update("thread", id, (thread) => ({ ...thread, metadata: {} })),
      message: (id) => us.update("message", `msg_${id}`, (message) => message),
      run: (id) => us.update("run", `run_${id}`, (run) => run),
      enter: (id) => us.addToThread(id, { messages: [] }, old + DAY, () => ({})),
      nothing: () => Promise.resolve(),
    };
    for (const [name, change] of Object.entries(changes)) {
      const id = `thread_${name}`;
      const run = aRun(`run_${id}`, id, { status: "completed" });
      const entry = {
        thread: aThread(id, { created_at: old }),
        messages: [aMessage(`msg_${id}`, id)],
        run,
      };
      await us.addToThread(id, entry, old, () => ({}));
      await change(id);
    }
    assert.equal(await store.deleteUnusedThread(old + DAY, NOW), true);
    assert.equal(await store.deleteUnusedThread(old + DAY, NOW), false);
    assert.deepEqual(
      (await page(us, "thread", {})).toSorted(),
      ["thread_enter", "thread_message", "thread_run", "thread_thread"],
    );
  },

  "a thread stays while a run is active on it, until that has outlived its time": async (
    { us, store },
  ) => {
    const run = aRun("run_1", "thread_1", { expires_at: 600 });
    const entry = { thread: aThread("thread_1", { created_at: 0 }), messages: [], run };
    await us.addToThread("thread_1", entry, 0, () => ({}));
    assert.equal(await store.deleteUnusedThread(100, 599), false);
    assert.equal(await store.deleteUnusedThread(100, 600), true);
    assert.equal(await us.get("run", "run_1"), undefined);
  },

  "pages of large objects end early, and say that there are more": async ({ us }) => {
    const value = "a".repeat(1024 * 1024);
    const messages = Array.from({ length: 10 }, (_, index) =>
      aMessage(`msg_${index}`, "thread_1", {
        content: [{ type: "text", text: { value: `word ${value}`, annotations: [] } }],
      }));
    await enter(us, "thread_1", { thread: aThread("thread_1"), messages });
    const query = { limit: 100, order: "asc", thread_id: "thread_1" } as const;
    const found: string[] = [];
    let after: string | undefined;
    for (let pages = 1;; pages++) {
      const { data, has_more } = await us.list("message", { ...query, after });
      assert.ok(data.length >= 1 && data.length <= 4);
      found.push(...data.map(({ id }) => id));
      after = found.at(-1);
      if (!has_more) break;
      assert.ok(pages < 10);
    }
    assert.deepEqual(found, messages.map(({ id }) => id));
    const before = await us.list("message", { ...query, before: "msg_9" });
    assert.deepEqual(before.data.map(({ id }) => id), ["msg_6", "msg_7", "msg_8"]);
    assert.equal(before.has_more, true);
    const search = { limit: 100, terms: [{ text: "word", prefix: false }] };
    const hits = await us.searchMessages(search);
    assert.deepEqual([hits.data.length, hits.has_more], [3, true]);
  },

  "an object of a quarter of a million characters comes back whole": async ({ us }) => {
    const value = "字".repeat(256_000);
    const message = aMessage("msg_1", "thread_1", {
      content: [{ type: "text", text: { value, annotations: [] } }],
    });
    await enter(us, "thread_1", { thread: aThread("thread_1"), messages: [message] });
    assert.deepEqual(await us.get("message", "msg_1"), message);
  },
};

function enter(us: TenantStore, threadId: string, entry: ThreadAddition, now = NOW): Promise<void> {
  return us.addToThread(
    threadId,
    entry,
    now,
    () => assert.fail("No run is past its time."),
  );
}

async function finish(us: TenantStore, runId: string): Promise<void> {
  await us.update("run", runId, (run) => ({ ...run, status: "completed" }));
}

async function page(us: TenantStore, kind: Kind, query: Partial<ListQuery>): Promise<string[]> {
  const { data } = await us.list(kind, { limit: 100, order: "asc", ...query });
  return data.map(({ id }) => id);
}

/** An id that was once given out, or where there is none yet one that never was. */
function idAt(ids: string[], position: number): string {
  return ids[position % ids.length] ?? "msg_none";
}

/** The page by slices of an array of the ids, oldest first. */
function expectedPage(
  oldestFirst: string[],
  removed: Set<string>,
  { limit, order, after, before }: ListQuery,
): { ids: string[]; has_more: boolean } | { param: string; id: string } {
  const ids = order === "asc" ? oldestFirst : oldestFirst.toReversed();
  if (after !== undefined && !ids.includes(after)) return { param: "after", id: after };
  if (before !== undefined && !ids.includes(before)) return { param: "before", id: before };
  const start = after === undefined ? 0 : ids.indexOf(after) + 1;
  const rest = ids.slice(start, before === undefined ? ids.length : ids.indexOf(before))
    .filter((id) => !removed.has(id));
  const onlyBefore = before !== undefined && after === undefined;
  return {
    ids: onlyBefore ? rest.slice(-limit) : rest.slice(0, limit),
    has_more: rest.length > limit,
  };
}

async function everything(us: TenantStore): Promise<Objects[Kind][]> {
  const pages = [];
  for (const kind of ["assistant", "thread", "message", "run", "step"] as const) {
    pages.push((await us.list(kind, { limit: 100, order: "asc" })).data);
  }
  return pages.flat();
}

async function unknownCursor(
  us: TenantStore,
  kind: Kind,
  query: Partial<ListQuery>,
  param: string,
  id: string,
): Promise<void> {
  await assert.rejects(
    us.list(kind, { limit: 20, order: "desc", ...query }),
    { name: "UnknownCursorError", param, id },
  );
}
