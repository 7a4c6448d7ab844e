/** The metrics of the process, for Prometheus. */

import { Registry } from "./_registry.ts";

/** Bucket bounds in seconds: short calls take less than 1 ms, calls that wait for a run up to WAIT_S. */
const CALL_BOUNDS_S = [0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const UPSTREAM_BOUNDS_S = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

const registry = new Registry();

/** The metrics to which the parts of the program add. */
export const metrics = {
  calls: registry.counter(
    "assistants_mcp_tool_calls_total",
    "Number of tool calls by tool and outcome: ok or the status of the error.",
    ["tool", "outcome"],
  ),
  callSeconds: registry.histogram(
    "assistants_mcp_tool_call_duration_seconds",
    "Duration of tool calls.",
    CALL_BOUNDS_S,
    ["tool"],
  ),
  runs: registry.counter(
    "assistants_mcp_runs_total",
    "Number of runs by their status when this process stopped working on them.",
    ["status"],
  ),
  activeRuns: registry.gauge(
    "assistants_mcp_runs_active",
    "Number of runs that this process executes or has queued.",
  ),
  waitingRuns: registry.gauge(
    "assistants_mcp_runs_waiting",
    "Number of runs that this process has queued.",
  ),
  tokens: registry.counter(
    "assistants_mcp_run_tokens_total",
    "Number of tokens that runs used, by kind.",
    ["kind"],
  ),
  upstreamRequests: registry.counter(
    "assistants_mcp_upstream_requests_total",
    "Number of requests to the model server by the status of the response or the error.",
    ["status"],
  ),
  upstreamSeconds: registry.histogram(
    "assistants_mcp_upstream_request_duration_seconds",
    "Duration of requests to the model server, from queueing to the last byte.",
    UPSTREAM_BOUNDS_S,
  ),
  retries: registry.counter(
    "assistants_mcp_upstream_retries_total",
    "Number of retries of requests to the model server.",
  ),
  queueLength: registry.gauge(
    "assistants_mcp_upstream_queue_length",
    "Number of requests that are queued for the model server.",
  ),
  sessions: registry.gauge(
    "assistants_mcp_sessions_open",
    "Number of open sessions and HTTP+SSE streams.",
  ),
  httpResponses: registry.counter(
    "assistants_mcp_http_responses_total",
    "Number of HTTP responses by status.",
    ["status"],
  ),
} as const;

registry.observableGauge(
  "process_resident_memory_bytes",
  "Resident memory of the process in bytes.",
  () => Deno.memoryUsage().rss,
);
registry.observableGauge(
  "assistants_mcp_heap_used_bytes",
  "Used memory of the JavaScript heap in bytes.",
  () => Deno.memoryUsage().heapUsed,
);
const startedAtS = (performance.timeOrigin / 1000).toFixed(3);
registry.observableGauge(
  "process_start_time_seconds",
  "Start time of the process in seconds since 1970.",
  () => Number(startedAtS),
);

/** Media type of {@linkcode metricsText}. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Returns all metrics in the text format of Prometheus. */
export function metricsText(): string {
  return registry.text();
}
