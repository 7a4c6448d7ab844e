/**
 * What an operator learns of a tool call, a run and an upstream request: one record, the metrics
 * and a span of each. Ids, names, numbers and statuses only: never a text, a header or a key.
 */

import { getLogger, type Logger } from "@logtape/logtape";
import { newId } from "../shared/ids.ts";
import { metrics } from "./metrics.ts";
import { inRequest, requestScope } from "./request_scope.ts";
import { startSpan } from "./traces.ts";

/** Something under way. */
export interface Observed<E> {
  /** Does its work; what is observed meanwhile is known to be part of it. */
  within<T>(work: () => T): T;
  /** Call it once. */
  end(how: E): void;
}

/** The error that a call or a request ended with. */
export interface Failure {
  status: number;
  code: string | null;
}

/** As much of a run as is told of its end. */
export interface RunEnd {
  status: string;
  /** Of all of its rounds. */
  usage?: { prompt_tokens: number; completion_tokens: number } | null;
  last_error?: { code: string } | null;
}

/** An upstream request as it ended: with an answer, or with an error for want of one. */
export interface UpstreamEnd {
  /** HTTP status, of the error where there is no answer. */
  status: number;
  tries: number;
  requestId?: string;
}

const callLog = getLogger(["assistants-mcp", "calls"]);
const runLog = getLogger(["assistants-mcp", "runs"]);
const upstreamLog = getLogger(["assistants-mcp", "upstream"]);

export interface ObservedCall extends Observed<Failure | undefined> {
  /** That of the HTTP request that brings the call, or one of its own. */
  readonly requestId: string;
}

/** A tool call, from now on. */
export function observeCall(tool: string, tenant: string): ObservedCall {
  const startedAt = performance.now();
  const given = requestScope();
  const scope = given ?? { requestId: newId("req") };
  const span = startSpan(`tools/call ${tool}`, {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": tool,
    "assistants_mcp.tenant": shortTenant(tenant),
    "assistants_mcp.request.id": scope.requestId,
  });
  return {
    requestId: scope.requestId,
    within: (work) => span.within(() => given === undefined ? inRequest(scope, work) : work()),
    end(failure) {
      const ms = performance.now() - startedAt;
      const outcome = failure === undefined ? "ok" : String(failure.status);
      const isFault = failure !== undefined && failure.status >= 500;
      metrics.calls.add(1, tool, outcome);
      metrics.callSeconds.observe(ms / 1000, tool);
      span.end({ "assistants_mcp.outcome": outcome, "error.type": codeOf(failure) }, isFault);
      write(callLog, isFault ? "info" : "debug", "{tool}: {outcome} in {durationMs} ms", () => ({
        requestId: scope.requestId,
        tool,
        tenant: shortTenant(tenant),
        outcome,
        code: codeOf(failure),
        durationMs: tenths(ms),
        upstreamRequestId: scope.upstreamRequestId,
      }));
    },
  };
}

/** A process's work on a run, from now on; it ends without a run where another has that now. */
export function observeRun(
  { id: run, usage: before }: { id: string; usage: RunEnd["usage"] },
  tenant: string,
): Observed<RunEnd | undefined> {
  const startedAt = performance.now();
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
      const promptTokens = added(last?.usage?.prompt_tokens, before?.prompt_tokens);
      const completionTokens = added(last?.usage?.completion_tokens, before?.completion_tokens);
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
        // Of the request that has started it, whoever ends it.
        requestId: scope?.requestId,
        run,
        tenant: shortTenant(tenant),
        status,
        code: last?.last_error?.code,
        durationMs: tenths(performance.now() - startedAt),
        promptTokens,
        completionTokens,
        upstreamRequestId: scope?.upstreamRequestId,
      }));
    },
  };
}

/** A request to the model server with all of its tries, from now on. */
export function observeUpstream(method: string, path: string): Observed<UpstreamEnd> {
  const startedAt = performance.now();
  const scope = requestScope();
  const span = startSpan(`${method} ${path}`, {
    "http.request.method": method,
    "url.path": path,
    "assistants_mcp.request.id": scope?.requestId,
  });
  return {
    within: (work) => span.within(work),
    end({ status, tries, requestId }) {
      const ms = performance.now() - startedAt;
      metrics.upstreamRequests.add(1, String(status));
      metrics.upstreamSeconds.observe(ms / 1000);
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
        durationMs: tenths(ms),
        upstreamRequestId: requestId,
      }));
    },
  };
}

function added(after: number | undefined, before = 0): number | undefined {
  return after === undefined ? undefined : after - before;
}

/** Enough of a tenant to tell it from others; a tenant of a caller's own is a hash already. */
function shortTenant(tenant: string): string {
  return tenant.slice(0, 12);
}

function codeOf(failure: Failure | undefined): string | undefined {
  return failure?.code ?? undefined;
}

/** Makes a record only where it is wanted. */
function write(
  logger: Logger,
  level: "debug" | "info",
  message: string,
  properties: () => Record<string, unknown>,
): void {
  if (logger.isEnabledFor(level)) logger[level](message, properties());
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
