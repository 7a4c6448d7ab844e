/** The official conformance suite, run against a server that listens. */

import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };

/** As the project pins it: `npm:NAME@VERSION`. */
const PACKAGE = config.imports["@modelcontextprotocol/conformance"];
const CONFIG = fileURLToPath(new URL("../deno.json", import.meta.url));

export interface Outcome {
  /** The scored scenarios, and how many of the checks of each failed. */
  scored: Map<string, number>;
  /** Run by the suite and reported, not scored. */
  unscored: Map<string, number>;
  /** Whether the suite itself is content with all that it scores. */
  ok: boolean;
  /** All that it wrote. */
  output: string;
}

/** Runs what a revision of the protocol requires. */
export async function runSuite(url: string, revision: string): Promise<Outcome> {
  const { success: ok, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-q", "-A", `--config=${CONFIG}`, PACKAGE],
      ...["server", "--url", url, "--requirements", revision],
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const output = decoder.decode(stdout) + decoder.decode(stderr);
  const [, summary = ""] = output.split("=== SUMMARY ===");
  const all = Array.from(
    summary.matchAll(/^. ([\w-]+): \d+ passed, (\d+) failed/gm),
    ([, name = "", failed]): [string, number] => [name, Number(failed)],
  );
  const unscored = new Set(Array.from(summary.matchAll(/^ +. ([\w-]+) \(/gm), ([, name]) => name));
  return {
    scored: new Map(all.filter(([name]) => !unscored.has(name))),
    unscored: new Map(all.filter(([name]) => unscored.has(name))),
    ok,
    output,
  };
}
