// deno-lint-ignore-file no-console -- it tells who has started it where it is
/** The baseline of HTTP: reads a body and answers with it. */

Deno.serve(
  {
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => console.error(`listening on http://127.0.0.1:${port}/mcp`),
  },
  async (request) =>
    new Response(await request.text(), { headers: { "content-type": "application/json" } }),
);
