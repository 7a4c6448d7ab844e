/** What registries and clients are given: the registry's entry, the MCPB manifest, the install links. */

import assert from "node:assert/strict";
import manifest from "../mcpb/manifest.json" with { type: "json" };
import server from "../server.json" with { type: "json" };
import { IMAGE, REGISTRY_NAME } from "../scripts/_published.ts";
import { ENVIRONMENT_NAMES } from "../src/config/mod.ts";
import { settingEntries } from "../src/config/settings.ts";
import { VERSION } from "../src/shared/version.ts";
import { hasNpx, MCPB } from "./kit/npx.ts";

const root = new URL("../", import.meta.url);

Deno.test("server.json keeps the registry's rules", () => {
  assert.match(server.name, /^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/);
  assert.ok(server.description.length <= 100);
  assert.equal(server.version, VERSION);
  for (const image of server.packages) {
    // An image's version is its tag, and names its registry.
    assert.deepEqual([image.registryType, image.identifier], ["oci", IMAGE]);
    assert.ok(image.identifier.endsWith(`:${VERSION}`));
    assert.ok(!("version" in image) && !("registryBaseUrl" in image));
  }
});

Deno.test("server.json asks for every setting, and hides the secret ones", () => {
  const variables = server.packages.flatMap(({ environmentVariables }) => environmentVariables);
  assert.deepEqual(
    variables.map(({ name }) => name).toSorted(),
    settingEntries.map(([name]) => name).toSorted(),
  );
  for (const [name, { secret = false }] of settingEntries) {
    const variable = variables.find((variable) => variable.name === name);
    assert.equal(variable !== undefined && "isSecret" in variable, secret, name);
  }
});

Deno.test("the image says whose it is, as the registry wants to see", async () => {
  const dockerfile = await Deno.readTextFile(new URL("Dockerfile", root));
  const labels = (name: string) =>
    [...dockerfile.matchAll(new RegExp(`${name}="([^"]*)"`, "g"))].map(([, value]) => value);
  assert.deepEqual(labels("io\\.modelcontextprotocol\\.server\\.name"), [
    REGISTRY_NAME,
    REGISTRY_NAME,
  ]);
  assert.deepEqual(labels("image\\.version"), [VERSION, VERSION]);
});

Deno.test("the MCPB manifest passes its own tool", async (t) => {
  if (!await hasNpx()) {
    return void await t.step({ name: "npx is not there", ignore: true, fn() {} });
  }
  const { success, stdout, stderr } = await new Deno.Command("npx", {
    args: ["-y", MCPB, "validate", "mcpb/manifest.json"],
    cwd: root,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assert.ok(success, decoder.decode(stdout) + decoder.decode(stderr));
});

Deno.test("the MCPB manifest hands every value that it asks for to a setting", () => {
  const { TRANSPORT, ...env } = manifest.server.mcp_config.env;
  assert.equal(TRANSPORT, "stdio");
  assert.deepEqual(
    Object.values(env),
    Object.keys(manifest.user_config).map((name) => `\${user_config.${name}}`),
  );
  for (const name of Object.keys(env)) assert.ok(ENVIRONMENT_NAMES.includes(name), name);
  const secrets = Object.entries(manifest.user_config).filter(([, field]) => "sensitive" in field);
  assert.deepEqual(secrets.map(([name]) => name), ["openai_api_key"]);
});

Deno.test("each install link decodes to the start of the image", async () => {
  const page = await Deno.readTextFile(new URL("docs/install.md", root));
  const links = new Map(
    [...page.matchAll(/^- \[Add to (.+)\]\((\S+)\)$/gm)].map((
      [, client = "", link = ""],
    ) => [client, new URL(link)]),
  );
  assert.deepEqual([...links.keys()], ["VS Code", "VS Code Insiders", "Cursor", "LM Studio"]);
  const args = "run -i --rm -v assistants:/data -e TRANSPORT=stdio -e OPENAI_API_KEY".split(" ");
  const keys: Record<string, string> = {
    "VS Code": "${input:openai_api_key}",
    "VS Code Insiders": "${input:openai_api_key}",
    Cursor: "${env:OPENAI_API_KEY}",
    "LM Studio": "sk-...",
  };
  for (const [client, { searchParams }] of links) {
    assert.equal(searchParams.get("name"), "assistants");
    const text = searchParams.get("config") ?? "";
    const config = JSON.parse(
      client.startsWith("VS") ? text : new TextDecoder().decode(Uint8Array.fromBase64(text)),
    );
    assert.deepEqual(config, {
      command: "docker",
      args: [...args, IMAGE],
      env: { OPENAI_API_KEY: keys[client] },
    });
    if (!client.startsWith("VS")) continue;
    const [input] = JSON.parse(searchParams.get("inputs") ?? "[]");
    assert.deepEqual([input.id, input.password], ["openai_api_key", true]);
    assert.equal(searchParams.get("quality"), client.endsWith("Insiders") ? "insiders" : null);
  }
});
