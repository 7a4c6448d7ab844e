/** The definition of a REST route, from which its documentation is generated. */

import type { Credential } from "../../gateway/mod.ts";

/** A JSON Schema. */
export type Schema = Record<string, unknown>;

/** A documented response. */
export interface RouteResponse {
  description: string;
  /** The schema of a JSON body. */
  schema?: Schema;
  /**
   * The content type.
   *
   * @default application/json
   */
  type?: string;
  /** Whether the response can also be server-sent events. */
  streamed?: boolean;
}

interface RouteBase {
  method: "GET" | "POST";
  path: string;
  summary: string;
  description?: string;
  query?: { name: string; required: boolean; description: string }[];
  /** The JSON request body. */
  body?: { required: boolean; schema: Schema; example: unknown };
  /** The responses that are not errors, by status. */
  responses: Record<number, RouteResponse>;
  /** Error statuses in addition to those that every route has. */
  errorStatuses: readonly number[];
}

/** A public route. */
export interface OpenRoute extends RouteBase {
  open: true;
  handle(request: Request): Response | Promise<Response>;
}

/** A route for admitted callers. */
export interface CallerRoute extends RouteBase {
  open?: false;
  handle(request: Request, credential: Credential): Response | Promise<Response>;
}

export type Route = OpenRoute | CallerRoute;
