/** A run is streamed in the order of the contract, however it goes and whoever streams it. */

import assert from "node:assert/strict";
import { ManualClock, setUp } from "../kit/engine.ts";
import { CASES, HOSTED_TOOLS, namesOf, OPERATIONS, playCase } from "../kit/stream_cases.ts";

for (const [operation, { begin, events }] of Object.entries(OPERATIONS)) {
  Deno.test(`${operation}() streams each way of a run in the order of the contract`, async (t) => {
    for (const [what, play] of Object.entries(CASES)) {
      await t.step(what, async () => {
        const clock = new ManualClock();
        await using setup = await setUp({ clock, toolsSaid: HOSTED_TOOLS });
        const names = await playCase(setup, clock, begin, play);
        assert.deepEqual(names, namesOf([...events, ...play.events]));
      });
    }
  });
}
