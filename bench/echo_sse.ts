/** The baseline for open streams: a bare `Deno.serve` with event streams. */

const PORT = Number(Deno.args[0]);
const FIRST = new TextEncoder().encode("event: endpoint\n\n");

Deno.serve({ hostname: "127.0.0.1", port: PORT, onListen: () => {} }, () => {
  const body = new ReadableStream({ start: (controller) => controller.enqueue(FIRST) });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
});
