// deno-lint-ignore-file no-console -- it tells who has started it where it is
/** The baseline: passes every request on to the server of its argument, and the answer back. */

const [target = ""] = Deno.args;

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.error(`listening on http://127.0.0.1:${port}`),
}, async (request) => {
  const body = await request.text();
  const answer = await fetch(target + new URL(request.url).pathname, { method: "POST", body });
  return new Response(answer.body, answer);
});
