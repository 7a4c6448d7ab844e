import assert from "node:assert/strict";
import { ApiError } from "../../src/shared/errors.ts";
import { type Job, Jobs } from "../../src/jobs/mod.ts";
import { toApiError } from "../../src/gateway/mod.ts";
import { openStore, type Store } from "../../src/store/mod.ts";
import { ManualClock } from "../kit/engine.ts";

const TENANT_A = "us";
const TOOL = "ask_openai";
const HOUR_MS = 3_600_000;

Deno.test("run() answers what is done in time, and keeps nothing of it", async () => {
  await using setup = setUp();
  const { jobs, clock } = setup;
  const work = setup.work();
  const answer = jobs.of(TENANT_A).run(call({ waitMs: 10_000 }), work.start);
  work.resolve({ text: "Done." });
  assert.deepEqual(await answer, { result: { text: "Done." } });
  assert.equal(clock.pending, 0);
});

Deno.test("run() throws what is refused in time", async () => {
  await using setup = setUp();
  const work = setup.work();
  const answer = setup.jobs.of(TENANT_A).run(call({ waitMs: 10_000 }), work.start);
  const refusal = new ApiError("The model says no.", { status: 400 });
  work.reject(refusal);
  await assert.rejects(answer, refusal);
});

Deno.test("run() goes on as a job after its time, and get() waits for what comes of it", async () => {
  await using setup = setUp();
  const { jobs, clock } = setup;
  const work = setup.work();
  const job = await handedOver(setup, work, { waitMs: 10_000 });
  assert.match(job.id, /^job_[A-Za-z0-9]{24}$/);
  assert.deepEqual(job, {
    id: job.id,
    tool: TOOL,
    status: "in_progress",
    result: null,
    error: null,
    expires_at: Math.floor((clock.now() + HOUR_MS) / 1000),
  });
  const waiting = jobs.of(TENANT_A).get(job.id, 10_000, live());
  clock.advance(9000);
  work.resolve({ text: "Done." });
  assert.deepEqual(await waiting, {
    ...job,
    status: "completed",
    result: { text: "Done." },
    expires_at: Math.floor((clock.now() + HOUR_MS) / 1000),
  });
  assert.deepEqual(await jobs.of(TENANT_A).get(job.id, 0, live()), await waiting);
  assert.equal(clock.pending, 0);
});

Deno.test("get() answers with the job as it is when the time is over", async () => {
  await using setup = setUp();
  const { jobs, clock } = setup;
  const job = await handedOver(setup, setup.work());
  const waiting = jobs.of(TENANT_A).get(job.id, 5000, live());
  clock.advance(5000);
  assert.equal((await waiting).status, "in_progress");
});

Deno.test("get() stops waiting when its caller goes, and the job goes on", async () => {
  await using setup = setUp();
  const { jobs } = setup;
  const work = setup.work();
  const job = await handedOver(setup, work);
  const caller = new AbortController();
  const waiting = jobs.of(TENANT_A).get(job.id, 5000, caller.signal);
  caller.abort(new Error("The caller has gone."));
  await assert.rejects(waiting, /The caller has gone/);
  work.resolve({ text: "Done." });
  assert.equal((await jobs.of(TENANT_A).get(job.id, 5000, live())).status, "completed");
});

Deno.test("a cancelled call stops its work before it is a job, and not after", async () => {
  await using setup = setUp();
  const { jobs } = setup;
  const early = setup.work();
  const caller = new AbortController();
  const answer = jobs.of(TENANT_A).run(
    call({ waitMs: 10_000, signal: caller.signal }),
    early.start,
  );
  caller.abort(new Error("The caller has gone."));
  await assert.rejects(answer, /The caller has gone/);
  assert.ok(early.signal?.aborted);

  const late = setup.work();
  const other = new AbortController();
  const job = await handedOver(setup, late, { waitMs: 10_000, signal: other.signal });
  other.abort(new Error("The caller has gone."));
  assert.equal(late.signal?.aborted, false);
  late.resolve({ text: "Done." });
  assert.equal((await jobs.of(TENANT_A).get(job.id, 5000, live())).status, "completed");
});

Deno.test("a call that is cancelled already does no work", async () => {
  await using setup = setUp();
  const signal = AbortSignal.abort(new Error("The caller has gone."));
  await assert.rejects(
    setup.jobs.of(TENANT_A).run(call({ signal }), () => assert.fail("It worked.")),
    /The caller has gone/,
  );
});

Deno.test("a job whose work is refused keeps the error, as the call would have shown it", async () => {
  await using setup = setUp();
  const { jobs } = setup;
  const work = setup.work();
  const job = await handedOver(setup, work);
  work.reject(
    new ApiError("Slow down.", {
      status: 429,
      type: "rate_limit_error",
      code: "rate_limit_exceeded",
      requestId: "req_1",
    }),
  );
  const { status, result, error } = await jobs.of(TENANT_A).get(job.id, 5000, live());
  assert.deepEqual([status, result], ["failed", null]);
  assert.deepEqual(error, {
    message: "Slow down.",
    type: "rate_limit_error",
    param: null,
    code: "rate_limit_exceeded",
    status: 429,
    request_id: "req_1",
  });
});

Deno.test("get() knows no job of another tenant, nor one that never was", async () => {
  await using setup = setUp();
  const { jobs } = setup;
  const work = setup.work();
  const job = await handedOver(setup, work);
  for (const id of [job.id, "job_none", "thread_1", ""]) {
    await assert.rejects(jobs.of("them").get(id, 5000, live()), {
      name: "ApiError",
      status: 404,
      message: `No job found with id '${id}'.`,
    });
  }
  work.resolve({});
  await jobs.of(TENANT_A).get(job.id, 5000, live());
  await assert.rejects(jobs.of("them").get(job.id, 5000, live()), { status: 404 });
});

Deno.test("a job is kept for an hour after its end", async () => {
  await using setup = setUp();
  const { jobs, clock, store } = setup;
  const work = setup.work();
  const job = await handedOver(setup, work);
  for (let hours = 0; hours < 3; hours++) {
    clock.advance(HOUR_MS);
    await store.forTenant(TENANT_A).getJob(job.id, 0);
  }
  work.resolve({});
  assert.equal((await jobs.of(TENANT_A).get(job.id, 5000, live())).status, "completed");
  clock.advance(HOUR_MS - 1000);
  assert.equal((await jobs.of(TENANT_A).get(job.id, 5000, live())).status, "completed");
  clock.advance(1000);
  await assert.rejects(jobs.of(TENANT_A).get(job.id, 5000, live()), { status: 404 });
});

Deno.test("get() looks again and again at the job of another process", async () => {
  await using setup = setUp();
  const { jobs, clock, store } = setup;
  const work = setup.work();
  const job = await handedOver(setup, work);
  const waiting = jobsOn(store, clock).of(TENANT_A).get(job.id, 5000, live());
  // One timer is the job's own, the other that of the waiting.
  while (clock.pending < 2) await Promise.resolve();
  clock.advance(500);
  while (clock.pending < 2) await Promise.resolve();
  work.resolve({ text: "Done." });
  await jobs.of(TENANT_A).get(job.id, 5000, live());
  clock.advance(500);
  assert.deepEqual((await waiting).result, { text: "Done." });
});

Deno.test("a job reads as failed when its process gives no sign of life, and as what it is after one", async () => {
  await using setup = setUp();
  const { clock, store } = setup;
  const elsewhere = jobsOn(store, clock);
  const read = (id: string) => elsewhere.of(TENANT_A).get(id, 0, live());
  const work = setup.work();
  const job = await handedOver(setup, work);
  for (let beats = 0; beats < 10; beats++) {
    clock.advance(2000);
    assert.equal((await at(clock, read(job.id))).status, "in_progress");
  }
  clock.advance(7000, { timers: false });
  const { status, error } = await read(job.id);
  assert.equal(status, "failed");
  const { message, code } = error as Record<string, unknown>;
  assert.equal(code, "interrupted");
  assert.match(String(message), /process .* has ended\. Make the call again\./);
  work.resolve({ text: "Late." });
  await setup.jobs.of(TENANT_A).get(job.id, 5000, live());
  assert.deepEqual((await read(job.id)).result, { text: "Late." });
});

Deno.test("close() ends the jobs of this process as failed, and their work", async () => {
  await using setup = setUp();
  const { jobs, store } = setup;
  const work = setup.work();
  const done = setup.work();
  const job = await handedOver(setup, work);
  const finished = await handedOver(setup, done);
  done.resolve({});
  await jobs.of(TENANT_A).get(finished.id, 5000, live());
  await jobs.close();
  assert.ok(work.signal?.aborted);
  const elsewhere = jobsOn(store).of(TENANT_A);
  const { status, error } = await elsewhere.get(job.id, 0, live());
  assert.equal(status, "failed");
  assert.match((error as { message: string }).message, /^The server was stopped before/);
  assert.equal((await elsewhere.get(finished.id, 0, live())).status, "completed");
});

Deno.test("run() makes no job of a server that is closed", async () => {
  await using setup = setUp();
  const { jobs, clock } = setup;
  const work = setup.work();
  const answer = jobs.of(TENANT_A).run(call({ waitMs: 10_000 }), work.start);
  await jobs.close();
  clock.advance(10_000);
  await assert.rejects(answer, { name: "ApiError", status: 503 });
  assert.ok(work.signal?.aborted);
});

Deno.test("run() stops work that cannot be kept, and says why", async () => {
  await using setup = setUp();
  const { jobs, clock, store } = setup;
  const work = setup.work();
  const answer = jobs.of(TENANT_A).run(call({ waitMs: 10_000 }), work.start);
  await store.close();
  clock.advance(10_000);
  await assert.rejects(answer, /database is not open/);
  assert.ok(work.signal?.aborted);
});

interface Setup extends AsyncDisposable {
  jobs: Jobs;
  store: Store;
  clock: ManualClock;
  work(): Work;
}

/** Work that ends as the test says. */
interface Work {
  start(signal: AbortSignal): Promise<object>;
  /** What it was started with. */
  signal: AbortSignal | undefined;
  resolve(result: object): void;
  reject(error: unknown): void;
}

function setUp(): Setup {
  const store = openStore("sqlite::memory:");
  const clock = new ManualClock();
  const jobs = jobsOn(store, clock);
  return {
    jobs,
    store,
    clock,
    work() {
      const { promise, resolve, reject } = Promise.withResolvers<object>();
      const work: Work = {
        signal: undefined,
        start(signal) {
          work.signal = signal;
          signal.addEventListener("abort", () => reject(signal.reason));
          return promise;
        },
        resolve,
        reject,
      };
      return work;
    },
    async [Symbol.asyncDispose]() {
      await jobs.close();
      await store.close();
    },
  };
}

function jobsOn(store: Store, clock?: ManualClock): Jobs {
  return new Jobs({ store, explain: toApiError, clock });
}

/** Lets a call's time be over. */
async function handedOver(
  { jobs, clock }: Setup,
  work: Work,
  { waitMs = 0, signal = live() } = {},
): Promise<Job> {
  const answer = jobs.of(TENANT_A).run(call({ waitMs, signal }), work.start);
  clock.advance(waitMs);
  const outcome = await answer;
  assert.ok("job" in outcome);
  return outcome.job;
}

function call({ waitMs = 10_000, signal = live() } = {}) {
  return { tool: TOOL, waitMs, signal };
}

function live(): AbortSignal {
  return new AbortController().signal;
}

/** Lets a wait of no time end. */
async function at<T>(clock: ManualClock, waiting: Promise<T>): Promise<T> {
  clock.advance(0);
  return await waiting;
}
