/** Public API of the telemetry: log, metrics, traces, and the redaction of secrets. */

export { configureLog } from "./log.ts";
export { metrics, METRICS_TYPE, metricsText } from "./metrics.ts";
export { observeCall, observeRun, observeUpstream } from "./observe.ts";
export { redact, registerCallerKey, registerSecret } from "./redact.ts";
export { inRequest, rememberUpstreamId, requestIdOf, requestScope } from "./request_scope.ts";
export { redactedSummary } from "./format.ts";
export { startTracing } from "./traces.ts";
