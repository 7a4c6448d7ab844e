/** The first start of a checkout: before it runs, Deno downloads all packages of `deno.lock`. */

import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import project from "../../deno.json" with { type: "json" };
import lockText from "../../deno.lock" with { type: "text" };
import { type Package, packagesOf } from "../../scripts/bundle.ts";
import testProject from "../deno.json" with { type: "json" };
import testLockText from "../deno.lock" with { type: "text" };
import { minimalEnv, tempFolder } from "../kit/process.ts";

const lock: Record<string, unknown> = JSON.parse(lockText).npm;
const testLock: Record<string, unknown> = JSON.parse(testLockText).npm;

Deno.test("deno.lock contains only the packages that the server imports", async () => {
  const imported = (await packagesOf("src/main.ts")).map(({ name, version }) =>
    `${name}@${version}`
  );
  // The peers of a package follow its version: openai@7.55.0_zod@4.6.7.
  const locked = Object.keys(lock).map((id) => id.replace(/^(@?[^@]+@[^_]+).*/, "$1"));
  assert.deepEqual(locked.sort(), imported.sort());
});

Deno.test("deno task start downloads no other packages", async () => {
  const packages = await packagesOf("src/main.ts");
  const complete = await startOffline(packages);
  assert.equal(complete.code, 0, complete.stderr);

  const incomplete = await startOffline(packages.slice(1));
  assert.equal(incomplete.code, 1);
  assert.match(incomplete.stderr, /Failed caching npm package/);
});

Deno.test("the tests use the server's packages, versions and rules", () => {
  assert.deepEqual({ ...testProject.imports, ...project.imports }, testProject.imports);
  assert.deepEqual({ ...testLock, ...lock }, testLock);
  assert.deepEqual(testProject.unstable, [...project.unstable, "npm-lazy-caching"]);
  for (const key of ["nodeModulesDir", "lock", "compilerOptions", "fmt", "lint", "test"] as const) {
    assert.deepEqual(testProject[key], project[key], key);
  }
});

/** Runs `deno task start --help` without network; Deno's cache contains `packages` only. */
async function startOffline(
  packages: readonly Package[],
): Promise<{ code: number; stderr: string }> {
  await using folder = await tempFolder();
  const cache = await cacheFolder();
  for (const { localPath } of packages) {
    const link = join(folder.path, relative(cache, localPath));
    await Deno.mkdir(dirname(link), { recursive: true });
    await Deno.symlink(localPath, link, { type: "junction" });
  }
  const proxy = "http://127.0.0.1:9";
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "-q", "start", "--help"],
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    env: { ...minimalEnv(), DENO_DIR: folder.path, HTTP_PROXY: proxy, HTTPS_PROXY: proxy },
    clearEnv: true,
    stdin: "null",
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

async function cacheFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
