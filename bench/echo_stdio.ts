/** The baseline for the start and for round trips over stdio: echoes its input. */

const buffer = new Uint8Array(65_536);
for (;;) {
  const length = await Deno.stdin.read(buffer);
  if (length === null) break;
  await Deno.stdout.write(buffer.subarray(0, length));
}
