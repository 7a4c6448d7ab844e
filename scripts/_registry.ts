/** `server.json` for the MCP registry, and the manifest of the MCPB bundle for desktop clients. */

import { type Setting, settingEntries } from "../src/config/settings.ts";
import { DEFAULT_TOOLSETS } from "../src/tools/define_tool.ts";
import { tools } from "../src/tools/mod.ts";
import { VERSION } from "../src/shared/version.ts";
import { DESCRIPTION, IMAGE, NAME, REGISTRY_NAME, REPOSITORY } from "./_published.ts";

const SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json";

const DEFAULT = new Set<string>(DEFAULT_TOOLSETS);

const VARIABLES = settingEntries.filter(([name]) => name !== "TRANSPORT");

/** Groups of settings that a desktop client shows; the others concern HTTP or experts. */
const DESKTOP_GROUPS = ["Model server", "Storage", "Tools"];

/** Returns the text of `server.json`, with the image over stdio. A release adds the MCPB bundle with its hash. */
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
          description: "Storage for assistants, threads and runs",
          variables: {
            volume: { description: "Name of a volume, or path of a folder", default: "assistants" },
          },
        },
      ],
      environmentVariables: [
        { name: "TRANSPORT", value: "stdio" },
        ...VARIABLES.map(([name, setting]) => ({
          name,
          description: describe(setting),
          format: "string",
          ...setting.secret && { isSecret: true },
          ...setting.default && { default: setting.default },
        })),
      ],
    }],
  });
}

/** Returns the text of `mcpb/manifest.json`, for the binary in the folder `server/`. */
export function mcpbManifest(): string {
  const shown = settingEntries.filter(([, { group }]) => DESKTOP_GROUPS.includes(group));
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
            shown.map(([name]) => [name, `\${user_config.${name.toLowerCase()}}`]),
          ),
        },
        platform_overrides: { win32: { command: "${__dirname}/server/assistants-mcp.exe" } },
      },
    },
    user_config: Object.fromEntries(shown.map(([name, setting]) => [name.toLowerCase(), {
      type: "string",
      title: name,
      description: describe(setting),
      required: false,
      // Without a default, the server would receive the text of the variable itself.
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

function describe({ description, computedDefault }: Setting): string {
  return computedDefault === undefined
    ? description
    : `${description} Default: ${computedDefault}.`;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
