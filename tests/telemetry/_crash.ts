/** A process with a fault: its arguments are its secret, and where it is thrown. */

import { crashRedacted } from "../../src/cli/crash.ts";
import { keepSecret } from "../../src/telemetry/redact.ts";

const [secret, where] = Deno.args;
keepSecret(secret);
crashRedacted();
const fault = new Error(`Outer ${secret}.`, { cause: { header: secret } });
setTimeout(() => {
  if (where === "in a promise") Promise.reject(fault);
  else throw fault;
});
