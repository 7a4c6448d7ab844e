/** The errors that reach a caller or a user. The code at the edge turns them into responses. */

/** What a caller can do about an error, if neither its status nor its code says it; never sent over HTTP. */
export type ErrorHint =
  | "unknown_model"
  | "thread_has_active_run"
  | "tool_outputs_mismatch"
  | "run_status_mismatch"
  | "content_not_downloadable"
  | "unknown_job";

/** The fields of an API error in addition to its message. */
export interface ApiErrorInit {
  /** The HTTP status. */
  status: number;
  /**
   * OpenAI's error type.
   *
   * @default invalid_request_error
   */
  type?: string;
  /** OpenAI's error code, such as `unknown_parameter`. */
  code?: string | null;
  /** The path of the parameter at fault, such as `tools[0].function.name`. */
  param?: string | null;
  /** The request ID of the model server, if that returned the error. */
  requestId?: string;
  hint?: ErrorHint;
  /** Seconds to wait before a retry. */
  retryAfterS?: number;
  cause?: unknown;
}

/** An error with the fields of the OpenAI API. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;
  readonly requestId: string | undefined;
  readonly hint: ErrorHint | undefined;
  readonly retryAfterS: number | undefined;

  constructor(message: string, init: ApiErrorInit) {
    super(message, { cause: init.cause });
    this.status = init.status;
    this.type = init.type ?? "invalid_request_error";
    this.code = init.code ?? null;
    this.param = init.param ?? null;
    this.requestId = init.requestId;
    this.hint = init.hint;
    this.retryAfterS = init.retryAfterS;
  }
}

/** An error that ends the process, or prevents its start. Its message is one line for the user. */
export class FatalError extends Error {
  override readonly name: string = "FatalError";
  /** The exit code of the process: 1, or 2 for wrong usage. */
  readonly exitCode: number = 1;
}

/** An invalid setting or flag; the process exits with 2. */
export class UsageError extends FatalError {
  override readonly name = "UsageError";
  override readonly exitCode = 2;
}
