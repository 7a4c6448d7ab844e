/** A process with an unexpected error. Arguments: its secret, and where it throws. */

import { handleUncaughtErrors } from "../../src/cli/crash.ts";
import { registerSecret } from "../../src/telemetry/redact.ts";

const [secret, where] = Deno.args;
registerSecret(secret);
handleUncaughtErrors();
const error = new Error(`Outer ${secret}.`, { cause: { header: secret } });
setTimeout(() => {
  if (where === "in a promise") Promise.reject(error);
  else throw error;
});
