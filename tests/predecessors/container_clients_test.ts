/** The client configurations of the second Python server, whose image came first. */

import assert from "node:assert/strict";
import { CLIENT_KINDS } from "../kit/mcp_clients.ts";
import { offline, startListening, StdioProcess, tempFolder } from "../kit/process.ts";

const root = new URL("../../", import.meta.url);

interface Entry {
  command?: string;
  args?: string[];
  env?: Record<string, string>;
  type?: string;
  url?: string;
  headers?: Record<string, string>;
}

/** The configurations as docs/install.md has them. */
async function configurations(): Promise<Entry[]> {
  const page = await Deno.readTextFile(new URL("docs/install.md", root));
  return [...page.matchAll(/^```json\n([^]*?)^```$/gm)].flatMap(([, text = ""]) =>
    Object.values(JSON.parse(text).mcpServers as Record<string, Entry>)
  );
}

/** The variables that the image sets for every target. */
async function imageEnv(): Promise<Record<string, string>> {
  const dockerfile = await Deno.readTextFile(new URL("Dockerfile", root));
  const settings = dockerfile.match(/TRANSPORT=\S+ HOST=\S+ PORT=\S+ XDG_DATA_HOME=\S+/g) ?? [];
  assert.equal(new Set(settings).size, 1);
  return Object.fromEntries(
    (settings[0] ?? "").split(" ").map((pair) => pair.split("=") as [string, string]),
  );
}

/** What `docker run` makes of its arguments: the variables of the container, and what it is given after the image. */
function container(
  args: readonly string[],
  ofClient: Record<string, string>,
): { env: Record<string, string>; volume: string | undefined; rest: string[] } {
  const env: Record<string, string> = {};
  let volume: string | undefined;
  assert.deepEqual(args.slice(0, 3), ["run", "-i", "--rm"]);
  let index = 3;
  for (; args[index]?.startsWith("-"); index += 2) {
    const [flag, value = ""] = args.slice(index, index + 2);
    if (flag === "-v") volume = value.split(":")[1];
    else {
      assert.equal(flag, "-e");
      const [name = "", text] = value.split("=");
      const passed = text ?? ofClient[name];
      if (passed !== undefined) env[name] = passed;
    }
  }
  return { env, volume, rest: args.slice(index + 1) };
}

// Row P2.5 of the predecessors.
Deno.test("a client starts the container over stdio", async () => {
  const [entry] = (await configurations()).filter(({ command }) => command === "docker");
  assert.ok(entry?.args);
  const { env, volume, rest } = container(entry.args, entry.env ?? {});
  assert.equal(env.OPENAI_API_KEY, "sk-...");
  const image = await imageEnv();
  assert.equal(volume, image.XDG_DATA_HOME);
  await using folder = await tempFolder();
  await using server = new StdioProcess({ ...image, ...env, ...offline(folder) }, rest);
  await server.initialize();
  const { result } = await server.request("list", "tools/list");
  assert.ok(result.tools.some(({ name }: { name: string }) => name === "create_assistant"));
  const answer = await server.callTool("ask_assistant", { message: "Hello" });
  assert.equal(answer.structuredContent.status, "completed");
  await server.endInput();
  assert.equal((await server.ended()).code, 0);
});

// Row P2.5 of the predecessors.
Deno.test("a client connects to the container by URL over Streamable HTTP", async () => {
  const [entry] = (await configurations()).filter(({ type }) => type === "streamable-http");
  assert.ok(entry?.url && entry.headers);
  const image = await imageEnv();
  assert.equal(new URL(entry.url).port, image.PORT);
  await using folder = await tempFolder();
  const token = entry.headers.Authorization?.replace("Bearer ", "") ?? "";
  await using server = await startListening({
    ...image,
    ...offline(folder),
    MCP_AUTH_TOKEN: token,
    PORT: "0",
  });
  const url = new URL(entry.url);
  url.port = new URL(server.url).port;
  for (const kind of CLIENT_KINDS) {
    await using client = await kind.connect({ url: url.href, headers: entry.headers });
    const tools = await client.listTools();
    assert.ok(tools.some(({ name }) => name === "create_assistant"), kind.name);
    const answer = await client.callTool("ask_assistant", { message: "Hello" });
    assert.equal(answer.structuredContent.status, "completed", kind.name);
  }
});
