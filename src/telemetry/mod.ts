/** The door of the telemetry: the log, the metrics, the spans, and the keeping of secrets out of them. */

export { configureLog } from "./log.ts";
export { metrics, METRICS_TYPE, metricsText } from "./metrics.ts";
export { observeCall, observeRun, observeUpstream } from "./observe.ts";
export { redact, registerCallerKey, registerSecret } from "./redact.ts";
export { inRequest, rememberUpstreamId, requestIdOf, requestScope } from "./request_scope.ts";
export { redactedSummary } from "./format.ts";
export { startTracing } from "./traces.ts";
