/** The addresses of the published project. Replace OWNER with the publishing account; nothing is published yet. */

import { VERSION } from "../src/shared/version.ts";

const OWNER = "OWNER";

export const NAME = "assistants-mcp";

export const DESCRIPTION =
  "OpenAI assistants for every MCP client: threads, runs, files and images";

export const REPOSITORY = `https://github.com/${OWNER}/${NAME}`;

/** URL of the bundle of this version, from a host that Deno imports from without further permissions. */
export const BUNDLE_URL =
  `https://raw.githubusercontent.com/${OWNER}/${NAME}/v${VERSION}/dist/${NAME}.js`;

/** Container image of this version. */
export const IMAGE = `ghcr.io/${OWNER.toLowerCase()}/${NAME}:${VERSION}`;

/** Name of the server in the MCP registry. */
export const REGISTRY_NAME = `io.github.${OWNER}/${NAME}`;
