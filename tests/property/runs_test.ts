import assert from "node:assert/strict";
import fc from "fast-check";
import { createEngine, type Engine } from "../../src/engine/mod.ts";
import { openStore } from "../../src/store/mod.ts";
import { clientOf, ManualClock } from "../kit/engine.ts";
import { Api } from "./_api.ts";
import { latePlan, racingPlan, singlePlan } from "./_arbitraries.ts";
import { type Model, Step } from "./_command.ts";
import type { Real } from "./_compare.ts";
import type { Plan } from "./_plans.ts";
import { Upstream } from "./_upstream.ts";
import { Names } from "./_views.ts";

/** The seed and the path of a failure go here to see it again. */
const PARAMETERS: fc.Parameters<unknown> = { numRuns: 2000 };

/** What the sequences have to come to at least so often, or they show little. */
const REACHED = {
  queued: 2000,
  in_progress: 500,
  requires_action: 300,
  completed: 300,
  incomplete: 100,
  failed: 300,
  cancelled: 100,
  expired: 50,
};

const BEGINNING: Plan[] = [
  { plan: "create assistant", tools: false },
  { plan: "create assistant", tools: true },
  { plan: "create thread", messages: [] },
];

const step = fc.oneof(
  { weight: 20, arbitrary: singlePlan.map((plan) => new Step([plan], "one")) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(596, 598), latePlan).map(([seconds, plan]) =>
      new Step([{ plan: "advance", seconds }, plan], "late")
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(racingPlan, racingPlan).map((plans) => new Step(plans, "race")),
  },
);

/** Finding the shortest sequence that fails takes its time as well. */
const TIMEOUT_MS = 600_000;

Deno.test("2,000 random sequences of operations do what the model of the contract does", {
  timeout: TIMEOUT_MS,
}, async () => {
  const folder = await Deno.makeTempDir();
  const store = openStore(`sqlite:${folder}/assistants.db`);
  const clock = new ManualClock();
  const engine = createEngine({ store, clock });
  const reached = new Map<string, number>();
  let sequences = 0;
  try {
    const commands = fc.commands([step], { maxCommands: 30, size: "max" });
    await fc.assert(
      fc.asyncProperty(commands, async (commands) => {
        // Times are whole seconds, and moments that no action knows of pass within them.
        clock.advance(1000 - clock.now() % 1000);
        const model = newModel(clock);
        using upstream = new Upstream();
        const real = newReal(engine, clock, upstream, `tenant ${sequences++}`);
        for (const plan of BEGINNING) await new Step([plan], "one").run(model, real);
        await fc.asyncModelRun(() => ({ model, real }), commands);
        await end(model, real);
        for (const status of model.reached) reached.set(status, (reached.get(status) ?? 0) + 1);
      }),
      PARAMETERS,
    );
  } finally {
    await engine.close();
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
  for (const [status, times] of Object.entries(REACHED)) {
    const found = reached.get(status) ?? 0;
    assert.ok(found >= times, `${found} runs became ${status}`);
  }
});

function newModel(clock: ManualClock): Model {
  const world = { nowMs: clock.now(), named: 0, assistants: [], threads: [], streams: [] };
  return { world, reached: [] };
}

/** The API for a tenant of its own. */
function newReal(
  engine: Engine,
  clock: ManualClock,
  upstream: Upstream,
  tenant: string,
): Real {
  const caller = {
    tenant,
    upstreamId: tenant,
    upstream: () => Promise.resolve(upstream.client),
    hostedTools: [] as const,
  };
  const api = new Api({
    client: clientOf(engine, caller),
    upstream,
    clock,
    get: (path) => engine.fetch(new Request(`http://engine/v1${path}`), caller),
  });
  return { api, names: new Names() };
}

/** Deletes what there is: whoever follows it or works on it must let go. */
async function end(model: Model, real: Real): Promise<void> {
  for (let thread = 0; thread < model.world.threads.length; thread++) {
    await new Step([{ plan: "of thread", thread, what: "delete thread" }], "one").run(model, real);
  }
  assert.ok(real.api.heard.every(({ open }) => !open));
  assert.ok(real.api.allOver);
}
