// deno-lint-ignore-file no-console -- it talks to a person
/**
 * `deno task compile [TARGET ...]`: the server as binaries that need no Deno, each with its SHA-256 beside it;
 * for this machine unless told, `all` for every target.
 *
 * Deno puts its runtime for compiled programs before the bundle. It takes that from DENORT_BIN, else
 * from its cache (dl/release/vVERSION/denort-TARGET.zip in DENO_DIR), else from its makers.
 */

import { ENVIRONMENT_FLAGS } from "../src/config/mod.ts";
import { bundle } from "./bundle.ts";

/** Our name of each target, and Deno's. */
export const TARGETS = {
  "linux-x64": "x86_64-unknown-linux-gnu",
  "linux-arm64": "aarch64-unknown-linux-gnu",
  "macos-x64": "x86_64-apple-darwin",
  "macos-arm64": "aarch64-apple-darwin",
  "windows-x64": "x86_64-pc-windows-msvc",
} as const;

export type Target = keyof typeof TARGETS;

/**
 * What a binary may do, for good. Its folders and hosts are those of its user's settings, so no list
 * of them can be given to it; other programs, the system, native code and code of others are refused.
 */
const BINARY_FLAGS: readonly string[] = [
  "--allow-net",
  ...ENVIRONMENT_FLAGS,
  "--allow-read",
  "--allow-write",
  "--deny-import",
  "--no-prompt",
  "--unstable-no-legacy-abort",
];

/** What the compiler may see of the environment, as some of it stays in what it makes, such as OTEL_DENO. */
const PASSED =
  /^(PATH|HOME|USERPROFILE|LOCALAPPDATA|TMPDIR|TEMP|TMP|SYSTEMROOT|DENO_DIR|DENORT_BIN)$/i;
const PASSED_FOR_DOWNLOADS = /^(DENO_TLS_CA_STORE|NODE_EXTRA_CA_CERTS|(HTTPS?|NO)_PROXY)$/i;

/** Why there is no binary, in one line. */
export class CompileError extends Error {}

export interface CompileOptions {
  /** Where the binary goes, and its checksum. */
  folder: string;
  /** That of this process unless told. */
  env?: Record<string, string>;
}

/**
 * Makes the binary of one target and returns its path.
 *
 * @param code the path of the bundle
 * @throws {CompileError} when Deno cannot
 */
export async function compile(
  code: string,
  target: Target,
  { folder, env: given = Deno.env.toObject() }: CompileOptions,
): Promise<string> {
  const name = `assistants-mcp-${target}${target.startsWith("windows") ? ".exe" : ""}`;
  const output = `${folder}/${name}`;
  const env = Object.entries(given).filter(([name]) =>
    PASSED.test(name) || PASSED_FOR_DOWNLOADS.test(name)
  );
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["compile", "-q", "--no-config", ...BINARY_FLAGS].concat(
      ["--app-name=assistants-mcp", `--target=${TARGETS[target]}`, `--output=${output}`, code],
    ),
    clearEnv: true,
    env: { ...Object.fromEntries(env), NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
  }).output();
  if (!success) throw new CompileError(whyNot(target, new TextDecoder().decode(stderr)));
  await writeChecksum(folder, name);
  return output;
}

/** As `sha256sum --check` reads it. */
async function writeChecksum(folder: string, name: string): Promise<void> {
  const bytes = await Deno.readFile(`${folder}/${name}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  await Deno.writeTextFile(`${folder}/${name}.sha256`, `${hash}  ${name}\n`);
}

function whyNot(target: Target, stderr: string): string {
  const { deno } = Deno.version;
  const zip = `denort-${TARGETS[target]}.zip`;
  if (stderr.includes(zip)) {
    return `Cannot compile for ${target}: Deno's runtime could not be fetched from dl.deno.land; ` +
      `let DENORT_BIN name a denort ${deno} for it, or put ${zip} into dl/release/v${deno} in DENO_DIR`;
  }
  return `Cannot compile for ${target}: ${stderr.trim().replace(/\s*\n\s*/g, " ")}`;
}

/** The target of this machine; undefined where there is none. */
export function ownTarget(): Target | undefined {
  return targets().find((target) => TARGETS[target] === Deno.build.target);
}

function targets(): Target[] {
  return Object.keys(TARGETS) as Target[];
}

function wanted(names: readonly string[]): Target[] {
  if (names.includes("all")) return targets();
  const unknown = names.find((name) => !Object.hasOwn(TARGETS, name));
  const own = ownTarget();
  if (unknown !== undefined || own === undefined && names.length === 0) {
    console.error(`Name a target: ${targets().join(", ")}, or all`);
    Deno.exit(2);
  }
  return names.length === 0 && own !== undefined ? [own] : names as Target[];
}

if (import.meta.main) {
  const asked = wanted(Deno.args);
  await bundle("dist/assistants-mcp.js");
  for (const target of asked) {
    try {
      console.log(await compile("dist/assistants-mcp.js", target, { folder: "dist" }));
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      console.error(error.message);
      Deno.exitCode = 1;
    }
  }
}
