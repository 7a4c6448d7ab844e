import assert from "node:assert/strict";
import { Slots } from "../../src/shared/slots.ts";

const signal = new AbortController().signal;

/** Acquires slots in this order, releases each at once, and returns the order in which they were acquired. */
async function orderOf(slots: Slots, tenants: readonly string[]): Promise<string[]> {
  const release = await slots.acquire(signal, "first");
  const order: string[] = [];
  const taken = tenants.map(async (tenant, index) => {
    const release = await slots.acquire(signal, tenant);
    order.push(`${tenant}${index}`);
    release();
  });
  release();
  await Promise.all(taken);
  return order;
}

Deno.test("Slots serves one tenant in the order of arrival", async () => {
  assert.deepEqual(await orderOf(new Slots(1), ["a", "a", "a"]), ["a0", "a1", "a2"]);
});

Deno.test("Slots lets the queues of tenants take turns", async () => {
  const order = await orderOf(new Slots(1), ["a", "a", "a", "b", "c", "b"]);
  assert.deepEqual(order, ["a0", "b3", "c4", "a1", "b5", "a2"]);
});

Deno.test("Slots lets no tenant wait for a thousand calls of another", async () => {
  const order = await orderOf(new Slots(1), [...Array(1000).fill("a"), "b"]);
  assert.equal(order[1], "b1000");
  assert.equal(order.length, 1001);
});

Deno.test("Slots loses no slot to callers that abort while they wait", async () => {
  const slots = new Slots(1);
  const release = await slots.acquire(signal, "a");
  const gone = new AbortController();
  const waiting = [slots.acquire(gone.signal, "a"), slots.acquire(gone.signal, "b")];
  const stays = slots.acquire(signal, "b");
  gone.abort(new Error("gone"));
  for (const { status } of await Promise.allSettled(waiting)) assert.equal(status, "rejected");
  release();
  release();
  (await stays)();
  (await slots.acquire(signal, "c"))();
});

Deno.test("Slots lets a tenant at its own limit wait, and others pass", async () => {
  const slots = new Slots(3, { perTenant: 2 });
  const held = [slots.tryAcquire("a"), slots.tryAcquire("a")];
  assert.ok(held.every((release) => release !== undefined));
  assert.equal(slots.tryAcquire("a"), undefined);
  const order: string[] = [];
  const waiting = ["a", "a"].map(async (tenant) => {
    const release = await slots.acquire(signal, tenant);
    order.push(tenant);
    return release;
  });
  const other = slots.tryAcquire("b");
  assert.ok(other !== undefined);
  // A slot that another tenant releases does not raise the limit of this one.
  other();
  assert.equal(slots.tryAcquire("a"), undefined);
  held[0]?.();
  (await waiting[0])?.();
  await waiting[1];
  assert.deepEqual(order, ["a", "a"]);
});

Deno.test("Slots rejects at once if the signal is already aborted", async () => {
  const gone = AbortSignal.abort(new Error("gone"));
  await assert.rejects(new Slots(1).acquire(gone, "a"), /gone/);
});

Deno.test("Slots reserves slots for tenants that hold few", async () => {
  const slots = new Slots(8, { reserved: 2 });
  const busy = Array.from({ length: 6 }, () => slots.tryAcquire("a"));
  assert.ok(busy.every((release) => release !== undefined));
  let isAcquired = false;
  const waiting = slots.acquire(signal, "a").then((release) => {
    isAcquired = true;
    return release;
  });
  const quiet = ["b", "c"].map((tenant) => slots.tryAcquire(tenant));
  assert.ok(quiet.every((release) => release !== undefined));
  assert.equal(slots.tryAcquire("d"), undefined);
  // These slots remain reserved.
  for (const release of quiet) release?.();
  await Promise.resolve();
  assert.equal(isAcquired, false);
  busy[0]?.();
  (await waiting)();
});
