/** The door of the transports. */

export { serveOwnStdio, type StdioServer } from "./stdio.ts";
export { createMcpHttp, type McpHttp } from "./streamable_http.ts";
