/** Reading of secrets from standard input: without echo on a terminal, otherwise one per line. */

import { FatalError } from "../../shared/errors.ts";
import { printStatus } from "../print.ts";
import { EXIT_CODE_STOPPED } from "../signals.ts";

const NEWLINE = /\r\n|\r|\n/;
/** Control characters that a terminal sends in raw mode. */
const INTERRUPT = "\x03", END_OF_INPUT = "\x04", BACKSPACES = ["\b", "\x7f"];

/** Maximum length of a line. */
const MAX_LENGTH = 4096;

/** A reader of secrets. */
export interface SecretReader {
  /**
   * Reads the next line; returns an empty string at the end of input.
   *
   * @param prompt question to show on a terminal
   * @throws {FatalError} as a rejection, if the line is too long for a secret
   */
  read(prompt: string): Promise<string>;
}

/** Creates a reader of standard input. */
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
    // In raw mode, the terminal does not handle these keys.
    if (isTerminal && pending.includes(INTERRUPT)) {
      Deno.stdin.setRaw(false);
      printStatus("");
      Deno.exit(EXIT_CODE_STOPPED);
    }
    if (isTerminal && pending.includes(END_OF_INPUT)) ended = true;
  }

  return {
    async read(prompt) {
      if (isTerminal) {
        printStatus(prompt);
        Deno.stdin.setRaw(true);
      }
      try {
        while (!ended && !NEWLINE.test(pending)) {
          if (pending.length > MAX_LENGTH) {
            throw new FatalError("The input is too long for an API key");
          }
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
      return isTerminal ? applyBackspaces(line) : line;
    },
  };
}

/** Returns a typed line without the characters that were deleted while typing. */
function applyBackspaces(line: string): string {
  let text = "";
  for (const character of line) {
    if (BACKSPACES.includes(character)) text = text.slice(0, -1);
    else text += character;
  }
  return text;
}
