/** What the process counts, for Prometheus. */

import { Registry } from "./_registry.ts";

/** Seconds: short calls take less than one thousandth, and those that follow a run up to WAIT_S. */
const CALL_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const UPSTREAM_BOUNDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

const registry = new Registry();

export const metrics = {
  calls: registry.counter(
    "assistants_mcp_tool_calls_total",
    "Tool calls by tool and outcome, which is ok or the status of the error.",
    ["tool", "outcome"],
  ),
  callSeconds: registry.histogram(
    "assistants_mcp_tool_call_duration_seconds",
    "How long tool calls took.",
    CALL_BOUNDS,
    ["tool"],
  ),
  runs: registry.counter(
    "assistants_mcp_runs_total",
    "Runs by the status in which this process has left them, which may be requires_action.",
    ["status"],
  ),
  activeRuns: registry.gauge(
    "assistants_mcp_runs_active",
    "Runs that this process is working on, or is to work on.",
  ),
  waitingRuns: registry.gauge(
    "assistants_mcp_runs_waiting",
    "Those of them that wait for a place to be worked on.",
  ),
  tokens: registry.counter(
    "assistants_mcp_run_tokens_total",
    "Tokens that runs have used, by kind.",
    ["kind"],
  ),
  upstreamRequests: registry.counter(
    "assistants_mcp_upstream_requests_total",
    "Requests to the model server by the status of the answer, or of the error for want of one.",
    ["status"],
  ),
  upstreamSeconds: registry.histogram(
    "assistants_mcp_upstream_request_duration_seconds",
    "How long requests to the model server took, from their place in line to the last byte.",
    UPSTREAM_BOUNDS,
  ),
  retries: registry.counter(
    "assistants_mcp_upstream_retries_total",
    "Tries of requests to the model server after the first.",
  ),
  queueLength: registry.gauge(
    "assistants_mcp_upstream_queue_length",
    "Requests that wait in line for the model server.",
  ),
  sessions: registry.gauge(
    "assistants_mcp_sessions_open",
    "Sessions and HTTP+SSE streams of clients that are open.",
  ),
  httpResponses: registry.counter(
    "assistants_mcp_http_responses_total",
    "Answers over HTTP by status.",
    ["status"],
  ),
} as const;

registry.observed(
  "process_resident_memory_bytes",
  "Memory of the process that is in RAM.",
  () => Deno.memoryUsage().rss,
);
registry.observed(
  "assistants_mcp_heap_used_bytes",
  "Memory that the program's objects take.",
  () => Deno.memoryUsage().heapUsed,
);
const startedAt = (performance.timeOrigin / 1000).toFixed(3);
registry.observed(
  "process_start_time_seconds",
  "When the process started, in seconds since 1970.",
  () => Number(startedAt),
);

/** What the type of the text is called. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** All metrics as Prometheus reads them. */
export function metricsText(): string {
  return registry.text();
}
