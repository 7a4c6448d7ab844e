/** `server.json` for the MCP registry, and the manifest of the MCPB bundle for desktop clients. */

import { type Setting, settingEntries } from "../src/config/settings.ts";
import { DEFAULT_TOOLSETS } from "../src/tools/define_tool.ts";
import { tools } from "../src/tools/mod.ts";
import { VERSION } from "../src/shared/version.ts";
import { DESCRIPTION, IMAGE, NAME, REGISTRY_NAME, REPOSITORY } from "./_published.ts";

const SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json";

const DEFAULT = new Set<string>(DEFAULT_TOOLSETS);

const VARIABLES = settingEntries.filter(([name]) => name !== "TRANSPORT");

/** The groups whose settings a person at a desktop client is asked for; the others are for HTTP, or for experts. */
const ASKED_GROUPS = ["Model server", "Storage", "Tools"];

/** The text of `server.json`: the image over stdio. What it holds of an MCPB bundle is made with a release, as it has a hash. */
export function serverJson(): string {
  return json({
    $schema: SCHEMA,
    name: REGISTRY_NAME,
    title: "OpenAI assistants",
    description: DESCRIPTION,
    repository: { url: REPOSITORY, source: "github" },
    version: VERSION,
    packages: [{
      registryType: "oci",
      identifier: IMAGE,
      transport: { type: "stdio" },
      runtimeHint: "docker",
      runtimeArguments: [
        { type: "named", name: "-i" },
        { type: "named", name: "--rm" },
        {
          type: "named",
          name: "-v",
          value: "{volume}:/data",
          description: "Where assistants, threads and runs are kept",
          variables: {
            volume: { description: "The name of a volume, or a folder", default: "assistants" },
          },
        },
      ],
      environmentVariables: [
        { name: "TRANSPORT", value: "stdio" },
        ...VARIABLES.map(([name, setting]) => ({
          name,
          description: described(setting),
          format: "string",
          ...setting.secret && { isSecret: true },
          ...setting.default && { default: setting.default },
        })),
      ],
    }],
  });
}

/** The text of `mcpb/manifest.json`: the binary, which lies beside it in `server/`. */
export function mcpbManifest(): string {
  const asked = settingEntries.filter(([, { group }]) => ASKED_GROUPS.includes(group));
  return json({
    manifest_version: "0.3",
    name: NAME,
    display_name: "OpenAI assistants",
    version: VERSION,
    description: DESCRIPTION,
    author: { name: "The authors of assistants-mcp" },
    license: "MIT",
    repository: { type: "git", url: `${REPOSITORY}.git` },
    server: {
      type: "binary",
      entry_point: `server/${NAME}`,
      mcp_config: {
        command: "${__dirname}/server/assistants-mcp",
        args: [],
        env: {
          TRANSPORT: "stdio",
          ...Object.fromEntries(
            asked.map(([name]) => [name, `\${user_config.${name.toLowerCase()}}`]),
          ),
        },
        platform_overrides: { win32: { command: "${__dirname}/server/assistants-mcp.exe" } },
      },
    },
    user_config: Object.fromEntries(asked.map(([name, setting]) => [name.toLowerCase(), {
      type: "string",
      title: name,
      description: described(setting),
      required: false,
      // What is not filled in would reach the server as the text of the variable.
      default: setting.default ?? "",
      ...setting.secret && { sensitive: true },
    }])),
    tools: tools.filter(({ toolset }) => DEFAULT.has(toolset)).map(({ name, description }) => ({
      name,
      description,
    })),
    tools_generated: true,
    compatibility: { platforms: ["darwin", "linux", "win32"] },
  });
}

function described({ description, computedDefault }: Setting): string {
  return computedDefault === undefined
    ? description
    : `${description} Default: ${computedDefault}.`;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
