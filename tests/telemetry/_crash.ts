/** A process with a fault: its arguments are its secret, and where it is thrown. */

import { handleUncaughtErrors } from "../../src/cli/crash.ts";
import { registerSecret } from "../../src/telemetry/redact.ts";

const [secret, where] = Deno.args;
registerSecret(secret);
handleUncaughtErrors();
const fault = new Error(`Outer ${secret}.`, { cause: { header: secret } });
setTimeout(() => {
  if (where === "in a promise") Promise.reject(fault);
  else throw fault;
});
