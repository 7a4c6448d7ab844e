/** The Assistants API v2 in this process: a handler that speaks OpenAI's published contract over a store and a model. */

import type OpenAI from "openai";
import type { Store } from "../store/mod.ts";

/** Whose objects a request may touch, and who answers for the model. */
export interface Caller {
  tenant: string;
  /**
   * The client of the upstream that has `POST /responses`. It retries, waits in line and keeps
   * deadlines by itself.
   *
   * @throws {ApiError} when the caller has no key for it
   */
  upstream(): Promise<OpenAI>;
}

export interface Engine {
  /** Answers one request of the Assistants API; the path is looked at from `/assistants` or `/threads` on. */
  fetch(request: Request, caller: Caller): Promise<Response>;
  /** Ends the runs of this process as interrupted. */
  close(): Promise<void>;
}

export interface EngineOptions {
  store: Store;
}
