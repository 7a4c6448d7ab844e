/** Plants a secret in each part of a log record, and asserts that the written line does not contain it. */

import { configureSync, getLogger, type LogRecord, resetSync } from "@logtape/logtape";
import assert from "node:assert/strict";
import { jsonLines, logLine, text } from "../../src/telemetry/log.ts";
import { Redactor, registerSecret } from "../../src/telemetry/redact.ts";

/** A secret without a recognizable format. */
const SECRET = 'plain"secret\\of+the/process%42';
const LOOKS_LIKE_ONE = "sk-proj-0123456789abcdefghij";

registerSecret(SECRET);

const LEAKS: Record<string, (secret: string) => [message: string, properties: object]> = {
  "in the message": (secret) => [`The header was ${secret}.`, {}],
  "in a value of the message": (secret) => ["The header was {header}.", { header: secret }],
  "in a property": (secret) => ["Asked.", { authorization: secret }],
  "in the name of a property": (secret) => ["Asked.", { [secret]: 1 }],
  "in the middle of a long property": (secret) => [
    "Asked.",
    { url: `https://example.com/${"x".repeat(90)}/${secret}/${"x".repeat(5000)}` },
  ],
  "deep in a property": (secret) => ["Asked.", { a: [{ b: { c: { d: [{ e: secret }] } } }] }],
  "in the message of an error": (secret) => ["Failed.", { error: new Error(`No ${secret}.`) }],
  "in the stack of an error": (secret) => [
    "Failed.",
    { error: Object.assign(new Error("No."), { stack: `Error: No.\n    at ${secret}` }) },
  ],
  "in the cause of an error": (secret) => [
    "Failed: {error}.",
    { error: new Error("No.", { cause: new Error("Why.", { cause: { header: secret } }) }) },
  ],
  "in a field of an error": (secret) => [
    "Failed.",
    { error: Object.assign(new TypeError("No."), { request: { headers: { a: secret } } }) },
  ],
  "in an error of several": (secret) => [
    "Failed.",
    { error: new AggregateError([new Error(secret)], "No.") },
  ],
};

/** Returns the record that a sink receives for a log call. */
function recordOf(message: string, properties: object): LogRecord {
  const records: LogRecord[] = [];
  configureSync({
    sinks: { list: (record) => records.push(record) },
    loggers: [
      { category: "planted", sinks: ["list"], lowestLevel: "debug" },
      { category: ["logtape", "meta"], lowestLevel: "error" },
    ],
    reset: true,
  });
  getLogger("planted").error(message, { ...properties });
  resetSync();
  const [record] = records;
  assert.ok(record);
  return record;
}

for (const [place, leak] of Object.entries(LEAKS)) {
  Deno.test(`the log redacts a secret ${place}`, () => {
    for (const secret of [SECRET, LOOKS_LIKE_ONE, `Bearer ${"0123456789abcdef"}`]) {
      const record = recordOf(...leak(secret));
      for (const format of [text, jsonLines]) {
        const line = logLine(record, format);
        assert.deepEqual(leaks(line, secret), [], line);
        assert.ok(line.includes("[key]"), line);
        // Verifies the test: without redaction, the formats write the secret.
        assert.notDeepEqual(leaks(format(record), secret), [], place);
      }
    }
  });
}

Deno.test("a redacted JSON line is valid JSON", () => {
  for (const leak of Object.values(LEAKS)) {
    for (const secret of [SECRET, LOOKS_LIKE_ONE]) {
      JSON.parse(logLine(recordOf(...leak(secret)), jsonLines));
    }
  }
});

Deno.test("Redactor.redact() replaces the whole of a secret that has another one as its prefix", () => {
  const redactor = new Redactor();
  redactor.register("0123456789");
  redactor.register("0123456789abcdef");
  assert.equal(redactor.redact("<0123456789abcdef> <0123456789>"), "<[key]> <[key]>");
});

Deno.test("Redactor.redact() does not change other text", () => {
  const redactor = new Redactor();
  redactor.register("short");
  redactor.register(undefined);
  redactor.registerCallerKey("");
  const harmless = "a short text of run_0123456789abcdefghij and task-list";
  assert.equal(redactor.redact(harmless), harmless);
});

Deno.test("Redactor.redact() replaces a secret in any encoding", () => {
  const redactor = new Redactor();
  redactor.register(SECRET);
  const json = JSON.stringify({ nested: JSON.stringify({ SECRET }) });
  assert.deepEqual(JSON.parse(redactor.redact(json)), { nested: '{"SECRET":"[key]"}' });
  const url = `https://example.com/?key=${encodeURIComponent(SECRET)}&x=1`;
  assert.equal(redactor.redact(url), "https://example.com/?key=[key]&x=1");
});

Deno.test("Redactor keeps the latest 1,000 keys of callers, and all own secrets", () => {
  const redactor = new Redactor();
  redactor.register("own-secret");
  redactor.registerCallerKey("caller-first");
  redactor.registerCallerKey("caller-second");
  for (let caller = 0; caller < 998; caller++) redactor.registerCallerKey(`caller-no-${caller}-`);
  redactor.registerCallerKey("caller-first");
  redactor.registerCallerKey("caller-last");
  const text = "own-secret caller-first caller-second caller-no-0- caller-last";
  assert.equal(redactor.redact(text), "[key] [key] caller-second [key] [key]");
});

Deno.test("Redactor handles many long keys of callers quickly", () => {
  const redactor = new Redactor();
  const startedAt = performance.now();
  for (let caller = 0; caller < 200; caller++) {
    const key = `${caller}-${crypto.randomUUID().repeat(25)}`;
    redactor.registerCallerKey(key);
    assert.equal(redactor.redact(`The key was ${key}.`), "The key was [key].");
  }
  // One regular expression for all keys took over a minute.
  assert.ok(performance.now() - startedAt < 5000);
});

/** Returns the parts of a secret in a text, of eight characters each. */
function leaks(text: string, secret: string): string[] {
  const plain = secret.replace(/^Bearer /, "");
  const parts = Array.from(
    { length: plain.length - 7 },
    (_, start) => plain.slice(start, start + 8),
  );
  return parts.filter((part) => text.includes(part));
}
