/** A refusal over HTTP, in the one body that every route uses: OpenAI's. */

export function httpError(
  status: number,
  code: string,
  message: string,
  headers?: Record<string, string>,
): Response {
  return Response.json(
    { error: { message, type: "invalid_request_error", param: null, code } },
    { status, ...(headers && { headers }) },
  );
}
