import assert from "node:assert/strict";
import {
  assistantsPathIn,
  findRoute,
  isAssistantsPath,
  operationOf,
  operationOfUrl,
  ROUTES,
} from "../../src/shared/openai_routes.ts";

Deno.test("findRoute() finds every route of the table, with the IDs of the path", () => {
  for (const route of ROUTES) {
    const ids = route.idNames.map((name) => `${name}-1`);
    const path = route.template.replaceAll(/\{(\w+)\}/g, "$1-1");
    for (const url of [path, `${path}?limit=1`, `${path}?after=/threads/runs`]) {
      assert.deepEqual(findRoute(url), { route, ids }, url);
    }
    for (const wrong of [`${path}/`, `${path}/x/y/z`, `/x${path}`, path.slice(1)]) {
      assert.notEqual(findRoute(wrong)?.route, route, wrong);
    }
  }
});

Deno.test("operationOf() takes a word for an ID where only an ID can be", () => {
  assert.equal(operationOf("POST", "/threads/runs"), "createThreadAndRun");
  assert.equal(operationOf("GET", "/threads/runs"), undefined);
  assert.equal(operationOf("GET", "/threads/runs/messages"), "listMessages");
  assert.equal(operationOf("GET", "/assistants/runs"), "getAssistant");
  assert.equal(operationOf("POST", "/threads/search/messages/batch"), "createMessages");
  assert.equal(operationOf("POST", "/responses/compact/cancel"), "cancelResponse");
  for (const path of ["", "/", "//", "/threads/", "/threads//messages", "/images", "/images/x"]) {
    assert.equal(operationOf("GET", path), undefined, path);
    assert.equal(operationOf("constructor", path), undefined, path);
  }
});

Deno.test("operationOfUrl() finds the operation below any base URL", () => {
  const bases = [
    "http://localhost",
    "http://[::1]:8000/v1",
    "https://host.example/models",
    "https://host.example/models/responses/v1",
  ];
  for (const base of bases) {
    assert.equal(operationOfUrl("POST", `${base}/responses`), "createResponse", base);
    assert.equal(operationOfUrl("POST", `${base}/images/edits?a=/b`), "editImage", base);
    assert.equal(operationOfUrl("POST", `${base}/chat/completions`), undefined, base);
    const path = "/vector_stores/vs_1/files";
    assert.equal(operationOfUrl("GET", base + path), "listVectorStoreFiles", base);
  }
  assert.equal(operationOfUrl("GET", "http://localhost"), undefined);
});

Deno.test("the Assistants API has every path below its roots", () => {
  for (const path of ["/threads", "/threads?limit=1", "/assistants/", "/threads/a/b/c/d/e"]) {
    assert.equal(isAssistantsPath(path), true, path);
    assert.equal(assistantsPathIn(`/v1/openai${path}`), path);
  }
  for (const path of ["", "/", "/thread", "/threads_of_others", "/assistantsx/threadsx"]) {
    assert.equal(isAssistantsPath(path), false, path);
    assert.equal(assistantsPathIn(`/v1${path}`), undefined, path);
  }
  assert.equal(isAssistantsPath("/v1/threads"), false);
});
