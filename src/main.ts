/** The command `assistants-mcp`. */

import { run } from "./cli/run.ts";

if (import.meta.main) {
  const exitCode = await run(Deno.args);
  // In a turn of the loop Deno stores what it has compiled of the program, for the next start.
  await new Promise((resolve) => setTimeout(resolve, 0));
  Deno.exit(exitCode);
}
