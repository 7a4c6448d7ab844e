/** All tools, in the order in which clients list them. */

import { defaultTools } from "./default_tools.ts";
import type { Tool } from "./define_tool.ts";
import { optInTools } from "./opt_in_tools.ts";

export const tools: readonly Tool[] = [...defaultTools, ...optInTools];
