/** What the command says to the person who typed it. */

import { redact } from "../telemetry/redact.ts";

const encoder = new TextEncoder();

/** Writes a line to standard output and returns the exit code of success. */
export function printLine(text: string): 0 {
  writeAll(Deno.stdout, `${text}\n`);
  return 0;
}

/** Writes a line about a problem, or about the server, to standard error. */
export function printError(text: string): void {
  printSecret(redact(text));
}

/** Writes to standard error what holds a secret that its reader has to learn; all else is for `printError`. */
export function printSecret(text: string): void {
  writeAll(Deno.stderr, `assistants-mcp: ${text}\n`);
}

/** Writes on the terminal's current line, over what stands there; nothing clears it. */
export function printStatus(text: string): void {
  writeAll(Deno.stderr, `\r\x1b[K${text}`);
}

function writeAll(stream: typeof Deno.stdout | typeof Deno.stderr, text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let offset = 0; offset < bytes.length;) offset += stream.writeSync(bytes.subarray(offset));
  } catch (error) {
    // Who reads no further, as `head` does, has what was wanted.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
