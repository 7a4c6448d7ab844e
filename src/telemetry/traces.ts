/**
 * Spans, sent out by the runtime: Deno has an exporter, which the variable OTEL_DENO switches on.
 *
 * Nothing of OpenTelemetry is loaded before `startTracing`, and without it a span costs nothing.
 */

import type { Context, ContextAPI, Span as OtelSpan, TraceAPI } from "@opentelemetry/api";
import { redact } from "./redact.ts";

export type Attributes = Record<string, string | number | undefined>;

export interface Span {
  /** Does work whose spans are children of this one. */
  within<T>(work: () => T): T;
  /** @param failed whether what it stands for is a fault of a server */
  end(attributes: Attributes, failed: boolean): void;
}

interface Api {
  trace: TraceAPI;
  context: ContextAPI;
}

let api: Api | undefined;

export async function startTracing(): Promise<void> {
  const { trace, context } = await import("@opentelemetry/api");
  api = { trace, context };
}

/** A span from now until its end; a child of the span that it is made within. */
export function startSpan(name: string, attributes: Attributes): Span {
  if (api === undefined) return NO_SPAN;
  const { trace, context } = api;
  const span = trace.getTracer("assistants-mcp").startSpan(redact(name), {
    attributes: redacted(attributes),
  });
  const inside = trace.setSpan(context.active(), span);
  return new ActiveSpan(span, inside, context);
}

const NO_SPAN: Span = { within: (work) => work(), end() {} };

/** What OpenTelemetry calls `SpanStatusCode.ERROR`. */
const STATUS_ERROR = 2;

class ActiveSpan implements Span {
  readonly #span: OtelSpan;
  readonly #inside: Context;
  readonly #context: ContextAPI;

  constructor(span: OtelSpan, inside: Context, context: ContextAPI) {
    this.#span = span;
    this.#inside = inside;
    this.#context = context;
  }

  within<T>(work: () => T): T {
    return this.#context.with(this.#inside, work);
  }

  end(attributes: Attributes, failed: boolean): void {
    this.#span.setAttributes(redacted(attributes));
    if (failed) this.#span.setStatus({ code: STATUS_ERROR });
    this.#span.end();
  }
}

function redacted(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes)
      .map(([name, value]) => [name, typeof value === "string" ? redact(value) : value]),
  );
}
