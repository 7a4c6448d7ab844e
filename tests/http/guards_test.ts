import assert from "node:assert/strict";
import { createSiteGuard, createTokenGuard } from "../../src/http/guards/site.ts";

function request(headers: Record<string, string>): Request {
  return new Request("http://127.0.0.1/mcp", { headers });
}

Deno.test("the site guard lets loopback names, addresses and listed hosts in", () => {
  const guard = createSiteGuard({ allowedHosts: ["Assist.Example"], allowedOrigins: [] });
  const hosts = ["localhost:8001", "LOCALHOST", "127.0.0.1:8001", "[::1]:8001", "10.1.2.3"];
  for (const host of [...hosts, "a.localhost", "host.docker.internal:1", "assist.example:443"]) {
    assert.equal(guard(request({ host })), undefined, host);
  }
});

Deno.test("the site guard refuses other hosts, and says what to set", async () => {
  const guard = createSiteGuard({ allowedHosts: ["assist.example"], allowedOrigins: [] });
  const hosts = [
    "evil.example",
    "localhost.evil.example",
    "assist.example.evil",
    "127.0.0.1.nip.io",
  ];
  for (const host of [...hosts, "", "[evil]", "xassist.example"]) {
    const response = guard(request({ host }));
    assert.equal(response?.status, 403, host);
    assert.match((await response.json()).error.message, /ALLOWED_HOSTS/);
  }
});

Deno.test("the site guard lets in no page but those of listed origins", async () => {
  const guard = createSiteGuard({ allowedHosts: [], allowedOrigins: ["https://app.example"] });
  const host = "localhost";
  assert.equal(guard(request({ host })), undefined);
  assert.equal(guard(request({ host, origin: "https://app.example" })), undefined);
  for (
    const origin of [
      "https://evil.example",
      "null",
      "http://localhost:8001",
      "https://app.example:8",
    ]
  ) {
    const response = guard(request({ host, origin }));
    assert.equal(response?.status, 403, origin);
    assert.match((await response.json()).error.message, /BACKEND_CORS_ORIGINS/);
  }
});

Deno.test("the token guard asks for the token and nothing less", async () => {
  const guard = createTokenGuard({ token: "a-token-of-some-length" });
  for (const scheme of ["Bearer", "bearer"]) {
    const authorization = `${scheme} a-token-of-some-length`;
    assert.equal(guard(request({ authorization })), undefined);
  }
  const wrong = ["", "Bearer", "Bearer a-token-of-some-lengt", "Basic a-token-of-some-length"];
  for (const authorization of [...wrong, "Bearer a-token-of-some-length x"]) {
    const response = guard(request({ authorization }));
    assert.equal(response?.status, 401, authorization);
    assert.match(response.headers.get("www-authenticate") ?? "", /^Bearer/);
    assert.match((await response.json()).error.message, /Authorization: Bearer/);
  }
  assert.equal(guard(request({}))?.status, 401);
});

Deno.test("without a token the token guard asks for none", () => {
  assert.equal(createTokenGuard({ token: undefined })(request({})), undefined);
});
