/** Entry point of the program `assistants-mcp`. */

import { run } from "./cli/run.ts";

if (import.meta.main) {
  const exitCode = await run(Deno.args);
  // During this turn of the event loop, Deno stores its compile cache for the next start.
  await new Promise((resolve) => setTimeout(resolve, 0));
  Deno.exit(exitCode);
}
