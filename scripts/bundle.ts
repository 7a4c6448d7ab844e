// deno-lint-ignore-file no-console -- it talks to a person
/**
 * Writes the whole server as one file that any Deno runs from any address, with no import map beside
 * it: minified, the same bytes each time, and with the licences of what is in it.
 */

import config from "../deno.json" with { type: "json" };
import { VERSION } from "../src/version.ts";
import { withLazyBuiltins } from "./_lazy_builtins.ts";

interface Package {
  name: string;
  version: string;
}

const ROOT = new URL("../", import.meta.url);

/** Where it goes unless told: from the root of the project. */
const OUTPUT = "dist/assistants-mcp.js";

/** Makes the bundle at `path` and returns its size in bytes. */
export async function bundle(path: string): Promise<number> {
  const code = await deno("bundle", "-q", "--minify", "src/main.ts");
  const text = ascii([
    `/*! assistants-mcp ${VERSION}, MIT licence. The licences of what it contains are at the end. */`,
    withLazyBuiltins(code).trimEnd(),
    await notices(),
    "",
  ].join("\n"));
  await Deno.mkdir(new URL(".", new URL(path, ROOT)), { recursive: true });
  await Deno.writeTextFile(new URL(path, ROOT), text);
  return new TextEncoder().encode(text).length;
}

/** The same code in bytes of seven bits: one character more, and V8 takes two bytes for each of them. */
function ascii(code: string): string {
  return code.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The licence texts of the packages that the server imports, each once, as one comment. */
async function notices(): Promise<string> {
  const contained = await packages();
  const { npmCache } = JSON.parse(await deno("info", "--json")) as { npmCache: string };
  const texts = await Promise.all(contained.map((one) => licenceOf(one, npmCache)));
  const named = contained.map(({ name, version }, index) => ({
    name: `${name} ${version}`,
    text: texts[index]?.trim().replaceAll("*/", "* /").replaceAll("\u2013", "-"),
  }));
  const parts = [...Map.groupBy(named, ({ text }) => text)].map(([text, same]) =>
    `${same.map(({ name }) => name).join("\n")}\n\n${text}`
  );
  return `/*!\n${parts.join("\n\n---\n\n")}\n*/`;
}

/**
 * The packages that the sources import, and what those depend on, by the lock file: the graph that
 * `deno info` shows is at times without them.
 */
async function packages(): Promise<Package[]> {
  const { npm } = JSON.parse(await Deno.readTextFile(new URL("deno.lock", ROOT))) as {
    npm: Record<string, { dependencies?: string[] }>;
  };
  const found = new Map<string, Package>();
  function add(wanted: string): void {
    // A version or a peer may follow what is wanted.
    const id = Object.keys(npm).find((id) =>
      id === wanted || id.startsWith(`${wanted}@`) || id.startsWith(`${wanted}_`)
    );
    if (id === undefined) throw new Error(`The lock file has no "${wanted}".`);
    const [, name = "", version = ""] = /^(@?[^@]+)@([^_]+)/.exec(id) ?? [];
    if (found.has(name)) return;
    found.set(name, { name, version });
    npm[id]?.dependencies?.forEach(add);
  }
  for (const specifier of await importedBySources()) {
    const target = (config.imports as Record<string, string>)[specifier];
    const wanted = /^npm:\/?(@?[^@]+@[^/]+)/.exec(target ?? "")?.[1];
    if (wanted === undefined) throw new Error(`deno.json maps no package to "${specifier}".`);
    add(wanted);
  }
  return [...found.values()].sort((a, b) => a.name < b.name ? -1 : 1);
}

async function importedBySources(folder = new URL("src/", ROOT)): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) {
      for (const one of await importedBySources(new URL(`${name}/`, folder))) found.add(one);
      continue;
    }
    const source = await Deno.readTextFile(new URL(name, folder));
    // A type is not in the bundle, and what begins with a dot or "node:" is no package.
    const imports =
      /^(?:import|export)(?! type\b)[^;"]*?from "([^".][^"]*)"|import\("([^".][^"]*)"\)/gm;
    for (const [, named, dynamic] of source.matchAll(imports)) {
      const specifier = named ?? dynamic ?? "";
      if (!specifier.startsWith("node:")) found.add(specifier);
    }
  }
  return found;
}

/** The cache has a folder for each registry. */
async function licenceOf({ name, version }: Package, npmCache: string): Promise<string> {
  for await (const registry of Deno.readDir(npmCache)) {
    const folder = `${npmCache}/${registry.name}/${name}/${version}`;
    for await (const file of entriesOf(folder)) {
      if (/^licen[cs]e/i.test(file)) return await Deno.readTextFile(`${folder}/${file}`);
    }
  }
  throw new Error(`The licence of ${name} ${version} is not in "${npmCache}".`);
}

async function* entriesOf(folder: string): AsyncGenerator<string> {
  try {
    for await (const { name } of Deno.readDir(folder)) yield name;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function deno(...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) {
  const [path = OUTPUT] = Deno.args;
  const bytes = await bundle(path);
  console.log(`${path}: ${(bytes / 1e6).toFixed(2)} MB`);
}
