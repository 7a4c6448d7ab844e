/** Secrets from standard input: typed at a terminal without showing, or one on each line. */

import { FatalError } from "../../shared/errors.ts";
import { printStatus } from "../print.ts";
import { EXIT_CODE_STOPPED } from "../signals.ts";

const NEWLINE = /\r\n|\r|\n/;
const INTERRUPT = "\x03", END = "\x04", DELETES = ["\b", "\x7f"];

/** Longer lines are no secrets. */
const LONGEST = 4096;

export interface SecretReader {
  /** @param prompt what a person at a terminal is asked */
  next(prompt: string): Promise<string>;
}

export function createSecretReader(): SecretReader {
  const isTerminal = Deno.stdin.isTerminal();
  const decoder = new TextDecoder();
  let pending = "";
  let ended = false;

  async function readMore(): Promise<void> {
    const buffer = new Uint8Array(1024);
    const size = await Deno.stdin.read(buffer);
    if (size === null) ended = true;
    else pending += decoder.decode(buffer.subarray(0, size), { stream: true });
    // As nothing shows, the terminal leaves these keys to us.
    if (isTerminal && pending.includes(INTERRUPT)) {
      Deno.stdin.setRaw(false);
      printStatus("");
      Deno.exit(EXIT_CODE_STOPPED);
    }
    if (isTerminal && pending.includes(END)) ended = true;
  }

  return {
    async next(prompt) {
      if (isTerminal) {
        printStatus(prompt);
        Deno.stdin.setRaw(true);
      }
      try {
        while (!ended && !NEWLINE.test(pending)) {
          if (pending.length > LONGEST) throw new FatalError("What was read is too long for a key");
          await readMore();
        }
      } finally {
        if (isTerminal) {
          Deno.stdin.setRaw(false);
          printStatus("");
        }
      }
      const [line = "", ...rest] = pending.split(NEWLINE);
      pending = rest.join("\n");
      return isTerminal ? edited(line) : line;
    },
  };
}

/** What is left of a typed line after its corrections. */
function edited(line: string): string {
  let text = "";
  for (const character of line) {
    if (DELETES.includes(character)) text = text.slice(0, -1);
    else text += character;
  }
  return text;
}
