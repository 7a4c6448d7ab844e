/** Other people's programs, which npm brings. */

/** Their versions, as docs and tests name them. */
export const MCPB = "@anthropic-ai/mcpb@2.1.2";

export async function hasNpx(): Promise<boolean> {
  try {
    return (await new Deno.Command("npx", { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}

/** Where npx has the program of a package; undefined, said aloud, where it cannot have it. */
export async function npxProgram(name: string, version: string): Promise<string | undefined> {
  const program = `${name}@${version}`;
  try {
    const { success, stdout } = await new Deno.Command("npx", {
      args: ["-y", "-p", program, "-c", `command -v ${name}`],
      env: { npm_config_fetch_retries: "0", npm_config_fetch_timeout: "15000" },
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(30_000),
    }).output();
    if (success) return await Deno.realPath(new TextDecoder().decode(stdout).trim());
  } catch {
    // There is no npx.
  }
  // deno-lint-ignore no-console -- a test that is skipped says why
  console.error(`${program} cannot be had with npx: the tests with it are skipped.`);
  return undefined;
}
