/** The door of the transports. */

export { type BodyLimits, readBytes, TOO_SLOW } from "./body.ts";
export { EventBodies } from "./event_body.ts";
export type { IsAdmitted } from "./rechecks.ts";
export { createMcpHttp, type McpHttp } from "./streamable_http.ts";
