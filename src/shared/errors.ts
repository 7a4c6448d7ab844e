/** The errors that reach somebody: one family, thrown by the owner, turned into an answer once, at the edge. */

/** What an API error carries beside its message. */
export interface ApiErrorInit {
  /** HTTP status. */
  status: number;
  /** OpenAI's error type; `invalid_request_error` unless told. */
  type?: string;
  /** OpenAI's error code, such as `unknown_parameter`. */
  code?: string | null;
  /** The path of the parameter at fault, such as `tools[0].function.name`. */
  param?: string | null;
  /** The request id of whoever answered. */
  requestId?: string;
  /** Seconds to wait before the next try. */
  retryAfterS?: number;
  cause?: unknown;
}

/** A refusal in the words and the shape of the OpenAI API. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;
  readonly requestId: string | undefined;
  readonly retryAfterS: number | undefined;

  constructor(message: string, init: ApiErrorInit) {
    super(message, { cause: init.cause });
    this.status = init.status;
    this.type = init.type ?? "invalid_request_error";
    this.code = init.code ?? null;
    this.param = init.param ?? null;
    this.requestId = init.requestId;
    this.retryAfterS = init.retryAfterS;
  }
}

/** Something that keeps the process from starting or going on; its message is one line for a person. */
export class FatalError extends Error {
  override readonly name: string = "FatalError";
  /** The exit code of the process: 1, or 2 for wrong usage. */
  readonly exitCode: number = 1;
}

/** A setting or a flag that cannot be used as it is; the process exits with 2. */
export class UsageError extends FatalError {
  override readonly name = "UsageError";
  override readonly exitCode = 2;
}
