/** The baseline of HTTP: reads a body and answers with it. */

Deno.serve(
  { hostname: "127.0.0.1", port: Number(Deno.args[0]), onListen: () => {} },
  async (request) =>
    new Response(await request.text(), { headers: { "content-type": "application/json" } }),
);
