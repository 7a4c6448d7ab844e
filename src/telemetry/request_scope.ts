/** The request that the running code belongs to, tracked across asynchronous calls. */

import { AsyncLocalStorage } from "node:async_hooks";
import { newId } from "../shared/ids.ts";
import { redact } from "./redact.ts";

/** A request in progress. */
export interface RequestScope {
  readonly requestId: string;
  /** The request ID of the latest response of the model server. */
  upstreamRequestId?: string;
}

const scopes = new AsyncLocalStorage<RequestScope | undefined>();

/** Returns the current request; undefined for background work. */
export function requestScope(): RequestScope | undefined {
  return scopes.getStore();
}

/** Runs `work` and everything that it starts as a part of a request. */
export function inRequest<T>(scope: RequestScope, work: () => T): T {
  return scopes.run(scope, work);
}

/** Records the request ID of the model server in the current request. */
export function rememberUpstreamId(id: string | undefined): void {
  const scope = scopes.getStore();
  if (scope !== undefined) scope.upstreamRequestId = id;
}

/** Runs `work` as background work, although a request started it. */
export function outsideRequests<T>(work: () => T): T {
  return scopes.run(undefined, work);
}

/** Returns the `x-request-id` of an HTTP request if it is valid, otherwise a new ID. */
export function requestIdOf(headers: Headers): string {
  const given = headers.get("x-request-id");
  return given !== null && isValid(given) ? given : newId("req");
}

/** Returns whether an ID has a valid form and contains no key, as it is logged. */
function isValid(id: string): boolean {
  return /^[\w.:-]{8,128}$/.test(id) && redact(id) === id;
}
