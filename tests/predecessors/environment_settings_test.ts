/** What users of the first Python version set. */

import assert from "node:assert/strict";
import { post, toolCall } from "../kit/http_server.ts";
import { runCommand, tempFolder } from "../kit/process.ts";
import { freePort } from "../kit/ports.ts";
import { envFile, SOURCES, startWith } from "./_http.ts";

const ORIGINS = ["https://a.example", "http://localhost:3000"];

for (const source of SOURCES) {
  for (
    const [form, origins] of [["JSON", JSON.stringify(ORIGINS)], ["commas", ORIGINS.join(", ")]]
  ) {
    // Row P1.3 of the predecessors.
    Deno.test(
      `key, host, port and origins are read from the ${source} as ${form}`,
      { timeout: 30_000 },
      async () => {
        const env = {
          OPENAI_API_KEY: "sk-of-the-test-0123456789",
          ENVIRONMENT: "development",
          HOST: "localhost",
          PORT: String(freePort()),
          TRANSPORT: "streamable-http",
          BACKEND_CORS_ORIGINS: origins ?? "",
        };
        await using started = await startWith(env, { source });
        const { server, upstream } = started;
        assert.equal(server.url, `http://localhost:${env.PORT}/mcp`);
        for (const origin of ORIGINS) {
          const headers = { origin };
          const answer = await post(server.url, toolCall("list_models"), { headers });
          assert.equal(answer.headers.get("access-control-allow-origin"), origin);
          assert.ok((await answer.json()).result.structuredContent.data.length > 0);
        }
        const foreign = await post(server.url, toolCall("list_models"), {
          headers: { origin: "https://b.example" },
        });
        assert.equal(foreign.status, 403);
        await foreign.body?.cancel();
        const { authorization } = upstream.requests.at(-1)?.headers ?? {};
        assert.equal(authorization, `Bearer ${env.OPENAI_API_KEY}`);
      },
    );
  }

  // Row P1.3 of the predecessors.
  Deno.test(`ENVIRONMENT is read from the ${source}`, { timeout: 30_000 }, async () => {
    await using folder = await tempFolder();
    const env = { ENVIRONMENT: "production", OPENAI_BASE_URL: "offline:" };
    const { code, stderr } = source === "shell"
      ? await runCommand([], env)
      : await runCommand([await envFile(folder, env)]);
    assert.equal(code, 2);
    assert.match(stderr, /production/);
  });

  for (const environment of ["production", "development"]) {
    // Row P1.3 of the predecessors.
    Deno.test(
      `ENVIRONMENT=${environment} from the ${source} selects the log format`,
      { timeout: 30_000 },
      async () => {
        const env = {
          ENVIRONMENT: environment,
          TRANSPORT: "streamable-http",
          PORT: String(freePort()),
          LOG_LEVEL: "debug",
        };
        await using started = await startWith(env, { source });
        const { server } = started;
        await (await post(server.url, toolCall("create_thread"))).body?.cancel();
        server.child.kill("SIGTERM");
        const lines = (await server.stderr).split("\n").filter((line) =>
          line.includes("create_thread")
        );
        assert.equal(lines.length, 1, lines.join("\n"));
        if (environment === "development") {
          assert.doesNotMatch(lines[0] ?? "", /^\{/);
        } else {
          const { level, tool, outcome, requestId } = JSON.parse(lines[0] ?? "");
          assert.deepEqual([level, tool, outcome], ["DEBUG", "create_thread", "ok"]);
          assert.match(requestId, /^req_/);
        }
      },
    );
  }
}
