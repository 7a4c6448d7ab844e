// deno-lint-ignore-file no-console -- it tells who has started it where it is
/**
 * The baseline: passes every request on to the server of its argument, and back what it reads of
 * the answer, in the way that costs least: all into one buffer, and a copy of what came.
 */

const [target = ""] = Deno.args;

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.error(`listening on http://127.0.0.1:${port}`),
}, async (request) => {
  const body = await request.text();
  const answer = await fetch(target + new URL(request.url).pathname, { method: "POST", body });
  const reader = answer.body?.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(8192);
  const copied = new ReadableStream({
    async pull(controller) {
      const read = await reader?.read(new Uint8Array(buffer));
      if (read?.value === undefined || read.done) return controller.close();
      controller.enqueue(read.value.slice());
      buffer = read.value.buffer;
    },
  });
  return new Response(copied, answer);
});
