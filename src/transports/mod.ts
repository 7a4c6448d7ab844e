/** The transports' public interface, without stdio. */

export { BODY_TIMEOUT_CODE, type BodyLimits, readBytes } from "./body.ts";
export type { IsAdmitted } from "./admission_watch.ts";
export { createMcpHttp, type McpHttp } from "./streamable_http/mod.ts";
