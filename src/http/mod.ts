/** The door of the HTTP side. */

export { type AppOptions, createApp } from "./app.ts";
export { type HttpServer, listen } from "./serve.ts";
export { type GeneratedToken, keepToken } from "./token.ts";
