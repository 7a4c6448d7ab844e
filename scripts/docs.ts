/** Writes the generated texts; `--check` only lists the stale ones. */

import { envExample } from "../src/config/mod.ts";
import { commandsTable, settingsSections, shorthandTable } from "./_configuration_page.ts";
import { installLinks } from "./_install_links.ts";
import { mcpbManifest, serverJson } from "./_registry.ts";
import { toolListsSnapshot } from "./_tool_lists.ts";
import { toolsPage } from "./_tools_page.ts";

/** A generated file. */
export interface Derived {
  path: string;
  /** Its text on disk. */
  current: string;
  /** Its text according to the code. */
  wanted: string;
}

/** Returns the files below `root` that are generated from settings and tools, wholly or in part. */
export async function derivedFiles(root: URL): Promise<Derived[]> {
  const texts: Record<string, (current: string) => string> = {
    ".env.example": envExample,
    "docs/configuration.md": withParts({
      commands: commandsTable(),
      shorthands: shorthandTable(),
      settings: settingsSections(),
    }),
    "docs/install.md": withParts({ install: installLinks() }),
    "docs/tools.md": toolsPage,
    "server.json": serverJson,
    "mcpb/manifest.json": mcpbManifest,
    "tests/mcp/tool_lists.json": toolListsSnapshot,
  };
  return await Promise.all(
    Object.entries(texts).map(async ([path, text]) => {
      const current = await readIfThere(new URL(path, root));
      return { path, current, wanted: text(current) };
    }),
  );
}

/** Returns a function that replaces each part of a page, between the two lines that mark it. */
function withParts(parts: Record<string, string>): (page: string) => string {
  return (page) =>
    Object.entries(parts).reduce((text, [name, part]) => withPart(text, name, part), page);
}

function withPart(page: string, name: string, part: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`A page needs the lines ${start} and ${end}.`);
  return `${page.slice(0, from)}${start}\n\n${part}\n\n${page.slice(to)}`;
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
        new TextEncoder().encode(`${path} is stale: run "deno task docs".\n`),
      );
      Deno.exitCode = 1;
    } else {
      await Deno.writeTextFile(new URL(path, root), wanted);
    }
  }
}
