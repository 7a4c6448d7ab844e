/** The MCP methods for resources and prompts. */

import {
  type GetPromptResult,
  type ListPromptsResult,
  type ListResourcesResult,
  type ListResourceTemplatesResult,
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  ResourceNotFoundError,
} from "@modelcontextprotocol/server";
import { nearest } from "../shared/nearest.ts";
import { toApiError } from "../upstream/errors.ts";
import type { Prompt } from "../prompts/mod.ts";
import type { ResourceContext, ResourceTemplate } from "../resources/mod.ts";
import { errorText } from "./results.ts";

/** Returns the resources that ship with the server. */
export async function listResources(): Promise<ListResourcesResult> {
  const { resources } = await import("../resources/mod.ts");
  return { resources: resources.map(({ text: _, ...resource }) => resource) };
}

/** Returns the templates for the caller's objects. */
export async function listResourceTemplates(): Promise<ListResourceTemplatesResult> {
  const { resourceTemplates } = await import("../resources/mod.ts");
  return { resourceTemplates: resourceTemplates.map(({ read: _, ...template }) => template) };
}

/**
 * Reads a resource of the server, or one of the caller's objects through a template.
 *
 * @throws {ResourceNotFoundError} if nothing has this URI
 * @throws {ProtocolError} if the object cannot be read
 */
export async function readResource(
  uri: string,
  getContext: () => Promise<ResourceContext>,
): Promise<ReadResourceResult> {
  const { resources, resourceTemplates, variablesOf } = await import("../resources/mod.ts");
  const fixed = resources.find((resource) => resource.uri === uri);
  if (fixed) return { contents: [{ uri, mimeType: fixed.mimeType, text: fixed.text }] };
  for (const template of resourceTemplates) {
    const variables = variablesOf(template, uri);
    if (variables) return await readTemplate(uri, getContext, template, variables);
  }
  throw new ResourceNotFoundError(
    uri,
    `No resource at "${uri}". resources/list and resources/templates/list show what exists.`,
  );
}

async function readTemplate(
  uri: string,
  getContext: () => Promise<ResourceContext>,
  template: ResourceTemplate,
  variables: Parameters<ResourceTemplate["read"]>[0],
): Promise<ReadResourceResult> {
  try {
    const { mimeType, data } = await template.read(variables, await getContext());
    const contents = typeof data === "string"
      ? { uri, mimeType, text: data }
      : { uri, mimeType, blob: data.toBase64() };
    return { contents: [contents] };
  } catch (error) {
    const apiError = toApiError(error);
    if (apiError.status === 404) throw new ResourceNotFoundError(uri, apiError.message);
    throw new ProtocolError(ProtocolErrorCode.InternalError, errorText(apiError));
  }
}

/** Returns the prompts with their arguments. */
export async function listPrompts(): Promise<ListPromptsResult> {
  const { prompts } = await import("../prompts/mod.ts");
  return { prompts: prompts.map(toListed) };
}

function toListed({ name, title, description, arguments: args }: Prompt) {
  return {
    name,
    title,
    description,
    arguments: Object.entries(args).map(([name, { description, required = false }]) => ({
      name,
      description,
      required,
    })),
  };
}

/**
 * Returns the message of a prompt, filled with the arguments.
 *
 * @throws {ProtocolError} for an unknown prompt or argument, or if a required argument is missing
 */
export async function getPrompt(
  name: string,
  args: Record<string, string>,
): Promise<GetPromptResult> {
  const { prompts } = await import("../prompts/mod.ts");
  const prompt = prompts.find((prompt) => prompt.name === name);
  if (!prompt) {
    throw invalid(
      `Unknown prompt "${name}".`,
      nearest(name, prompts.map((p) => p.name)),
    );
  }
  for (const [argument, { required }] of Object.entries(prompt.arguments)) {
    if (required && !args[argument]) throw invalid(`The prompt ${name} needs "${argument}".`);
  }
  for (const argument of Object.keys(args)) {
    if (!Object.hasOwn(prompt.arguments, argument)) {
      throw invalid(
        `The prompt ${name} has no argument "${argument}".`,
        nearest(argument, Object.keys(prompt.arguments)),
      );
    }
  }
  return {
    description: prompt.description,
    messages: [{ role: "user", content: { type: "text", text: prompt.text(args) } }],
  };
}

function invalid(message: string, like?: string): ProtocolError {
  const suggestion = like === undefined ? "" : ` Did you mean "${like}"?`;
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message + suggestion);
}
