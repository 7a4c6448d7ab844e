// deno-lint-ignore-file no-console -- prints its URL for the parent process
/** The baseline for HTTP: responds with the request body. */

Deno.serve(
  {
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => console.error(`listening on http://127.0.0.1:${port}/mcp`),
  },
  async (request) =>
    new Response(await request.text(), { headers: { "content-type": "application/json" } }),
);
