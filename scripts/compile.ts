// deno-lint-ignore-file no-console -- command-line script
/**
 * `deno task compile [TARGET ...]`: compiles the server to binaries that do not need Deno, each with a
 * SHA-256 file. The default target is this machine; `all` selects every target.
 *
 * A binary contains Deno's runtime for compiled programs and the bundle. Deno takes the runtime from
 * DENORT_BIN, its cache (dl/release/vVERSION/denort-TARGET.zip in DENO_DIR) or dl.deno.land.
 */

import { ENVIRONMENT_FLAGS } from "../src/config/mod.ts";
import { bundle } from "./bundle.ts";

/** The targets, with their names in Deno. */
export const TARGETS = {
  "linux-x64": "x86_64-unknown-linux-gnu",
  "linux-arm64": "aarch64-unknown-linux-gnu",
  "macos-x64": "x86_64-apple-darwin",
  "macos-arm64": "aarch64-apple-darwin",
  "windows-x64": "x86_64-pc-windows-msvc",
} as const;

export type Target = keyof typeof TARGETS;

/**
 * The permissions of a binary, which are fixed. Folders and hosts depend on the settings of its user,
 * so they are not restricted. Subprocesses, system information, native code and imports are denied.
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

/** The environment variables of the compiler. Others, such as OTEL_DENO, could become part of the binary. */
const COMPILER_VARIABLES =
  /^(PATH|HOME|USERPROFILE|LOCALAPPDATA|TMPDIR|TEMP|TMP|SYSTEMROOT|DENO_DIR|DENORT_BIN)$/i;
const DOWNLOAD_VARIABLES = /^(DENO_TLS_CA_STORE|NODE_EXTRA_CA_CERTS|(HTTPS?|NO)_PROXY)$/i;

/** The compilation failed; the message is one line. */
export class CompileError extends Error {}

/** Options of {@linkcode compile}. */
export interface CompileOptions {
  /** Folder for the binary and its checksum. */
  folder: string;
  /** @default the environment of this process */
  env?: Record<string, string>;
}

/**
 * Compiles the binary of one target and returns its path.
 *
 * @param code path of the bundle
 * @throws {CompileError} as a rejection, if the compilation fails
 */
export async function compile(
  code: string,
  target: Target,
  { folder, env: given = Deno.env.toObject() }: CompileOptions,
): Promise<string> {
  const name = `assistants-mcp-${target}${target.startsWith("windows") ? ".exe" : ""}`;
  const output = `${folder}/${name}`;
  const env = Object.entries(given).filter(([name]) =>
    COMPILER_VARIABLES.test(name) || DOWNLOAD_VARIABLES.test(name)
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
  if (!success) throw new CompileError(failureReason(target, new TextDecoder().decode(stderr)));
  await writeChecksum(folder, name);
  return output;
}

/** Writes a checksum file in the format of `sha256sum --check`. */
async function writeChecksum(folder: string, name: string): Promise<void> {
  const bytes = await Deno.readFile(`${folder}/${name}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  await Deno.writeTextFile(`${folder}/${name}.sha256`, `${hash}  ${name}\n`);
}

function failureReason(target: Target, stderr: string): string {
  const { deno } = Deno.version;
  const zip = `denort-${TARGETS[target]}.zip`;
  if (stderr.includes(zip)) {
    return `Cannot compile for ${target}: Deno's runtime cannot be downloaded from dl.deno.land; ` +
      `set DENORT_BIN to a denort ${deno} for it, or copy ${zip} to dl/release/v${deno} in DENO_DIR`;
  }
  return `Cannot compile for ${target}: ${stderr.trim().replace(/\s*\n\s*/g, " ")}`;
}

/** Returns the target of this machine; undefined for other machines. */
export function ownTarget(): Target | undefined {
  return targets().find((target) => TARGETS[target] === Deno.build.target);
}

function targets(): Target[] {
  return Object.keys(TARGETS) as Target[];
}

function selectTargets(names: readonly string[]): Target[] {
  if (names.includes("all")) return targets();
  const unknown = names.find((name) => !Object.hasOwn(TARGETS, name));
  const own = ownTarget();
  if (unknown !== undefined || own === undefined && names.length === 0) {
    console.error(
      `Usage: deno task compile [TARGET ...]; targets: ${targets().join(", ")}, or all`,
    );
    Deno.exit(2);
  }
  return names.length === 0 && own !== undefined ? [own] : names as Target[];
}

if (import.meta.main) {
  const selected = selectTargets(Deno.args);
  await bundle("dist/assistants-mcp.js");
  for (const target of selected) {
    try {
      console.log(await compile("dist/assistants-mcp.js", target, { folder: "dist" }));
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      console.error(error.message);
      Deno.exitCode = 1;
    }
  }
}
