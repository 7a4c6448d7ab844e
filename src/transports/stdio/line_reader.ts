/** Lines of a byte stream. Their length is limited, so that an endless line takes no memory. */

import { joinBytes } from "../../shared/bytes.ts";

const NEWLINE = 10;

/** A complete line without its newline, or the notice that a line was too long and was dropped. */
export type Line = { text: string } | { tooLong: true };

/**
 * Yields the lines of `chunks`. A line of more than `maxBytes` is dropped while it is read. The last
 * line needs no newline.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Line> {
  const decoder = new TextDecoder();
  let parts: Uint8Array[] = [];
  let length = 0;

  function finishLine(end: Uint8Array): Line {
    const tooLong = length + end.length > maxBytes;
    const bytes = tooLong || parts.length === 0 ? end : joinBytes([...parts, end]);
    parts = [];
    length = 0;
    return tooLong ? { tooLong: true } : { text: decoder.decode(bytes) };
  }

  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end === -1) break;
      yield finishLine(chunk.subarray(start, end));
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    length += rest.length;
    if (length > maxBytes) parts = [];
    // A copy, because the source reuses its buffer before the line is complete.
    else if (rest.length > 0) parts.push(rest.slice());
  }
  if (length > 0) yield finishLine(new Uint8Array());
}
