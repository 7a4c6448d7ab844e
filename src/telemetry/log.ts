/** The log: writes to standard error, because stdout may carry MCP, and redacts secrets. */

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

/** The options of the log. */
export interface LogOptions {
  /** Minimum level of records. */
  level: LogLevel;
  /** Whether records are JSON Lines; otherwise they are text for people. */
  json: boolean;
}

/** Configures the log; before, the loggers of this process write nothing. */
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

/** Returns the redacted line of a record, with the ID of the current request. */
export function logLine(record: LogRecord, format: TextFormatter): string {
  const requestId = requestScope()?.requestId;
  const properties = { ...requestId !== undefined && { requestId }, ...record.properties };
  const message = [
    record.message.map((part, index) => index % 2 ? formatValue(part) : part).join(""),
  ];
  // Redacts the whole line, because a secret can be in the message, a property, or a nested error.
  return redact(format({ ...record, message, properties }));
}

/** Formats a record as one JSON object. */
export const jsonLines = getJsonLinesFormatter({ properties: "flatten" });

/** Formats a record as text, followed by the properties that the message does not contain. */
export const text = getTextFormatter({
  timestamp: "rfc3339",
  format: ({ timestamp, level, category, message, record }) =>
    `${timestamp} [${level}] ${category}: ${message}${remainingProperties(record)}`,
});

function stderrSink(format: TextFormatter): (record: LogRecord) => void {
  const encoder = new TextEncoder();
  return (record) => {
    try {
      Deno.stderr.writeSync(encoder.encode(logLine(record, format)));
    } catch {
      // The server keeps running if standard error is closed.
    }
  };
}

/** Returns the properties that the message does not contain. */
function remainingProperties({ rawMessage, properties }: LogRecord): string {
  const template = String(rawMessage);
  return Object.entries(properties)
    .filter(([name, value]) => value !== undefined && !template.includes(`{${name}}`))
    .map(([name, value]) => ` ${name}=${formatValue(value)}`).join("");
}
