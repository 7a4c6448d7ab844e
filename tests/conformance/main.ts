// deno-lint-ignore-file no-console -- it talks to a person
/**
 * `deno task conformance`: the official suite against the project's transports and guards, once with
 * the tools, resources and prompts that the suite asks for, once with the server as it is.
 */

import { createApp, listen } from "../../src/http/mod.ts";
import { createMcpHttp } from "../../src/transports/mod.ts";
import { offline, startHttp, tempFolder } from "../kit/process.ts";
import { fixtures } from "./_fixtures.ts";
import { runSuite } from "./_suite.ts";
import { freePort } from "../kit/ports.ts";

interface Revision {
  name: string;
  /** How many scenarios the suite scores. */
  scored: number;
  /** What needs no fixtures, and how many checks of each do none the less. */
  onAnyServer: Record<string, number>;
}

const REVISIONS: readonly Revision[] = [
  {
    name: "2025-11-25",
    scored: 30,
    onAnyServer: {
      "server-initialize": 0,
      ping: 0,
      "tools-list": 0,
      "resources-list": 0,
      "prompts-list": 0,
      "server-sse-multiple-streams": 0,
      "dns-rebinding-protection": 0,
      "server-session-lifecycle": 0,
    },
  },
  {
    name: "2026-07-28",
    scored: 37,
    onAnyServer: {
      "server-stateless": 4,
      "tools-list": 0,
      "resources-list": 0,
      "prompts-list": 0,
      "server-sse-multiple-streams": 0,
      "dns-rebinding-protection": 0,
      caching: 0,
      "input-required-result-unsupported-methods": 0,
      "http-header-validation": 0,
    },
  },
];

const results: boolean[] = [];
for (const revision of REVISIONS) {
  results.push(await withFixtures(revision), await asItIs(revision));
}
if (results.includes(false)) Deno.exit(1);

async function withFixtures({ name, scored }: Revision): Promise<boolean> {
  const port = freePort();
  const origin = `http://127.0.0.1:${port}`;
  const mcp = createMcpHttp(fixtures, {
    maxSessions: 100,
    idleMs: 60_000,
    bodyLimits: { maxBytes: 1024 * 1024, timeoutMs: 60_000 },
  });
  const app = createApp({
    mcp,
    callers: { keys: "own", credential: { tenant: "default" }, token: undefined },
    allowedHosts: [],
    // The suite calls as a page of the server's own origin would, and expects to be let in.
    allowedOrigins: [origin],
  });
  const server = listen(app.fetch, { host: "127.0.0.1", port });
  const outcome = await runSuite(`${origin}/mcp`, name);
  await mcp.close();
  await server.shutdown();

  const passed = [...outcome.scored.values()].filter((failed) => failed === 0).length;
  console.log(`${name}: ${passed} of ${outcome.scored.size} scored scenarios passed`);
  if (outcome.ok && passed === scored && outcome.scored.size === scored) return true;
  console.log(`${outcome.output}\n${name}: all of ${scored} have to pass.`);
  return false;
}

async function asItIs({ name, onAnyServer }: Revision): Promise<boolean> {
  await using folder = await tempFolder();
  const port = freePort();
  const origin = `http://127.0.0.1:${port}`;
  await using server = await startHttp(offline(folder), [
    `--port=${port}`,
    `--backend-cors-origins=${origin}`,
  ]);
  const outcome = await runSuite(server.url, name);
  const all = new Map([...outcome.scored, ...outcome.unscored]);
  const expected = Object.entries(onAnyServer);
  const wrong = expected.filter(([scenario, failed]) => all.get(scenario) !== failed);
  console.log(
    `${name}: ${expected.length - wrong.length} of the ${expected.length} scenarios that need no ` +
      "fixtures passed by the server as it is",
  );
  if (wrong.length === 0) return true;
  console.log(outcome.output);
  for (const [scenario, failed] of wrong) {
    console.log(`${scenario}: ${all.get(scenario)} checks failed, and ${failed} were expected to.`);
  }
  return false;
}
