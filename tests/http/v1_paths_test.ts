import fc from "fast-check";
import assert from "node:assert/strict";
import { ApiError } from "../../src/shared/errors.ts";
import { ROUTES } from "../../src/shared/openai_routes.ts";
import { resolveTarget } from "../../src/http/v1/paths.ts";

/** The forwarded paths and their methods; a colon is an ID. */
const FORWARDED = Object.fromEntries(
  ROUTES.filter(({ api }) => api !== "assistants").map(({ template, operations }) => [
    template.replaceAll(/\{\w+\}/g, ":"),
    Object.keys(operations),
  ]),
);

const METHODS = ["GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD"];

function at(method: string, path: string) {
  return resolveTarget(method, `http://localhost:8001${path}`);
}

function refusal(method: string, path: string): [status: number, code: string | null] {
  try {
    at(method, path);
  } catch (error) {
    assert.ok(error instanceof ApiError);
    return [error.status, error.code];
  }
  assert.fail(`${method} ${path} is let through`);
}

Deno.test("resolveTarget() accepts the listed methods of the listed paths, and no others", () => {
  for (const [shape, methods] of Object.entries(FORWARDED)) {
    const path = shape.replaceAll(":", "abc-123_X.y:z");
    for (const method of METHODS) {
      if (methods.includes(method)) {
        const target = at(method, `/v1${path}?limit=3&after=a%2Fb`);
        assert.equal(target.path, `${path}?limit=3&after=a%2Fb`);
        assert.equal(target.isAssistants, false);
      } else assert.deepEqual(refusal(method, `/v1${path}`), [405, "method_not_supported"]);
    }
  }
});

Deno.test("resolveTarget() accepts every path of the Assistants API", () => {
  for (const path of ["/assistants", "/threads/thread_1/messages", "/threads/a/b/c/d/e/f"]) {
    for (const method of METHODS) {
      const isReadOnly = method === "GET";
      assert.deepEqual(at(method, `/v1${path}`), { path, isAssistants: true, isReadOnly });
    }
  }
});

Deno.test("resolveTarget() knows which requests change nothing", () => {
  const reading = Object.entries(FORWARDED).flatMap(([shape, methods]) =>
    methods.filter((method) => at(method, `/v1${shape.replaceAll(":", "a")}`).isReadOnly)
      .filter((method) => method !== "GET").map((method) => `${method} ${shape}`)
  );
  assert.deepEqual(reading, ["POST /responses/input_tokens", "POST /vector_stores/:/search"]);
});

Deno.test("resolveTarget() rejects unknown paths", () => {
  const paths = [
    "/v1",
    "/v1beta/models",
    "/V1/models",
    "/%761/models",
    "/v1/model",
    "/v1/chat/completions",
    "/v1/embeddings",
    "/v1/organization/admin_api_keys",
    "/v1/fine_tuning/jobs",
    "/v1/responses/resp_1/input_items/1",
    "/v1/files/a/content/b",
    "/v1/images",
    "/v1/images/constructor",
    "/v1/constructor",
    "/v1/__proto__/x",
    "/v1/uploads/upload_1",
    "/v1/assistants_of_another_kind",
  ];
  for (const path of paths) {
    for (const method of METHODS) {
      assert.deepEqual(refusal(method, path), [404, "unknown_url"], `${method} ${path}`);
    }
  }
});

Deno.test("resolveTarget() rejects paths that another server could read differently, before it looks for them", () => {
  const paths = [
    "/v1/",
    "/v1//models",
    "/v1/models/",
    "/v1/models//",
    "/v1/../v1/models",
    "/v1/models/..",
    "/v1/models/../organization",
    "/v1/./models",
    "/v1/models/...",
    "/v1/files/%2e%2e/content",
    "/v1/files/%2E./content",
    "/v1/files/.%2e/content",
    "/v1/files/%252e%252e/content",
    "/v1/files/a%2Fcontent",
    "/v1/files/a%2fb",
    "/v1/files/a%5Cb",
    "/v1/files/a\\b",
    "/v1/files\\a",
    "/v1/files/a;b",
    "/v1/files/a%3Fb",
    "/v1/files/a%23b",
    "/v1/files/a%00",
    "/v1/files/a%0d%0ab",
    "/v1/files/a%20b",
    "/v1/files/a%",
    "/v1/files/a%zz",
    "/v1/files/%ff",
    "/v1/files/\u00e9",
    "/v1/files/%c3%a9",
    `/v1/files/${"a".repeat(257)}`,
    "/v1/threads//messages",
    "/v1/threads/../files",
    "/v1/threads/%2e%2e/%2e%2e/files",
    "/v1/threads/thread_1%2F..%2F..%2Fmodels",
  ];
  for (const path of paths) {
    assert.deepEqual(refusal("GET", path), [400, "invalid_path"], path);
  }
});

Deno.test("resolveTarget() returns the decoded path without its fragment", () => {
  assert.equal(at("GET", "/v1/%6dodels/ft%3Agpt-4o%3Aorg::1").path, "/models/ft:gpt-4o:org::1");
  assert.deepEqual(at("GET", "/v1/%74hreads"), {
    path: "/threads",
    isAssistants: true,
    isReadOnly: true,
  });
  assert.equal(at("GET", "/v1/models?a=b#c/../d").path, "/models?a=b");
  assert.equal(at("GET", "/v1/models#?a=b").path, "/models");
  assert.equal(at("GET", "/v1/models?../../x=%2e%2e//").path, "/models?../../x=%2e%2e//");
  assert.equal(resolveTarget("GET", "http://[::1]:8001/v1/models").path, "/models");
});

Deno.test("resolveTarget() returns only paths that a URL parser leaves unchanged", () => {
  const alphabet = [
    "..",
    ".",
    "/",
    "//",
    "\\",
    "%2e",
    "%2F",
    "%5c",
    "%25",
    "%",
    "?",
    "#",
    "&",
    "@",
    ":",
    ";",
    "a",
    "v1",
    "files",
    "models",
    "threads",
    "content",
    "\t",
    "\u00e9",
    "%00",
  ];
  const tails = fc.array(fc.constantFrom(...alphabet), { maxLength: 8 }).map((parts) =>
    parts.join("")
  );
  let through = 0;
  fc.assert(
    fc.property(
      fc.constantFrom("/v1/files/", "/v1/models/", "/v1/threads/", "/v1/"),
      tails,
      (head, tail) => {
        let path: string;
        try {
          path = at("GET", head + tail).path;
        } catch (error) {
          assert.ok(error instanceof ApiError);
          return;
        }
        through++;
        const { pathname, host, hash } = new URL(`https://model.example/base${path}`);
        assert.equal(pathname, `/base${path.split("?")[0]}`);
        assert.deepEqual([host, hash], ["model.example", ""]);
        assert.match(path, /^\/(files|models|threads)/);
      },
    ),
    { numRuns: 5000 },
  );
  assert.ok(through > 50, String(through));
});

Deno.test("docs/http.md lists the forwarded requests", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/http.md", import.meta.url));
  const rows = text.matchAll(/^\| ((?:`(?:GET|POST|DELETE)`(?:, )?)+) +\| `\/v1(\/[^`]*)` +\|$/gm);
  const listed = Object.fromEntries(
    [...rows].map(([, methods = "", path = ""]) => [
      path.replaceAll("{id}", ":"),
      methods.split(", ").map((method) => method.replaceAll("`", "")),
    ]),
  );
  assert.deepEqual(listed, FORWARDED);
});
