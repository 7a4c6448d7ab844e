// deno-lint-ignore-file no-console -- command-line script
/**
 * `deno task bundle [FILE]`: writes the server as one minified file, which Deno runs from any URL
 * without an import map. The output is reproducible and contains the licenses of all packages.
 */

import { VERSION } from "../src/shared/version.ts";
import { withLazyBuiltins } from "./_lazy_builtins.ts";

/** A package, as `deno info` describes it. */
export interface Package {
  name: string;
  version: string;
  dependencies: string[];
  /** Its folder in Deno's cache. */
  localPath: string;
}

const ROOT = new URL("../", import.meta.url);

/** Default path of the bundle, relative to the project. */
const OUTPUT = "dist/assistants-mcp.js";

/** Writes the bundle to `path` and returns its size in bytes. */
export async function bundle(path: string): Promise<number> {
  const code = await deno("bundle", "-q", "--minify", "src/main.ts");
  const text = escapeNonAscii([
    `/*! assistants-mcp ${VERSION}, MIT licence. The licences of what it contains are at the end. */`,
    withLazyBuiltins(code).trimEnd(),
    await licenseComment(),
    "",
  ].join("\n"));
  await Deno.mkdir(new URL(".", new URL(path, ROOT)), { recursive: true });
  await Deno.writeTextFile(new URL(path, ROOT), text);
  return new TextEncoder().encode(text).length;
}

/** Escapes all characters outside ASCII: with a single one, V8 stores the code in two bytes per character. */
function escapeNonAscii(code: string): string {
  return code.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Returns a comment with the license texts of all packages that the server imports. */
async function licenseComment(): Promise<string> {
  const packages = await packagesOf("src/main.ts");
  const texts = await Promise.all(packages.map(({ localPath }) => readLicense(localPath)));
  const named = packages.map(({ name, version }, index) => ({
    name: `${name} ${version}`,
    text: texts[index]?.trim().replaceAll("*/", "* /").replaceAll("\u2013", "-"),
  }));
  const parts = [...Map.groupBy(named, ({ text }) => text)].map(([text, same]) =>
    `${same.map(({ name }) => name).join("\n")}\n\n${text}`
  );
  return `/*!\n${parts.join("\n\n---\n\n")}\n*/`;
}

/** Returns the packages that the modules of `entry` import, and those that these depend on. */
export async function packagesOf(entry: string): Promise<Package[]> {
  const { modules, npmPackages } = JSON.parse(await deno("info", "--json", entry)) as {
    modules: { npmPackage?: string }[];
    npmPackages: Record<string, Package>;
  };
  const found = new Map<string, Package>();
  function add(id: string): void {
    const pack = npmPackages[id];
    if (pack === undefined || found.has(pack.name)) return;
    found.set(pack.name, pack);
    for (const dependency of pack.dependencies) add(dependency);
  }
  for (const { npmPackage } of modules) if (npmPackage) add(npmPackage);
  return [...found.values()].sort((a, b) => a.name < b.name ? -1 : 1);
}

async function readLicense(folder: string): Promise<string> {
  for await (const { name } of Deno.readDir(folder)) {
    if (/^licen[cs]e/i.test(name)) return await Deno.readTextFile(`${folder}/${name}`);
  }
  throw new Error(`No license in "${folder}".`);
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
