/** Files on their way through `/v1`: never whole in memory, and broken off with their client. */

import assert from "node:assert/strict";
import { serveHttp } from "../kit/http_server.ts";
import { openRaw, requestHead } from "../kit/raw_http.ts";

/** A model server of a test's own. */
function listen(answer: (request: Request) => Promise<Response> | Response) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
  return {
    url: `http://127.0.0.1:${server.addr.port}/v1`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const FORM = "multipart/form-data; boundary=x";

Deno.test("an upload goes on while it comes in, whatever MAX_BODY_MB says", async () => {
  let begun = Promise.withResolvers<void>();
  await using upstream = listen(async (request) => {
    let bytes = 0;
    for await (const chunk of request.body ?? []) {
      bytes += chunk.length;
      begun.resolve();
    }
    const { headers } = request;
    return Response.json({
      bytes,
      length: headers.get("content-length"),
      type: headers.get("content-type"),
    });
  });
  await using server = serveHttp({ upstreamUrl: upstream.url, maxBodyBytes: 1000 });
  const piece = "0123456789".repeat(1000);
  for (const path of ["/files", "/uploads/upload_1/parts", "/containers/cntr_1/files"]) {
    begun = Promise.withResolvers();
    using request = await openRaw(server.origin);
    const headers = { "content-type": FORM, "content-length": 20_000, connection: "close" };
    await request.send(requestHead("POST", `${server.origin}/v1${path}`, headers) + piece);
    // The first half is there before the second is sent.
    await begun.promise;
    await request.send(piece);
    assert.match(
      await request.readAll(),
      /\{"bytes":20000,"length":"20000","type":"multipart\/form-data; boundary=x"\}/,
    );
  }
});

Deno.test("an upload of unknown length goes on in chunks", async () => {
  await using upstream = listen(async (request) =>
    Response.json({ text: await request.text(), length: request.headers.get("content-length") })
  );
  await using server = serveHttp({ upstreamUrl: upstream.url });
  const response = await fetch(`${server.origin}/v1/files`, {
    method: "POST",
    headers: { "content-type": FORM },
    body: new Blob(["one ", "two"]).stream(),
  });
  assert.deepEqual(await response.json(), { text: "one two", length: null });
});

Deno.test("an upload that its client leaves is broken off", async () => {
  const broken = Promise.withResolvers<unknown>();
  const begun = Promise.withResolvers<void>();
  await using upstream = listen(async (request) => {
    try {
      for await (const _ of request.body ?? []) begun.resolve();
    } catch (error) {
      broken.resolve(error);
    }
    return new Response(null, { status: 400 });
  });
  await using server = serveHttp({ upstreamUrl: upstream.url });
  const request = await openRaw(server.origin);
  const headers = { "content-type": FORM, "content-length": 20_000 };
  await request.send(requestHead("POST", `${server.origin}/v1/files`, headers) + "a");
  await begun.promise;
  request[Symbol.dispose]();
  assert.ok(await broken.promise);
  await server.service.calls.whenIdle(5000);
});

Deno.test("an upload is answered before its end where it is refused", async () => {
  await using upstream = listen(() => {
    const error = { message: "Too large.", type: "invalid_request_error", code: null };
    return Response.json({ error }, { status: 413 });
  });
  await using server = serveHttp({ upstreamUrl: upstream.url });
  using request = await openRaw(server.origin);
  const headers = { "content-type": FORM, "content-length": 20_000 };
  await request.send(requestHead("POST", `${server.origin}/v1/files`, headers) + "a");
  assert.match(await request.readUntil("Too large."), /^HTTP\/1\.1 413 /);
});

Deno.test("a download comes while the model server sends it, whatever its type", async () => {
  for (const type of ["application/octet-stream", "application/json", "text/html"]) {
    const second = Promise.withResolvers<void>();
    await using upstream = listen(() => {
      const encoder = new TextEncoder();
      let sent = 0;
      const body = new ReadableStream({
        async pull(controller) {
          if (sent++ === 1) await second.promise;
          controller.enqueue(encoder.encode("[1]"));
          if (sent === 2) controller.close();
        },
      });
      return new Response(body, { headers: { "content-type": type } });
    });
    await using server = serveHttp({ upstreamUrl: upstream.url });
    const response = await fetch(`${server.origin}/v1/files/file-1/content`);
    assert.equal(response.headers.get("content-type"), type);
    assert.match(response.headers.get("content-security-policy") ?? "", /sandbox/);
    const reader = response.body?.getReader();
    const { value } = await reader?.read() ?? {};
    assert.equal(new TextDecoder().decode(value), "[1]");
    second.resolve();
    assert.equal(new TextDecoder().decode((await reader?.read())?.value), "[1]");
    assert.ok((await reader?.read())?.done);
  }
});
