/** Writes the texts that derive from the code; with --check it only names those that are stale. */

import { envExample, settingsTable } from "../src/config/mod.ts";
import { installLinks } from "./_install_links.ts";
import { mcpbManifest, serverJson } from "./_registry.ts";
import { toolListsSnapshot } from "./_tool_lists.ts";
import { serverPage, toolsTable } from "./_server_page.ts";

/** A file as it is, and as the code would have it. */
export interface Derived {
  path: string;
  current: string;
  wanted: string;
}

/** The files below `root` that derive from the settings and the tools, whole or in part. */
export async function derivedFiles(root: URL): Promise<Derived[]> {
  const texts: Record<string, (current: string) => string> = {
    ".env.example": envExample,
    "README.md": (readme) =>
      [["install", installLinks()], ["tools", toolsTable()], ["settings", settingsTable()]]
        .reduce((text, [name = "", part = ""]) => filled(text, name, part), readme),
    "server.json": serverJson,
    "mcpb/manifest.json": mcpbManifest,
    "docs/server.md": serverPage,
    "tests/mcp/tool_lists.json": toolListsSnapshot,
  };
  return await Promise.all(
    Object.entries(texts).map(async ([path, text]) => {
      const current = await readIfThere(new URL(path, root));
      return { path, current, wanted: text(current) };
    }),
  );
}

/** The README with `text` between the two lines that mark its place. */
function filled(readme: string, name: string, text: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [readme.indexOf(start), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md needs the lines ${start} and ${end}.`);
  return `${readme.slice(0, from)}${start}\n\n${text}\n\n${readme.slice(to)}`;
}

async function readIfThere(file: URL): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

if (import.meta.main) {
  const root = new URL("../", import.meta.url);
  const stale = (await derivedFiles(root)).filter(({ current, wanted }) => current !== wanted);
  for (const { path, wanted } of stale) {
    if (Deno.args.includes("--check")) {
      Deno.stderr.writeSync(
        new TextEncoder().encode(`${path} is stale: run "deno task docs" to write it anew.\n`),
      );
      Deno.exitCode = 1;
    } else {
      await Deno.writeTextFile(new URL(path, root), wanted);
    }
  }
}
