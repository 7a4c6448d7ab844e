import assert from "node:assert/strict";
import { ENVIRONMENT_NAMES, readEnvironment } from "../../src/config/mod.ts";
import project from "../../deno.json" with { type: "json" };

Deno.test({
  name: "readEnvironment() treats a variable without permission as unset",
  permissions: { env: ["HOME"] },
  fn() {
    const { HOME, ...others } = readEnvironment();
    assert.equal(HOME, Deno.env.get("HOME"));
    assert.equal(Object.keys(others).length, ENVIRONMENT_NAMES.length - 1);
    assert(Object.values(others).every((value) => value === undefined));
  },
});

Deno.test("the permissions in deno.json name the variables that the server reads", () => {
  assert.deepEqual(project.permissions.serve.env.allow, ENVIRONMENT_NAMES);
});
