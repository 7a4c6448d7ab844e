/** Jobs of real processes on one database file. */

import assert from "node:assert/strict";
import { Jobs } from "../../src/jobs/mod.ts";
import { toApiError } from "../../src/gateway/mod.ts";
import { openStore } from "../../src/store/mod.ts";
import { StdioProcess, tempFolder } from "../kit/process.ts";
import { ManualClock } from "../kit/engine.ts";
import {
  gate,
  hang,
  type ResponsesServer,
  startResponsesServer,
  text,
} from "../fakes/responses_server.ts";

Deno.test("get_job waits for a job of another process", async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  await using one = await start(folder, upstream);
  await using other = await start(folder, upstream);
  const middle = gate();
  upstream.enqueue(text(["Half ", middle, "and half."]));
  const job_id = await startJob(one);
  await middle.reached;
  const waiting = call(other, "get_job", { job_id });
  middle.open();
  const { status, result } = await waiting;
  assert.deepEqual([status, result.text], ["completed", "Half and half."]);
});

Deno.test("a job of a process that is told to stop has failed when that has ended", async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  const server = await start(folder, upstream);
  const job_id = await brokenOff(server, upstream, "SIGTERM");
  const { status, error } = await readJob(folder, job_id);
  assert.equal(status, "failed");
  assert.match((error as { message: string }).message, /^The server was stopped before/);
});

Deno.test("a job of a process that is killed reads as failed soon after", async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  const server = await start(folder, upstream);
  const job_id = await brokenOff(server, upstream, "SIGKILL");
  assert.equal((await readJob(folder, job_id)).status, "in_progress");
  const { status, error } = await readJob(folder, job_id, 8000);
  assert.equal(status, "failed");
  assert.match((error as { message: string }).message, /^The process that worked on the job/);
});

async function start(folder: { path: string }, upstream: ResponsesServer): Promise<StdioProcess> {
  const server = new StdioProcess({
    OPENAI_API_KEY: "sk-test-0123456789",
    OPENAI_BASE_URL: upstream.url,
    DATABASE_URL: `sqlite:${folder.path}/test.db`,
    XDG_DATA_HOME: folder.path,
  });
  await server.initialize();
  return server;
}

// deno-lint-ignore no-explicit-any -- answers of every shape
async function call(server: StdioProcess, name: string, args: object): Promise<any> {
  const { result } = await server.request(name, "tools/call", { name, arguments: args });
  return result.structuredContent;
}

async function startJob(server: StdioProcess): Promise<string> {
  const { status, job_id } = await call(server, "ask_openai", { query: "A story", wait_s: 0 });
  assert.equal(status, "in_progress");
  return job_id;
}

/** The job of a process that has ended before the model did. */
async function brokenOff(
  server: StdioProcess,
  upstream: ResponsesServer,
  signal: Deno.Signal,
): Promise<string> {
  const script = hang(text("Once"), 5);
  upstream.enqueue(script);
  const job_id = await startJob(server);
  await upstream.received(1);
  server.child.kill(signal);
  await server.ended();
  await script.gone;
  return job_id;
}

/** What a process sees of the job that starts so much later. */
async function readJob(folder: { path: string }, id: string, laterMs = 0) {
  const store = openStore(`sqlite:${folder.path}/test.db`);
  const clock = new ManualClock();
  clock.advance(laterMs);
  try {
    const jobs = new Jobs({ store, explain: toApiError, clock });
    return await jobs.of("default").get(id, 0, new AbortController().signal);
  } finally {
    await store.close();
  }
}
