/** Lists as the API answers them: one page, with the cursors that the SDK's page objects hide. */

/** The body of a list request that the SDK has sent. */
export async function onePage(request: { asResponse(): Promise<Response> }): Promise<object> {
  const response = await request.asResponse();
  return await response.json();
}
