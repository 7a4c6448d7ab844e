/** Writes the texts that derive from the settings; with --check it only names those that are stale. */

import { envExample, settingsTable } from "../src/config/mod.ts";

/** A file as it is, and as the settings would have it. */
export interface Derived {
  path: string;
  current: string;
  wanted: string;
}

/** The files below `root` that derive from the settings. */
export async function derivedFiles(root: URL): Promise<Derived[]> {
  const readme = await readIfThere(new URL("README.md", root));
  return [
    {
      path: ".env.example",
      current: await readIfThere(new URL(".env.example", root)),
      wanted: envExample(),
    },
    { path: "README.md", current: readme, wanted: withSettings(readme) },
  ];
}

const START = "<!-- settings -->";
const END = "<!-- /settings -->";

function withSettings(readme: string): string {
  const [start, end] = [readme.indexOf(START), readme.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`README.md needs the lines ${START} and ${END}.`);
  return `${readme.slice(0, start)}${START}\n\n${settingsTable()}\n\n${readme.slice(end)}`;
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
