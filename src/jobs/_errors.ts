/** Errors of interrupted jobs. */

import { ApiError } from "../shared/errors.ts";

/** Returns the error of a job whose server was stopped. */
export function serverStopped(): ApiError {
  return new ApiError("The server was stopped before the job was done. Make the call again.", {
    status: 503,
    type: "server_error",
    code: "interrupted",
  });
}

/** Returns the error of a job whose process died. */
export function processEnded(): ApiError {
  return new ApiError("The process that worked on the job has ended. Make the call again.", {
    status: 500,
    type: "server_error",
    code: "interrupted",
  });
}
