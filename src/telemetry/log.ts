/** The log: on standard error always, since standard output may be a protocol. */

import {
  configureSync,
  getJsonLinesFormatter,
  getTextFormatter,
  type LogRecord,
  type TextFormatter,
} from "@logtape/logtape";

export type LogLevel = "debug" | "info" | "warning" | "error";

export interface LogOptions {
  level: LogLevel;
  /** A JSON object a line, for machines; else text for people. */
  json: boolean;
}

/** Makes the loggers of this process write; before, they are silent. */
export function configureLog({ level, json }: LogOptions): void {
  configureSync({
    reset: true,
    sinks: { stderr: stderrSink(json ? getJsonLinesFormatter() : getTextFormatter()) },
    loggers: [
      { category: ["assistants-mcp"], lowestLevel: level, sinks: ["stderr"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["stderr"] },
    ],
  });
}

function stderrSink(format: TextFormatter): (record: LogRecord) => void {
  const encoder = new TextEncoder();
  return (record) => {
    try {
      Deno.stderr.writeSync(encoder.encode(format(record)));
    } catch {
      // A closed standard error is no reason to stop serving.
    }
  };
}
