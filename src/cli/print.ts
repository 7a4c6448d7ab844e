/** Output of commands on standard output and standard error. */

import { redact } from "../telemetry/redact.ts";

const encoder = new TextEncoder();

/** Writes a line to standard output and returns the exit code for success. */
export function printLine(text: string): 0 {
  writeAll(Deno.stdout, `${text}\n`);
  return 0;
}

/** Writes a message to standard error, without the registered secrets. */
export function printError(text: string): void {
  printSecret(redact(text));
}

/** Writes a message to standard error that contains a secret for the user, such as a new token. */
export function printSecret(text: string): void {
  writeAll(Deno.stderr, `assistants-mcp: ${text}\n`);
}

/** Replaces the current line of the terminal; an empty text clears it. */
export function printStatus(text: string): void {
  writeAll(Deno.stderr, `\r\x1b[K${text}`);
}

function writeAll(stream: typeof Deno.stdout | typeof Deno.stderr, text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let offset = 0; offset < bytes.length;) offset += stream.writeSync(bytes.subarray(offset));
  } catch (error) {
    // A reader such as `head` closes the pipe when it has enough lines.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
