/**
 * Observation of tool calls, runs and upstream requests: a log record, metrics and a span for each.
 * They contain IDs, names, numbers and statuses only; never content, headers or keys.
 */

import { getLogger, type Logger } from "@logtape/logtape";
import { newId } from "../shared/ids.ts";
import { metrics } from "./metrics.ts";
import { inRequest, requestScope } from "./request_scope.ts";
import { startSpan } from "./traces.ts";

/** An operation in progress. */
export interface Observed<E> {
  /** Runs the work of the operation; operations that start meanwhile are its children. */
  within<T>(work: () => T): T;
  /** Ends the operation; must be called once. */
  end(outcome: E): void;
}

/** The error of an operation. */
export interface Failure {
  status: number;
  code: string | null;
}

/** The observed part of a run. */
export interface RunEnd {
  status: string;
  /** Tokens of all responses of the run. */
  usage?: { prompt_tokens: number; completion_tokens: number } | null;
  last_error?: { code: string } | null;
}

/** The end of an upstream request. */
export interface UpstreamEnd {
  /** HTTP status of the response, or of the error if there is no response. */
  status: number;
  tries: number;
  requestId?: string;
}

const callLog = getLogger(["assistants-mcp", "calls"]);
const runLog = getLogger(["assistants-mcp", "runs"]);
const upstreamLog = getLogger(["assistants-mcp", "upstream"]);

/** A tool call in progress. */
export interface ObservedCall extends Observed<Failure | undefined> {
  /** The ID of the HTTP request, or a new ID for a call over stdio. */
  readonly requestId: string;
}

/** Starts to observe a tool call. */
export function observeCall(tool: string, tenant: string): ObservedCall {
  const startedAtMs = performance.now();
  const current = requestScope();
  const scope = current ?? { requestId: newId("req") };
  const span = startSpan(`tools/call ${tool}`, {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": tool,
    "assistants_mcp.tenant": shortTenant(tenant),
    "assistants_mcp.request.id": scope.requestId,
  });
  return {
    requestId: scope.requestId,
    within: (work) => span.within(() => current === undefined ? inRequest(scope, work) : work()),
    end(failure) {
      const durationMs = performance.now() - startedAtMs;
      const outcome = failure === undefined ? "ok" : String(failure.status);
      const isServerError = failure !== undefined && failure.status >= 500;
      metrics.calls.add(1, tool, outcome);
      metrics.callSeconds.observe(durationMs / 1000, tool);
      span.end({ "assistants_mcp.outcome": outcome, "error.type": codeOf(failure) }, isServerError);
      write(
        callLog,
        isServerError ? "info" : "debug",
        "{tool}: {outcome} in {durationMs} ms",
        () => ({
          requestId: scope.requestId,
          tool,
          tenant: shortTenant(tenant),
          outcome,
          code: codeOf(failure),
          durationMs: roundTenths(durationMs),
          upstreamRequestId: scope.upstreamRequestId,
        }),
      );
    },
  };
}

/** Starts to observe the work on a run. The end has no run if another process took it over. */
export function observeRun(
  { id: run, usage: before }: { id: string; usage: RunEnd["usage"] },
  tenant: string,
): Observed<RunEnd | undefined> {
  const startedAtMs = performance.now();
  const scope = requestScope();
  const span = startSpan("run", {
    "gen_ai.operation.name": "invoke_agent",
    "assistants_mcp.run.id": run,
    "assistants_mcp.tenant": shortTenant(tenant),
    "assistants_mcp.request.id": scope?.requestId,
  });
  metrics.activeRuns.add(1);
  return {
    within: (work) => span.within(work),
    end(last) {
      const status = last?.status ?? "left";
      const promptTokens = increase(last?.usage?.prompt_tokens, before?.prompt_tokens);
      const completionTokens = increase(last?.usage?.completion_tokens, before?.completion_tokens);
      metrics.activeRuns.add(-1);
      metrics.runs.add(1, status);
      if (promptTokens !== undefined) metrics.tokens.add(promptTokens, "prompt");
      if (completionTokens !== undefined) metrics.tokens.add(completionTokens, "completion");
      span.end({
        "assistants_mcp.run.status": status,
        "gen_ai.usage.input_tokens": promptTokens,
        "gen_ai.usage.output_tokens": completionTokens,
        "error.type": last?.last_error?.code,
      }, status === "failed");
      write(runLog, "info", "{run}: {status} in {durationMs} ms", () => ({
        // The request that started the run, whichever request ends it.
        requestId: scope?.requestId,
        run,
        tenant: shortTenant(tenant),
        status,
        code: last?.last_error?.code,
        durationMs: roundTenths(performance.now() - startedAtMs),
        promptTokens,
        completionTokens,
        upstreamRequestId: scope?.upstreamRequestId,
      }));
    },
  };
}

/** Starts to observe a request to the model server, including its retries. */
export function observeUpstream(method: string, path: string): Observed<UpstreamEnd> {
  const startedAtMs = performance.now();
  const scope = requestScope();
  const span = startSpan(`${method} ${path}`, {
    "http.request.method": method,
    "url.path": path,
    "assistants_mcp.request.id": scope?.requestId,
  });
  return {
    within: (work) => span.within(work),
    end({ status, tries, requestId }) {
      const durationMs = performance.now() - startedAtMs;
      metrics.upstreamRequests.add(1, String(status));
      metrics.upstreamSeconds.observe(durationMs / 1000);
      span.end({
        "http.response.status_code": status,
        "http.request.resend_count": tries - 1,
        "assistants_mcp.upstream.request.id": requestId,
      }, status >= 500);
      write(upstreamLog, "debug", "{method} {path}: {status} in {durationMs} ms", () => ({
        requestId: scope?.requestId,
        method,
        path,
        status,
        tries,
        durationMs: roundTenths(durationMs),
        upstreamRequestId: requestId,
      }));
    },
  };
}

function increase(after: number | undefined, before = 0): number | undefined {
  return after === undefined ? undefined : after - before;
}

/** Returns a prefix that identifies a tenant; the tenants of callers are hashes of their keys. */
function shortTenant(tenant: string): string {
  return tenant.slice(0, 12);
}

function codeOf(failure: Failure | undefined): string | undefined {
  return failure?.code ?? undefined;
}

/** Writes a record, whose properties are computed only if its level is enabled. */
function write(
  logger: Logger,
  level: "debug" | "info",
  message: string,
  properties: () => Record<string, unknown>,
): void {
  if (logger.isEnabledFor(level)) logger[level](message, properties());
}

function roundTenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
