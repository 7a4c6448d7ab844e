/** What the official suite expects of a server, behind the project's own transports. */

import { McpServer, SUPPORTED_PROTOCOL_VERSIONS } from "@modelcontextprotocol/server";
import { MODERN_VERSION, type ServerFactory } from "../../src/mcp/mod.ts";
import { addInputRequired, ASKING_TOOLS, stateCodec } from "./_input_required.ts";
import { addPrompts, addResources } from "./_resources.ts";
import { addTools, STREAMING_TOOLS } from "./_tools.ts";

const streaming = new Set([...STREAMING_TOOLS, ...ASKING_TOOLS]);

/** Tools, resources and prompts by the names that the suite has for them. */
export const fixtures: ServerFactory = {
  createServer() {
    const server = new McpServer({ name: "conformance", version: "1.0.0" }, {
      capabilities: {
        tools: { listChanged: false },
        prompts: { listChanged: false },
        resources: { listChanged: false, subscribe: true },
        logging: {},
      },
      supportedProtocolVersions: [MODERN_VERSION, ...SUPPORTED_PROTOCOL_VERSIONS],
      requestState: { verify: stateCodec.verify },
    });
    addTools(server);
    addInputRequired(server);
    addResources(server);
    addPrompts(server);
    return server;
  },
  streams: (tool) => streaming.has(tool),
  // The shortcut past the server is the real inventory's.
  respondToToolsList: () => undefined,
};
