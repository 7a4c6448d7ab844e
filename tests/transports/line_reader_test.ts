import assert from "node:assert/strict";
import fc from "fast-check";
import { type Line, readLines } from "../../src/transports/stdio/line_reader.ts";

async function* cut(bytes: Uint8Array, at: number[]): AsyncGenerator<Uint8Array> {
  // One buffer for every chunk, as a real reader has it.
  const buffer = new Uint8Array(bytes.length);
  let start = 0;
  for (const end of [...at.toSorted((a, b) => a - b), bytes.length]) {
    const stop = Math.min(Math.max(end, start), bytes.length);
    buffer.set(bytes.subarray(start, stop));
    yield await Promise.resolve(buffer.subarray(0, stop - start));
    buffer.fill(0);
    start = stop;
  }
}

async function linesOf(text: string, at: number[], maxBytes: number): Promise<Line[]> {
  return await Array.fromAsync(readLines(cut(new TextEncoder().encode(text), at), maxBytes));
}

Deno.test("readLines() gives the same lines wherever the bytes are cut", async () => {
  const line = fc.string({ unit: "grapheme", maxLength: 12 }).filter((text) =>
    !text.includes("\n")
  );
  await fc.assert(fc.asyncProperty(
    fc.array(line, { maxLength: 6 }),
    fc.array(fc.nat({ max: 120 }), { maxLength: 8 }),
    fc.boolean(),
    async (lines, at, closed) => {
      const text = lines.join("\n") + (closed && lines.length > 0 ? "\n" : "");
      const expected = text === "" ? [] : text.replace(/\n$/, "").split("\n");
      assert.deepEqual(await linesOf(text, at, 1000), expected.map((each) => ({ text: each })));
    },
  ));
});

Deno.test("readLines() drops a line that is too long and reads the next one whole", async () => {
  const lines = await linesOf(`a\n${"x".repeat(50)}\nb\n${"y".repeat(11)}`, [5, 20, 40], 10);
  assert.deepEqual(lines, [{ text: "a" }, { tooLong: true }, { text: "b" }, { tooLong: true }]);
});

Deno.test("readLines() keeps a line of exactly the limit", async () => {
  assert.deepEqual(await linesOf("0123456789\n", [4], 10), [{ text: "0123456789" }]);
});
