// deno-lint-ignore-file no-console -- command-line script
/**
 * `deno task bench [PART ...]`: measures all parts or the named ones. Every figure is a median, with a
 * baseline from the same run. Prints a table and writes dist/bench.json.
 */

import { benchBundle } from "./bundle.ts";
import { benchCalls } from "./calls.ts";
import { benchFairness } from "./fairness.ts";
import { type Figure, table } from "./_figures.ts";
import { benchHttp } from "./http.ts";
import { benchRuns } from "./runs.ts";
import { benchScale } from "./scale.ts";
import { benchSearch } from "./search.ts";
import { benchSessions } from "./sessions.ts";
import { benchStart } from "./start.ts";
import { benchStreaming } from "./streaming.ts";

const parts = {
  start: benchStart,
  bundle: benchBundle,
  calls: benchCalls,
  streaming: benchStreaming,
  runs: benchRuns,
  scale: benchScale,
  search: benchSearch,
  http: benchHttp,
  sessions: benchSessions,
  fairness: benchFairness,
};

const selected = Object.entries(parts).filter(([name]) =>
  Deno.args.length === 0 || Deno.args.includes(name)
);
const figures: Figure[] = [];
for (const [name, bench] of selected) {
  console.error(`Measuring ${name} ...`);
  figures.push(...await bench());
}
console.log(table(figures));

const { deno } = Deno.version;
const file = new URL("../dist/bench.json", import.meta.url);
await Deno.mkdir(new URL(".", file), { recursive: true });
const report = { deno, os: Deno.build.target, cores: navigator.hardwareConcurrency, figures };
await Deno.writeTextFile(file, JSON.stringify(report, null, 2) + "\n");
