/** The public interface of the HTTP server. */

export { createApp } from "./app.ts";
export { type CallerRules, createIsAdmitted } from "./guards/caller.ts";
export { createRateLimit } from "./guards/rate_limit.ts";
export { createReadiness, type Readiness } from "./rest/readiness.ts";
export { createRestRoutes } from "./rest/mod.ts";
export { type HttpServer, listen } from "./serve.ts";
export { storeToken } from "./guards/token_file.ts";
