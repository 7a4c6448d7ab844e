/** `doctor`: looks at everything that serving needs. */

import type { Invocation } from "../../config/mod.ts";

export function doctorCommand(_: Invocation): Promise<number> {
  return Promise.resolve(0);
}
