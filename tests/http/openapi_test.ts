import assert from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/2020";
import { post, serveHttp } from "../kit/http_server.ts";
import { failed } from "../fakes/responses_server.ts";

Deno.test("/openapi.json is a valid document of OpenAPI 3.1", async () => {
  await using server = serveHttp();
  const response = await fetch(`${server.origin}/openapi.json`);
  assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
  const document = await response.json();
  const { valid, errors } = await new Validator().validate(document);
  assert.ok(valid, JSON.stringify(errors));
  assert.equal(document.openapi, "3.1.0");
  assert.deepEqual(Object.keys(document.paths).toSorted(), [
    "/assistant/chat",
    "/docs",
    "/health",
    "/mcp/call",
    "/mcp/tools",
    "/openapi.json",
    "/ready",
  ]);
});

Deno.test("/openapi.json says what the routes answer", async () => {
  await using server = serveHttp();
  const document = await (await fetch(`${server.origin}/openapi.json`)).json();
  server.upstream.enqueue(failed({ code: "server_error", message: "No." }));
  const asked: [method: string, path: string, query: string, body: unknown, status: number][] = [
    ["post", "/assistant/chat", "", { message: "Hi" }, 502],
    ["post", "/assistant/chat", "", { message: "Hi" }, 200],
    ["post", "/assistant/chat", "", { massage: "Hi" }, 422],
    ["post", "/mcp/tools", "", {}, 200],
    ["post", "/mcp/call", "?tool_name=create_thread", {}, 200],
    ["post", "/mcp/call", "?tool_name=create_robot", {}, 404],
    ["get", "/health", "", undefined, 200],
    ["get", "/ready", "", undefined, 200],
  ];
  for (const [method, path, query, body, status] of asked) {
    const url = server.origin + path + query;
    const response = body === undefined ? await fetch(url) : await post(url, body);
    assert.equal(response.status, status, `${method} ${path}`);
    const { schema } = document.paths[path][method].responses[status].content["application/json"];
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema(document, "document");
    const check = ajv.compile(
      schema.$ref === undefined ? schema : { $ref: `document${schema.$ref}` },
    );
    assert.ok(check(await response.json()), `${path}: ${ajv.errorsText(check.errors)}`);
  }
});

Deno.test("/docs is one page that names every route, loads nothing and runs nothing", async () => {
  await using server = serveHttp();
  const document = await (await fetch(`${server.origin}/openapi.json`)).json();
  const response = await fetch(`${server.origin}/docs`);
  const html = await response.text();
  assert.match(response.headers.get("content-type") ?? "", /^text\/html/);
  for (const path of Object.keys(document.paths)) assert.ok(html.includes(path), path);
  assert.doesNotMatch(html, /<script|<link|<img|<iframe|@import|url\(|\bon\w+=|\/\/[a-z]+\./i);

  const policy = response.headers.get("content-security-policy") ?? "";
  assert.match(policy, /^default-src 'none'; style-src 'sha256-[\w+/=]+'; base-uri 'none'/);
  assert.doesNotMatch(policy, /unsafe|\*|http/);
  const style = /<style>([^]*)<\/style>/.exec(html)?.[1] ?? "";
  const digest = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style)),
  );
  assert.ok(policy.includes(`'sha256-${digest.toBase64()}'`));
});
