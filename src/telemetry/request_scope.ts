/** Which request the code that runs now works for, without every function having to pass it on. */

import { AsyncLocalStorage } from "node:async_hooks";
import { newId } from "../shared/ids.ts";
import { redact } from "./redact.ts";

export interface RequestScope {
  readonly requestId: string;
  /** That of the model server's last answer. */
  upstreamRequestId?: string;
}

const scopes = new AsyncLocalStorage<RequestScope | undefined>();

/** Undefined for work that no request has asked for. */
export function requestScope(): RequestScope | undefined {
  return scopes.getStore();
}

/** Does work, and all that it starts, for a request. */
export function inRequest<T>(scope: RequestScope, work: () => T): T {
  return scopes.run(scope, work);
}

/** Remembers under which id the model server has answered the request under way. */
export function rememberUpstreamId(id: string | undefined): void {
  const scope = scopes.getStore();
  if (scope !== undefined) scope.upstreamRequestId = id;
}

/** Does work that is of no request, although one may have started it. */
export function outsideRequests<T>(work: () => T): T {
  return scopes.run(undefined, work);
}

/** The id of an HTTP request: its own where that is well-formed, so that a caller finds it again; else a new one. */
export function requestIdOf(headers: Headers): string {
  const given = headers.get("x-request-id");
  return given !== null && isWellFormed(given) ? given : newId("req");
}

/** What holds a key is no id: it would be written everywhere. */
function isWellFormed(id: string): boolean {
  return /^[\w.:-]{8,128}$/.test(id) && redact(id) === id;
}
