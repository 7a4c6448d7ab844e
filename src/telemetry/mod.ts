/** The door of the telemetry: the log, the metrics, the spans, and the keeping of secrets out of them. */

export { configureLog } from "./log.ts";
export { metrics, METRICS_TYPE, metricsText } from "./metrics.ts";
export { observeCall, observeRun, observeUpstream } from "./observe.ts";
export { keepCallersKey, keepSecret, redact } from "./redact.ts";
export { inRequest, rememberUpstreamId, requestIdOf, requestScope } from "./request_scope.ts";
export { gist } from "./summarize.ts";
export { startTracing } from "./traces.ts";
