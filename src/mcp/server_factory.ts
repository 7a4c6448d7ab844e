/** What the transports need: MCP servers, and the few facts about tools that decide how to answer. */

import type { McpServer, Server } from "@modelcontextprotocol/server";
import type { Credential } from "../gateway/mod.ts";
import type { Service } from "./call_tool.ts";
import { createToolsListResponder, type ToolsListResponder } from "./list_tools.ts";
import { createServer } from "./server.ts";

/** Creates servers, and answers what needs no server. */
export interface ServerFactory {
  /** Returns a server for one connection or one request with this credential. */
  createServer(credential: Credential): McpServer | Server;
  /**
   * Returns whether calls of a tool need an event stream, because they may take long or ask their
   * client for input. Any other call is answered with a single message.
   */
  streams(tool: string): boolean;
  /** Answers plain `tools/list` requests without a server. */
  respondToToolsList: ToolsListResponder;
}

/** Returns a factory of servers for the service's tools. */
export function createServerFactory(service: Service): ServerFactory {
  return {
    createServer: (credential) => createServer(service, credential),
    streams(name) {
      const tool = service.inventory.find(name);
      return tool !== undefined &&
        (tool.longRunning === true || service.confirmations?.covers(tool) === true);
    },
    respondToToolsList: createToolsListResponder(service.inventory),
  };
}
