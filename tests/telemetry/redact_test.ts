/** A planted leak: a secret in each place of a record where one can be, and nowhere in what is written of it. */

import { configureSync, getLogger, type LogRecord, resetSync } from "@logtape/logtape";
import assert from "node:assert/strict";
import { jsonLines, logLine, text } from "../../src/telemetry/log.ts";
import { Redactor, registerSecret } from "../../src/telemetry/redact.ts";

/** Of a shape that nothing could guess. */
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

/** The record of a log call, as a sink gets it. */
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
  Deno.test(`the log writes no secret that is ${place}`, () => {
    for (const secret of [SECRET, LOOKS_LIKE_ONE, `Bearer ${"0123456789abcdef"}`]) {
      const record = recordOf(...leak(secret));
      for (const format of [text, jsonLines]) {
        const line = logLine(record, format);
        assert.deepEqual(leaks(line, secret), [], line);
        assert.ok(line.includes("[key]"), line);
        // Without the redactor this test would fail: the formats themselves write everything.
        assert.notDeepEqual(leaks(format(record), secret), [], place);
      }
    }
  });
}

Deno.test("a line of JSON is JSON after the redactor too", () => {
  for (const leak of Object.values(LEAKS)) {
    for (const secret of [SECRET, LOOKS_LIKE_ONE]) {
      JSON.parse(logLine(recordOf(...leak(secret)), jsonLines));
    }
  }
});

Deno.test("Redactor.redact() replaces the whole of a secret that begins with another", () => {
  const redactor = new Redactor();
  redactor.keep("0123456789");
  redactor.keep("0123456789abcdef");
  assert.equal(redactor.redact("<0123456789abcdef> <0123456789>"), "<[key]> <[key]>");
});

Deno.test("Redactor.redact() leaves alone what is no secret", () => {
  const redactor = new Redactor();
  redactor.keep("short");
  redactor.keep(undefined);
  redactor.keepOfCaller("");
  const harmless = "a short text of run_0123456789abcdefghij and task-list";
  assert.equal(redactor.redact(harmless), harmless);
});

Deno.test("Redactor.redact() replaces a secret however it is written", () => {
  const redactor = new Redactor();
  redactor.keep(SECRET);
  const json = JSON.stringify({ nested: JSON.stringify({ SECRET }) });
  assert.deepEqual(JSON.parse(redactor.redact(json)), { nested: '{"SECRET":"[key]"}' });
  const url = `https://example.com/?key=${encodeURIComponent(SECRET)}&x=1`;
  assert.equal(redactor.redact(url), "https://example.com/?key=[key]&x=1");
});

Deno.test("Redactor keeps the latest thousand keys of callers, and all secrets of its own", () => {
  const redactor = new Redactor();
  redactor.keep("own-secret");
  redactor.keepOfCaller("caller-first");
  redactor.keepOfCaller("caller-second");
  for (let caller = 0; caller < 998; caller++) redactor.keepOfCaller(`caller-no-${caller}-`);
  redactor.keepOfCaller("caller-first");
  redactor.keepOfCaller("caller-last");
  const text = "own-secret caller-first caller-second caller-no-0- caller-last";
  assert.equal(redactor.redact(text), "[key] [key] caller-second [key] [key]");
});

Deno.test("Redactor is not held up by the long keys of many callers that come one by one", () => {
  const redactor = new Redactor();
  const begun = performance.now();
  for (let caller = 0; caller < 200; caller++) {
    const key = `${caller}-${crypto.randomUUID().repeat(25)}`;
    redactor.keepOfCaller(key);
    assert.equal(redactor.redact(`The key was ${key}.`), "The key was [key].");
  }
  // With one expression for all of them it was over a minute.
  assert.ok(performance.now() - begun < 5000);
});

/** The parts of a secret that a text shows; every eight characters of one are too many. */
function leaks(text: string, secret: string): string[] {
  const plain = secret.replace(/^Bearer /, "");
  const parts = Array.from(
    { length: plain.length - 7 },
    (_, start) => plain.slice(start, start + 8),
  );
  return parts.filter((part) => text.includes(part));
}
