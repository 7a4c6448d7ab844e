/** The suite's resources and prompts. */

import { completable, type McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import { z } from "zod";
import { PNG, text } from "./_content.ts";

export function addResources(server: McpServer): void {
  for (const name of ["static-text", "watched-resource"]) {
    const uri = `test://${name}`;
    const mimeType = "text/plain";
    server.registerResource(name, uri, { description: "A text.", mimeType }, () => ({
      contents: [{ uri, mimeType, text: "This is the content of the static text resource." }],
    }));
  }
  const binary = { uri: "test://static-binary", mimeType: "image/png" };
  server.registerResource(
    "static-binary",
    binary.uri,
    { description: "An image.", mimeType: binary.mimeType },
    () => ({ contents: [{ ...binary, blob: PNG }] }),
  );
  server.registerResource(
    "template",
    new ResourceTemplate("test://template/{id}/data", { list: undefined }),
    { description: "Data by ID.", mimeType: "application/json" },
    (uri, { id }) => ({
      contents: [{
        uri: uri.href,
        mimeType: "application/json",
        text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
      }],
    }),
  );
  server.server.setRequestHandler("resources/subscribe", () => ({}));
  server.server.setRequestHandler("resources/unsubscribe", () => ({}));
}

export function addPrompts(server: McpServer): void {
  server.registerPrompt("test_simple_prompt", { description: "A prompt." }, () => ({
    messages: [{ role: "user", content: text("This is a simple prompt for testing.") }],
  }));
  const completed = (...values: string[]) =>
    completable(z.string(), (begun) => values.filter((value) => value.startsWith(begun)));
  server.registerPrompt(
    "test_prompt_with_arguments",
    {
      description: "A prompt with two arguments.",
      argsSchema: z.object({
        arg1: completed("testValue1", "paris", "park", "party"),
        arg2: completed("testValue2"),
      }),
    },
    ({ arg1, arg2 }) => ({
      messages: [{
        role: "user",
        content: text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`),
      }],
    }),
  );
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    {
      description: "A prompt with a resource in it.",
      argsSchema: z.object({ resourceUri: z.string() }),
    },
    ({ resourceUri }) => ({
      messages: [
        {
          role: "user",
          content: {
            type: "resource",
            resource: {
              uri: resourceUri,
              mimeType: "text/plain",
              text: "Embedded resource content for testing.",
            },
          },
        },
        { role: "user", content: text("Please process the embedded resource above.") },
      ],
    }),
  );
  server.registerPrompt(
    "test_prompt_with_image",
    { description: "A prompt with an image in it." },
    () => ({
      messages: [
        { role: "user", content: { type: "image", data: PNG, mimeType: "image/png" } },
        { role: "user", content: text("Please analyze the image above.") },
      ],
    }),
  );
}
