/** The version of this project, as `deno.json` has it. */

import config from "../../deno.json" with { type: "json" };

export const VERSION: string = config.version;
