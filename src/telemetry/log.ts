/** The log: on standard error always, since standard output may be a protocol; and never with a secret. */

import {
  configureSync,
  getJsonLinesFormatter,
  getTextFormatter,
  type LogRecord,
  type TextFormatter,
} from "@logtape/logtape";
import { redact } from "./redact.ts";
import { requestScope } from "./request_scope.ts";
import { formatValue } from "./format.ts";

type LogLevel = "debug" | "info" | "warning" | "error";

export interface LogOptions {
  level: LogLevel;
  /** A JSON object a line, for machines; else text for people. */
  json: boolean;
}

/** Makes the loggers of this process write; before, they are silent. */
export function configureLog({ level, json }: LogOptions): void {
  configureSync({
    reset: true,
    sinks: { stderr: stderrSink(json ? jsonLines : text) },
    loggers: [
      { category: ["assistants-mcp"], lowestLevel: level, sinks: ["stderr"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["stderr"] },
    ],
  });
}

/** What a record becomes; nothing else may be written of it. */
export function logLine(record: LogRecord, format: TextFormatter): string {
  const requestId = requestScope()?.requestId;
  const properties = { ...requestId !== undefined && { requestId }, ...record.properties };
  const message = [record.message.map((part, at) => at % 2 ? formatValue(part) : part).join("")];
  // The whole line: a secret can be in the message, in a property, or deep in an error.
  return redact(format({ ...record, message, properties }));
}

/** A JSON object a line. */
export const jsonLines = getJsonLinesFormatter({ properties: "flatten" });

/** A line for people, with the properties that the message does not show. */
export const text = getTextFormatter({
  timestamp: "rfc3339",
  format: ({ timestamp, level, category, message, record }) =>
    `${timestamp} [${level}] ${category}: ${message}${rest(record)}`,
});

function stderrSink(format: TextFormatter): (record: LogRecord) => void {
  const encoder = new TextEncoder();
  return (record) => {
    try {
      Deno.stderr.writeSync(encoder.encode(logLine(record, format)));
    } catch {
      // A closed standard error is no reason to stop serving.
    }
  };
}

/** The properties that the message does not show. */
function rest({ rawMessage, properties }: LogRecord): string {
  const template = String(rawMessage);
  return Object.entries(properties)
    .filter(([name, value]) => value !== undefined && !template.includes(`{${name}}`))
    .map(([name, value]) => ` ${name}=${formatValue(value)}`).join("");
}
