/** The baseline of starting and of a round trip over standard streams: answers a line with itself. */

const buffer = new Uint8Array(65_536);
for (;;) {
  const length = await Deno.stdin.read(buffer);
  if (length === null) break;
  await Deno.stdout.write(buffer.subarray(0, length));
}
