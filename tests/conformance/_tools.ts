/** The suite's plain tools: content of every kind, logging, progress, and questions to a 2025 client. */

import {
  type ContentBlock,
  fromJsonSchema,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { PNG, text, WAV } from "./_content.ts";

/** Those that send something before their result. */
export const STREAMING_TOOLS: readonly string[] = [
  "test_tool_with_logging",
  "test_tool_with_progress",
  "test_logging_tool",
  "test_sampling",
  "test_elicitation",
  "test_elicitation_sep1034_defaults",
  "test_elicitation_sep1330_enums",
  "test_reconnection",
];

export function addTools(server: McpServer): void {
  const content = (name: string, description: string, ...blocks: ContentBlock[]) =>
    server.registerTool(name, { description }, () => ({ content: blocks }));

  content(
    "test_simple_text",
    "Answers a text.",
    text("This is a simple text response for testing."),
  );
  const image = { type: "image" as const, data: PNG, mimeType: "image/png" };
  content("test_image_content", "Answers an image.", image);
  content("test_audio_content", "Answers a sound.", {
    type: "audio",
    data: WAV,
    mimeType: "audio/wav",
  });
  content("test_embedded_resource", "Answers a resource.", {
    type: "resource",
    resource: {
      uri: "test://embedded-resource",
      mimeType: "text/plain",
      text: "This is an embedded resource content.",
    },
  });
  content(
    "test_multiple_content_types",
    "Answers a text, an image and a resource.",
    text("Multiple content types test:"),
    image,
    {
      type: "resource",
      resource: {
        uri: "test://mixed-content-resource",
        mimeType: "application/json",
        text: JSON.stringify({ test: "data", value: 123 }),
      },
    },
  );
  server.registerTool("test_error_handling", { description: "Always fails." }, () => {
    throw new Error("This tool intentionally returns an error for testing");
  });
  server.registerTool(
    "json_schema_2020_12_tool",
    { description: "Tool with JSON Schema 2020-12 features", inputSchema: richSchema() },
    () => ({ content: [text("The arguments are valid.")] }),
  );
  addNotifying(server);
  addAsking(server);
}

function addNotifying(server: McpServer): void {
  for (const name of ["test_tool_with_logging", "test_logging_tool"]) {
    server.registerTool(
      name,
      { description: "Logs three messages." },
      async (context: ServerContext) => {
        for (const said of ["started", "processing data", "completed"]) {
          await context.mcpReq.log("info", `Tool execution ${said}`);
          await pause();
        }
        return { content: [text("Logged three messages.")] };
      },
    );
  }
  server.registerTool(
    "test_tool_with_progress",
    { description: "Reports its progress." },
    async ({ mcpReq }: ServerContext) => {
      const progressToken = mcpReq._meta?.progressToken;
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined) {
          await mcpReq.notify({
            method: "notifications/progress",
            params: { progressToken, progress, total: 100 },
          });
        }
        await pause();
      }
      return { content: [text("Done.")] };
    },
  );
  server.registerTool(
    "test_reconnection",
    { description: "Ends its stream before it answers." },
    async ({ http }: ServerContext) => {
      http?.closeSSE?.();
      await pause();
      return { content: [text("Answered after the client came back.")] };
    },
  );
}

function addAsking(server: McpServer): void {
  server.registerTool(
    "test_sampling",
    { description: "Asks the client's model.", inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, { mcpReq }) => {
      const answer = await mcpReq.requestSampling({
        messages: [{ role: "user", content: text(prompt) }],
        maxTokens: 100,
      });
      return { content: [text(`LLM response: ${JSON.stringify(answer.content)}`)] };
    },
  );
  server.registerTool(
    "test_elicitation",
    { description: "Asks the user.", inputSchema: z.object({ message: z.string() }) },
    async ({ message }, { mcpReq }) => {
      const { action, content } = await mcpReq.elicitInput({
        message,
        requestedSchema: {
          type: "object",
          properties: {
            username: { type: "string", description: "User's response" },
            email: { type: "string", description: "User's email address" },
          },
          required: ["username", "email"],
        },
      });
      return {
        content: [text(`User response: action=${action}, content=${JSON.stringify(content)}`)],
      };
    },
  );
  ask(server, "test_elicitation_sep1034_defaults", {
    name: { type: "string", default: "John Doe" },
    age: { type: "integer", default: 30 },
    score: { type: "number", default: 95.5 },
    status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
    verified: { type: "boolean", default: true },
  });
  const options = ["option1", "option2", "option3"];
  const titled = (noun: string) =>
    ["First", "Second", "Third"].map((nth, index) => ({
      const: `value${index + 1}`,
      title: `${nth} ${noun}`,
    }));
  ask(server, "test_elicitation_sep1330_enums", {
    untitledSingle: { type: "string", enum: options },
    titledSingle: { type: "string", oneOf: titled("Option") },
    legacyEnum: {
      type: "string",
      enum: ["opt1", "opt2", "opt3"],
      enumNames: ["Option One", "Option Two", "Option Three"],
    },
    untitledMulti: { type: "array", items: { type: "string", enum: options } },
    titledMulti: { type: "array", items: { anyOf: titled("Choice") } },
  });
}

type ElicitForm = Extract<
  Parameters<ServerContext["mcpReq"]["elicitInput"]>[0],
  { requestedSchema: unknown }
>;

function ask(
  server: McpServer,
  name: string,
  properties: ElicitForm["requestedSchema"]["properties"],
): void {
  server.registerTool(
    name,
    { description: "Asks the user to fill in a form." },
    async ({ mcpReq }: ServerContext) => {
      const { action, content } = await mcpReq.elicitInput({
        message: "Please fill in the form.",
        requestedSchema: { type: "object", properties },
      });
      return {
        content: [
          text(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`),
        ],
      };
    },
  );
}

function richSchema(): ReturnType<typeof fromJsonSchema> {
  return fromJsonSchema({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    $defs: {
      address: {
        $anchor: "addressDef",
        type: "object",
        properties: { street: { type: "string" }, city: { type: "string" } },
      },
    },
    properties: {
      name: { type: "string" },
      address: { $ref: "#/$defs/address" },
      contactMethod: { type: "string", enum: ["phone", "email"] },
      phone: { type: "string" },
      email: { type: "string" },
    },
    allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
    if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
    then: { required: ["phone"] },
    else: { required: ["email"] },
    additionalProperties: false,
  });
}

/** The suite wants time between notifications. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
