/** The door of the HTTP side. */

export { createApp } from "./app.ts";
export { type CallerRules, createIsAdmitted } from "./caller.ts";
export { createRateLimit } from "./rate_limit.ts";
export { createReadiness, type Readiness } from "./readiness.ts";
export { createRestRoutes } from "./rest.ts";
export { type HttpServer, listen } from "./serve.ts";
export { keepToken } from "./token.ts";
