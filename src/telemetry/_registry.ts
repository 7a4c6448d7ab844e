/** Counters, gauges and histograms, and their text in the format of Prometheus. */

/** Names of the labels of a metric, or their values in the same order. */
export type Labels = readonly string[];

/** A metric with all of its samples. */
interface MetricFamily {
  name: string;
  help: string;
  type: "counter" | "gauge" | "histogram";
  /** Yields the lines of the samples. */
  samples(): Iterable<string>;
}

/** A set of metrics. */
export class Registry {
  readonly #families: MetricFamily[] = [];

  /** Registers a counter, which only increases. Without labels, it starts with a sample of 0. */
  counter(name: string, help: string, labels: Labels = []): Metric {
    return this.#add("counter", name, help, labels);
  }

  /** Registers a gauge, which increases and decreases. */
  gauge(name: string, help: string): Metric {
    return this.#add("gauge", name, help, []);
  }

  /** Registers a gauge whose value is read when the metrics are written. */
  observableGauge(name: string, help: string, value: () => number): void {
    this.#families.push({ name, help, type: "gauge", samples: () => [`${name} ${value()}\n`] });
  }

  /**
   * Registers a histogram.
   *
   * @param bounds upper bounds of the buckets in ascending order; the last bucket has no bound
   */
  histogram(name: string, help: string, bounds: readonly number[], labels: Labels = []): Histogram {
    const histogram = new Histogram(name, bounds, labels);
    this.#families.push({ name, help, type: "histogram", samples: () => histogram.samples() });
    return histogram;
  }

  /** Returns all metrics in the text format, version 0.0.4. */
  text(): string {
    let text = "";
    for (const { name, help, type, samples } of this.#families) {
      text += `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
      for (const line of samples()) text += line;
    }
    return text;
  }

  #add(type: "counter" | "gauge", name: string, help: string, labels: Labels): Metric {
    const metric = new Metric(name, labels);
    this.#families.push({ name, help, type, samples: () => metric.samples() });
    return metric;
  }
}

/** A counter or a gauge. */
export class Metric {
  readonly #name: string;
  readonly #labels: Labels;
  readonly #values = new Map<string, { labels: Labels; value: number }>();

  constructor(name: string, labels: Labels) {
    this.#name = name;
    this.#labels = labels;
    if (labels.length === 0) this.#values.set("", { labels, value: 0 });
  }

  /** Adds a number to the sample with these label values. */
  add(by: number, ...labels: Labels): void {
    const key = labels.length === 1 ? labels[0] ?? "" : labels.join("\n");
    const sample = this.#values.get(key);
    if (sample === undefined) this.#values.set(key, { labels, value: by });
    else sample.value += by;
  }

  /** Yields the lines of the samples. */
  *samples(): Iterable<string> {
    for (const { labels, value } of this.#values.values()) {
      yield `${this.#name}${labelText(this.#labels, labels)} ${value}\n`;
    }
  }
}

/** The observations of a histogram for one combination of label values. */
interface Distribution {
  labels: Labels;
  /** Number of observations in each bucket, not cumulative. */
  counts: Float64Array;
  sum: number;
}

/** A histogram. */
export class Histogram {
  readonly #name: string;
  readonly #bounds: readonly number[];
  readonly #labels: Labels;
  readonly #distributions = new Map<string, Distribution>();

  constructor(name: string, bounds: readonly number[], labels: Labels) {
    this.#name = name;
    this.#bounds = bounds;
    this.#labels = labels;
    if (labels.length === 0) this.#open("", labels);
  }

  /** Adds an observation for these label values. */
  observe(value: number, ...labels: Labels): void {
    const key = labels.length === 1 ? labels[0] ?? "" : labels.join("\n");
    const distribution = this.#distributions.get(key) ?? this.#open(key, labels);
    let bucket = 0;
    while (value > (this.#bounds[bucket] ?? Infinity)) bucket++;
    distribution.counts[bucket] = (distribution.counts[bucket] ?? 0) + 1;
    distribution.sum += value;
  }

  /** Yields the lines of the samples. */
  *samples(): Iterable<string> {
    for (const { labels, counts, sum } of this.#distributions.values()) {
      let count = 0;
      for (const [bucket, countOfBucket] of counts.entries()) {
        count += countOfBucket;
        const bound = this.#bounds[bucket] ?? "+Inf";
        const names = [...this.#labels, "le"];
        yield `${this.#name}_bucket${labelText(names, [...labels, String(bound)])} ${count}\n`;
      }
      const text = labelText(this.#labels, labels);
      yield `${this.#name}_sum${text} ${sum}\n${this.#name}_count${text} ${count}\n`;
    }
  }

  #open(key: string, labels: Labels): Distribution {
    const counts = new Float64Array(this.#bounds.length + 1);
    const distribution = { labels, counts, sum: 0 };
    this.#distributions.set(key, distribution);
    return distribution;
  }
}

function labelText(names: Labels, values: Labels): string {
  if (names.length === 0) return "";
  return `{${names.map((name, index) => `${name}="${escapeLabel(values[index] ?? "")}"`).join()}}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
