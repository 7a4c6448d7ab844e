/** A collector of OpenTelemetry data over OTLP/HTTP with JSON. */

/** A received span. */
export interface CollectedSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  attributes: Record<string, string | number>;
}

/** A running collector. */
export interface Collector extends AsyncDisposable {
  /** Environment that makes a process export to this collector. */
  env: Record<string, string>;
  /** Returns the received spans. */
  spans(): CollectedSpan[];
  /** Returns all received bodies. */
  text(): string;
}

/** Starts a collector on a free port. */
export function startCollector(): Collector {
  const bodies: { path: string; text: string }[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    bodies.push({ path: new URL(request.url).pathname, text: await request.text() });
    return Response.json({});
  });
  return {
    env: {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.addr.port}`,
    },
    spans: () => bodies.filter(({ path }) => path === "/v1/traces").flatMap(spansOf),
    text: () => bodies.map(({ text }) => text).join("\n"),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: string; doubleValue?: number };
}

interface Payload {
  resourceSpans: {
    scopeSpans: { spans: (Omit<CollectedSpan, "attributes"> & { attributes: Attribute[] })[] }[];
  }[];
}

function spansOf({ text }: { text: string }): CollectedSpan[] {
  const { resourceSpans }: Payload = JSON.parse(text);
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .map((span) => ({
      ...span,
      attributes: Object.fromEntries(span.attributes.map(({ key, value }) => [
        key,
        value.stringValue ?? Number(value.intValue ?? value.doubleValue),
      ])),
    }));
}
