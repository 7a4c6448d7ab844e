import assert from "node:assert/strict";
import { openStore, type Store, type TenantStore } from "../../src/store/mod.ts";
import { type Opener, testStore } from "./_suite.ts";

testStore("SqliteStore in memory", () => ({
  open: () => openStore("sqlite::memory:"),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}));

testStore("SqliteStore in a file", (): Opener => {
  const folder = Deno.makeTempDirSync();
  return {
    open: () => openStore(`sqlite:${folder}/assistants.db`),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
});

/** Fails to compile if a store without a tenant gets a method that reads or writes objects. */
const shared: never[] = [] as (keyof Store & keyof TenantStore)[];

Deno.test("a store has no way to a tenant's objects but forTenant()", async () => {
  const store = openStore("sqlite::memory:");
  const tenantStore = store.forTenant("us");
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(tenantStore))
    .filter((name) => name !== "constructor");
  assert.ok(methods.length > 0);
  assert.deepEqual(methods.filter((name) => name in store), shared);
  await store.close();
});
