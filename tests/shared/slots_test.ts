import assert from "node:assert/strict";
import { Slots } from "../../src/shared/slots.ts";

const signal = new AbortController().signal;

/** Takes places in this order, gives each back when it is had, and returns the order in which they were had. */
async function orderOf(slots: Slots, tenants: readonly string[]): Promise<string[]> {
  const leave = await slots.take(signal, "first");
  const order: string[] = [];
  const taken = tenants.map(async (tenant, index) => {
    const leave = await slots.take(signal, tenant);
    order.push(`${tenant}${index}`);
    leave();
  });
  leave();
  await Promise.all(taken);
  return order;
}

Deno.test("Slots serves one tenant in the order of arrival", async () => {
  assert.deepEqual(await orderOf(new Slots(1), ["a", "a", "a"]), ["a0", "a1", "a2"]);
});

Deno.test("Slots lets the lines of tenants take turns", async () => {
  const order = await orderOf(new Slots(1), ["a", "a", "a", "b", "c", "b"]);
  assert.deepEqual(order, ["a0", "b3", "c4", "a1", "b5", "a2"]);
});

Deno.test("Slots keeps nobody waiting for the thousand calls of another", async () => {
  const order = await orderOf(new Slots(1), [...Array(1000).fill("a"), "b"]);
  assert.equal(order[1], "b1000");
  assert.equal(order.length, 1001);
});

Deno.test("Slots loses no place to those who go while they wait", async () => {
  const slots = new Slots(1);
  const leave = await slots.take(signal, "a");
  const gone = new AbortController();
  const waiting = [slots.take(gone.signal, "a"), slots.take(gone.signal, "b")];
  const stays = slots.take(signal, "b");
  gone.abort(new Error("gone"));
  for (const { status } of await Promise.allSettled(waiting)) assert.equal(status, "rejected");
  leave();
  leave();
  (await stays)();
  (await slots.take(signal, "c"))();
});

Deno.test("Slots lets a tenant at its own limit wait, and others pass", async () => {
  const slots = new Slots(3, { perTenant: 2 });
  const places = [slots.tryTake("a"), slots.tryTake("a")];
  assert.ok(places.every((place) => place !== undefined));
  assert.equal(slots.tryTake("a"), undefined);
  const order: string[] = [];
  const waiting = ["a", "a"].map(async (tenant) => {
    const leave = await slots.take(signal, tenant);
    order.push(tenant);
    return leave;
  });
  const other = slots.tryTake("b");
  assert.ok(other !== undefined);
  // A place that another gives back is no place for a tenant at its limit.
  other();
  assert.equal(slots.tryTake("a"), undefined);
  places[0]?.();
  (await waiting[0])?.();
  await waiting[1];
  assert.deepEqual(order, ["a", "a"]);
});

Deno.test("Slots gives no place to somebody who has gone before", async () => {
  const gone = AbortSignal.abort(new Error("gone"));
  await assert.rejects(new Slots(1).take(gone, "a"), /gone/);
});

Deno.test("Slots keeps places for tenants that have few, whoever has the others", async () => {
  const slots = new Slots(8, { reserved: 2 });
  const busy = Array.from({ length: 6 }, () => slots.tryTake("a"));
  assert.ok(busy.every((place) => place !== undefined));
  let isIn = false;
  const waiting = slots.take(signal, "a").then((leave) => {
    isIn = true;
    return leave;
  });
  const quiet = ["b", "c"].map((tenant) => slots.tryTake(tenant));
  assert.ok(quiet.every((place) => place !== undefined));
  assert.equal(slots.tryTake("d"), undefined);
  // These are for the next that has few.
  for (const leave of quiet) leave?.();
  await Promise.resolve();
  assert.equal(isIn, false);
  busy[0]?.();
  (await waiting)();
});
