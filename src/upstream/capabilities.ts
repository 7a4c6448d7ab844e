/** Which tools a model server runs by itself, by what is known of it. */

import { isOpenAi } from "./policies/model_aliases.ts";

/** Tools that the upstream runs. */
export type HostedToolType = "file_search" | "code_interpreter";

/** What the setting says, or where it leaves that open, what servers of this kind have. */
export function hostedToolsOf(
  setting: "auto" | readonly HostedToolType[],
  baseUrl: string,
): readonly HostedToolType[] {
  if (setting !== "auto") return setting;
  return isOpenAi(baseUrl) || isAzure(baseUrl) ? ["file_search", "code_interpreter"] : [];
}

function isAzure(baseUrl: string): boolean {
  return /\.(openai|services\.ai|cognitiveservices)\.azure\.(com|us)$/.test(
    new URL(baseUrl).hostname,
  );
}
