/** The links that add the server to a client. They start the image, which defines folders and permissions. */

import { IMAGE } from "./_published.ts";

const NAME = "assistants";

/** Returns the command of a client, with its reference to the key. */
function stdio(key: string): { command: string; args: string[]; env: Record<string, string> } {
  return {
    command: "docker",
    args: [
      ...["run", "-i", "--rm", "-v", "assistants:/data"],
      ...["-e", "TRANSPORT=stdio", "-e", "OPENAI_API_KEY", IMAGE],
    ],
    env: { OPENAI_API_KEY: key },
  };
}

const INPUTS = [
  { id: "openai_api_key", type: "promptString", description: "OpenAI API key", password: true },
];

/** Returns the list of links for docs/install.md, without a final newline. */
export function installLinks(): string {
  const vscode = query({
    name: NAME,
    inputs: JSON.stringify(INPUTS),
    config: JSON.stringify(stdio("${input:openai_api_key}")),
  });
  const redirect = `https://insiders.vscode.dev/redirect/mcp/install?${vscode}`;
  const cursor = query({ name: NAME, config: base64(stdio("${env:OPENAI_API_KEY}")) });
  const studio = query({ name: NAME, config: base64(stdio("sk-...")) });
  return [
    ["VS Code", redirect],
    ["VS Code Insiders", `${redirect}&quality=insiders`],
    ["Cursor", `https://cursor.com/en/install-mcp?${cursor}`],
    ["LM Studio", `https://lmstudio.ai/install-mcp?${studio}`],
  ].map(([client, link]) => `- [Add to ${client}](${link})`).join("\n");
}

/** Encodes a query without characters that Markdown interprets. */
function query(values: Record<string, string>): string {
  return Object.entries(values).map(([name, value]) =>
    `${name}=${
      encodeURIComponent(value).replace(/[!'()*]/g, (it) =>
        `%${it.charCodeAt(0).toString(16).toUpperCase()}`)
    }`
  ).join("&");
}

function base64(value: unknown): string {
  return new TextEncoder().encode(JSON.stringify(value)).toBase64();
}
