import { Ajv2020 } from "ajv/2020";
import assert from "node:assert/strict";
import { EXAMPLES } from "../../scripts/_examples.ts";
import { listedInputSchema, listedOutputSchema } from "../../src/tools/schemas/json_schema.ts";
import { tools } from "../../src/tools/mod.ts";
import { objectOf } from "../kit/mcp_clients.ts";
import { upstreamSettings } from "../kit/every_client.ts";
import { offline, StdioProcess, tempFolder } from "../kit/process.ts";
import { startResponsesServer } from "../fakes/responses_server.ts";

const ajv = new Ajv2020({ strict: true });

const NEED_FILES = ["files", "vector_stores"];

Deno.test("every example of docs/tools.md can be called, and its result matches the output schema", async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  await using offlineServer = new StdioProcess({ ...offline(folder), TOOLSETS: "all" });
  // The offline model stores no files.
  await using fileServer = new StdioProcess({
    ...upstreamSettings(folder, upstream),
    TOOLSETS: "files,vector_stores",
  });
  await offlineServer.initialize();
  await fileServer.initialize();
  const ids = new Map<string, string>();
  for (const { tool: name, args, makes = {} } of EXAMPLES) {
    const tool = tools.find((tool) => tool.name === name);
    assert.ok(tool, name);
    assert.ok(ajv.validate(listedInputSchema(tool), args), name);
    const text = JSON.stringify(args).replace(/\w+[_-][a-f]+\d{3}\b/g, (id) => ids.get(id) ?? id);
    const server = NEED_FILES.includes(tool.toolset) ? fileServer : offlineServer;
    const object = objectOf(await server.callTool(name, JSON.parse(text)));
    assert.ok(ajv.validate(listedOutputSchema(tool), object), `${name}: ${ajv.errorsText()}`);
    for (const [path, placeholder] of Object.entries(makes)) {
      // deno-lint-ignore no-explicit-any -- a way into an object of any shape
      const id: unknown = path.split(".").reduce((value: any, key) => value?.[key], object);
      assert.equal(typeof id, "string", `${name} has no ${path}: ${JSON.stringify(object)}`);
      ids.set(placeholder, String(id));
    }
  }
  const called = new Set(EXAMPLES.map(({ tool }) => tool));
  assert.deepEqual(tools.filter(({ name }) => !called.has(name)).map(({ name }) => name), []);
});
