// deno-lint-ignore-file no-console -- prints its URL for the parent process
/**
 * The baseline for streams: a proxy that forwards requests to the URL of its argument, and responses at
 * the least cost, with one read buffer and a copy of the received bytes.
 */

const [target = ""] = Deno.args;

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.error(`listening on http://127.0.0.1:${port}`),
}, async (request) => {
  const body = await request.text();
  const response = await fetch(target + new URL(request.url).pathname, { method: "POST", body });
  const reader = response.body?.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(8192);
  const copied = new ReadableStream({
    async pull(controller) {
      const read = await reader?.read(new Uint8Array(buffer));
      if (read?.value === undefined || read.done) return controller.close();
      controller.enqueue(read.value.slice());
      buffer = read.value.buffer;
    },
  });
  return new Response(copied, response);
});
