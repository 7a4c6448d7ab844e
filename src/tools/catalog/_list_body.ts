/** List responses in the form of the API, which the SDK's page objects hide. */

/** Returns the body of a list response: one page, with its cursors. */
export async function listBody(request: { asResponse(): Promise<Response> }): Promise<object> {
  const response = await request.asResponse();
  return await response.json();
}
