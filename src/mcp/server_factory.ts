/** What the transports serve: servers for callers, and as much of the tools behind them as a transport has to know. */

import type { McpServer, Server } from "@modelcontextprotocol/server";
import type { Credential } from "../gateway/mod.ts";
import type { Service } from "./call_tool.ts";
import { type AnswerList, createAnswerList } from "./list_tools.ts";
import { createServer } from "./server.ts";

export interface Served {
  /** A server for one connection or one request of this credential. */
  createServer(credential: Credential): McpServer | Server;
  /**
   * Whether a call of this tool streams: it may take long, or talks to its client on the way. All
   * other calls are answered by one message and ask their client nothing.
   */
  streams(tool: string): boolean;
  /** Lists the tools without a server, where that answers the same. */
  answerList: AnswerList;
}

/** The tools of the inventory. */
export function serveInventory(service: Service): Served {
  return {
    createServer: (credential) => createServer(service, credential),
    streams(name) {
      const tool = service.inventory.find(name);
      return tool !== undefined &&
        (tool.long === true || service.confirmations?.covers(tool) === true);
    },
    answerList: createAnswerList(service.inventory),
  };
}
