/** The text format of Prometheus. */

import assert from "node:assert/strict";
import { Registry } from "../../src/telemetry/_registry.ts";

Deno.test("Registry.text() writes counters, gauges and histograms in the text format", () => {
  const registry = new Registry();
  const calls = registry.counter("calls_total", "Calls.", ["tool", "outcome"]);
  const plain = registry.counter("plain_total", "Nothing yet.");
  const active = registry.gauge("active", "In progress.");
  const seconds = registry.histogram("seconds", "Duration.", [0.1, 1], ["tool"]);
  registry.observableGauge("answer", "Read on demand.", () => 42);
  calls.add(1, "get", "ok");
  calls.add(1, "get", "ok");
  calls.add(1, "get", "404");
  active.add(2);
  active.add(-1);
  for (const value of [0.1, 0.25, 7]) seconds.observe(value, "get");
  assert.ok(plain);
  assert.equal(
    registry.text(),
    `# HELP calls_total Calls.
# TYPE calls_total counter
calls_total{tool="get",outcome="ok"} 2
calls_total{tool="get",outcome="404"} 1
# HELP plain_total Nothing yet.
# TYPE plain_total counter
plain_total 0
# HELP active In progress.
# TYPE active gauge
active 1
# HELP seconds Duration.
# TYPE seconds histogram
seconds_bucket{tool="get",le="0.1"} 1
seconds_bucket{tool="get",le="1"} 2
seconds_bucket{tool="get",le="+Inf"} 3
seconds_sum{tool="get"} 7.35
seconds_count{tool="get"} 3
# HELP answer Read on demand.
# TYPE answer gauge
answer 42
`,
  );
});

Deno.test("Registry.text() escapes labels and help texts", () => {
  const registry = new Registry();
  registry.counter("odd_total", 'Back\\slash and\nline, "quoted".', ["name"])
    .add(1, 'a\\b\n"c"');
  assert.equal(
    registry.text(),
    '# HELP odd_total Back\\\\slash and\\nline, "quoted".\n# TYPE odd_total counter\n' +
      'odd_total{name="a\\\\b\\n\\"c\\""} 1\n',
  );
});
