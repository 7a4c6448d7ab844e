// deno-lint-ignore-file no-console -- command-line script
/**
 * `deno task soak [KILLS] [DATABASES]`: kills servers in every state of a run, on several databases at
 * once, and checks what the next server finds.
 */

import { Lane, STATES } from "../tests/kit/crash.ts";

const [kills = 200, lanes = 8] = Deno.args.map(Number);
const startedAtMs = performance.now();
let left = kills;

const lost: string[] = [];
const stuck: string[] = [];
const histogram = new Map<string, number>();
let acknowledged = 0;
let killed = 0;

await Promise.all(Array.from({ length: lanes }, (_, lane) => soak(lane)));

for (const [state, count] of [...histogram].toSorted()) {
  console.log(`${String(count).padStart(6)}  ${state}`);
}
console.log(
  `${killed} kills in ${minutes()} minutes, ${acknowledged} objects acknowledged: ` +
    `${lost.length} lost, ${stuck.length} stuck`,
);
// Each state needs at least 5% of the kills.
const missed = STATES.filter((state) => 20 * hits(state) < kills);
for (const line of [...lost, ...stuck]) console.error(line);
for (const state of missed) console.error(`Too few kills in the state "${state}".`);
if (lost.length + stuck.length + missed.length > 0) Deno.exitCode = 1;

async function soak(number: number): Promise<void> {
  await using lane = await Lane.open();
  for (let turn = number; left > 0; turn++) {
    left--;
    const before = lane.killed.length;
    await lane.kill(STATES[turn % STATES.length] ?? "queued");
    for (const state of lane.killed.slice(before)) {
      killed++;
      histogram.set(state, (histogram.get(state) ?? 0) + 1);
    }
    console.error(`${killed} kills after ${minutes()} minutes`);
  }
  await lane.lookAtAll();
  lost.push(...lane.lost);
  stuck.push(...lane.stuck);
  acknowledged += lane.acknowledged;
}

function hits(state: string): number {
  let count = 0;
  for (const [found, kills] of histogram) if (found.endsWith(state)) count += kills;
  return count;
}

function minutes(): string {
  return ((performance.now() - startedAtMs) / 60_000).toFixed(1);
}
