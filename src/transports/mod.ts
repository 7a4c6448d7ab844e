/** The door of the transports. */

export { type BodyLimits, readBytes, TOO_SLOW } from "./body.ts";
export type { IsAdmitted } from "./admission_watch.ts";
export { createMcpHttp, type McpHttp } from "./streamable_http/mod.ts";
