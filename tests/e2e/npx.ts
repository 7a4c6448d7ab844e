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
