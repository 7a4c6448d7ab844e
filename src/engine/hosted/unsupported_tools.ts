/** Hosted tools that an upstream has turned out not to run. */

import type OpenAI from "openai";
import { messageOf, statusOf } from "../objects/failures.ts";

const refused = new WeakMap<OpenAI, Set<string>>();

/** Whether the upstream has refused the tool to this model, as far as this process has seen. */
export function isUnsupported(client: OpenAI, model: string, tool: string): boolean {
  return refused.get(client)?.has(`${tool} ${model}`) ?? false;
}

/** Learns from what the upstream has refused a request with. */
export function recordUnsupported(
  error: unknown,
  client: OpenAI,
  { model, tools }: Pick<OpenAI.Responses.ResponseCreateParams, "model" | "tools">,
): void {
  const status = statusOf(error);
  if (status !== 400 && status !== 422) return;
  const message = messageOf(error, client);
  if (!/\b(un|not )support|\bunknown tool|\bnot available/i.test(message)) return;
  for (const { type } of tools ?? []) {
    if (type === "function" || !message.includes(type)) continue;
    refused.set(client, (refused.get(client) ?? new Set()).add(`${type} ${model}`));
  }
}
