// deno-lint-ignore-file no-console -- it tells who has asked
/**
 * The server, which at SIGUSR1 gives back all memory that it does not need and says what its heap
 * holds then, in bytes. Left alone, V8 keeps garbage until it wants room. Runs with --expose-gc.
 */

import { run } from "../src/cli/run.ts";

type Collect = (how: { type: "major"; execution: "sync"; flavor: "last-resort" }) => void;

const { gc } = globalThis as typeof globalThis & { gc: Collect };

Deno.addSignalListener("SIGUSR1", () => {
  gc({ type: "major", execution: "sync", flavor: "last-resort" });
  console.log(Deno.memoryUsage().heapUsed);
});
Deno.exit(await run(Deno.args));
