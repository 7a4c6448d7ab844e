/**
 * Spans. Deno exports them if the variable OTEL_DENO turns on its exporter.
 *
 * OpenTelemetry is loaded by {@linkcode startTracing}; before, spans have no effect and no cost.
 */

import type { Context, ContextAPI, Span as OtelSpan, TraceAPI } from "@opentelemetry/api";
import { redact } from "./redact.ts";

export type Attributes = Record<string, string | number | undefined>;

/** A span. */
export interface Span {
  /** Runs `work`; spans that start meanwhile are children of this span. */
  within<T>(work: () => T): T;
  /**
   * Ends the span.
   *
   * @param failed whether the status is an error of a server
   */
  end(attributes: Attributes, failed: boolean): void;
}

interface Api {
  trace: TraceAPI;
  context: ContextAPI;
}

let api: Api | undefined;

/** Loads OpenTelemetry and starts to create spans. */
export async function startTracing(): Promise<void> {
  const { trace, context } = await import("@opentelemetry/api");
  api = { trace, context };
}

/** Starts a span, as a child of the current span. */
export function startSpan(name: string, attributes: Attributes): Span {
  if (api === undefined) return NO_SPAN;
  const { trace, context } = api;
  const span = trace.getTracer("assistants-mcp").startSpan(redact(name), {
    attributes: redacted(attributes),
  });
  const spanContext = trace.setSpan(context.active(), span);
  return new ActiveSpan(span, spanContext, context);
}

const NO_SPAN: Span = { within: (work) => work(), end() {} };

/** `SpanStatusCode.ERROR` of OpenTelemetry. */
const STATUS_ERROR = 2;

class ActiveSpan implements Span {
  readonly #span: OtelSpan;
  readonly #spanContext: Context;
  readonly #context: ContextAPI;

  constructor(span: OtelSpan, spanContext: Context, context: ContextAPI) {
    this.#span = span;
    this.#spanContext = spanContext;
    this.#context = context;
  }

  within<T>(work: () => T): T {
    return this.#context.with(this.#spanContext, work);
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
