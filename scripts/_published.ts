/** Where the project is published; OWNER stands for whoever publishes it, and is to be set by them, here alone. */

import { VERSION } from "../src/shared/version.ts";

const OWNER = "OWNER";

export const NAME = "assistants-mcp";

export const DESCRIPTION =
  "OpenAI assistants for every MCP client: threads, runs, files and images";

export const REPOSITORY = `https://github.com/${OWNER}/${NAME}`;

/** The bundle of this version, as raw text that Deno imports with no more permissions. */
export const BUNDLE_URL =
  `https://raw.githubusercontent.com/${OWNER}/${NAME}/v${VERSION}/dist/${NAME}.js`;

/** The image of this version. */
export const IMAGE = `ghcr.io/${OWNER.toLowerCase()}/${NAME}:${VERSION}`;

/** As the MCP registry knows the server. */
export const REGISTRY_NAME = `io.github.${OWNER}/${NAME}`;
