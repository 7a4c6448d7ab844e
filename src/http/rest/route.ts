/** What a route is: everything about it stands in one place, and the OpenAPI document derives from that. */

import type { Credential } from "../../gateway/mod.ts";

/** A JSON Schema. */
export type Schema = Record<string, unknown>;

export interface RouteAnswer {
  description: string;
  /** Of its JSON; without one, the answer is of another type. */
  schema?: Schema;
  /** Its type where it is no JSON. */
  type?: string;
  /** Whether it may come as server-sent events instead. */
  streamed?: boolean;
}

interface RouteBase {
  method: "GET" | "POST";
  path: string;
  summary: string;
  description?: string;
  query?: { name: string; required: boolean; description: string }[];
  /** The JSON body. */
  body?: { required: boolean; schema: Schema; example: unknown };
  /** By status: the answers that are no refusals. */
  answers: Record<number, RouteAnswer>;
  /** The statuses of refusals, beside those that every route has. */
  refusals: readonly number[];
}

/** A route that anybody may call whose Host and Origin are right. */
export interface OpenRoute extends RouteBase {
  open: true;
  answer(request: Request): Response | Promise<Response>;
}

/** A route for callers who have been let in. */
export interface CallerRoute extends RouteBase {
  open?: false;
  answer(request: Request, credential: Credential): Response | Promise<Response>;
}

export type Route = OpenRoute | CallerRoute;
