// deno-lint-ignore-file no-console -- standard output is the result
/**
 * The server with a handler for SIGUSR1, which collects all garbage and prints the size of the heap in
 * bytes. Without it, V8 keeps garbage until it needs memory. Requires --expose-gc.
 */

import { run } from "../src/cli/run.ts";

type Collect = (how: { type: "major"; execution: "sync"; flavor: "last-resort" }) => void;

const { gc } = globalThis as typeof globalThis & { gc: Collect };

Deno.addSignalListener("SIGUSR1", () => {
  gc({ type: "major", execution: "sync", flavor: "last-resort" });
  console.log(Deno.memoryUsage().heapUsed);
});
Deno.exit(await run(Deno.args));
