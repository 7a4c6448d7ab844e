/** The errors that tools return, for docs/tools.md. */

import type { Tool } from "../src/tools/define_tool.ts";

/** The errors that tools return; {@linkcode errorsOf} selects the ones of a tool. */
export const ERRORS = {
  arguments: ["400", "An argument is invalid, unknown or missing", "Correct the named argument"],
  state: ["400", "The run or thread is in the wrong state", "`get_run`, `wait_for_run`"],
  id: ["404", "The caller has no object with this ID", "Take the ID from a list"],
  path: ["403, 404", "A path is not readable, or the file does not exist", "Send the content"],
  size: ["413", "A file is too large to be read or shown", "Follow the message"],
  agreement: ["403", "`CONFIRM_DELETES`: the user did not approve", "Retry if the user asks"],
  key: ["401, 403", "The key is missing, rejected or not permitted", "Set another key"],
  busy: ["429", "Too many calls, requests or tokens", "Wait as long as the message says"],
  upstream: ["500 to 504", "The model server or the database failed", "Retry in a moment"],
};

/** Returns the statuses that the tool can return, separated by commas. */
export function errorsOf({ hints = {}, input, name, toolset }: Tool): string {
  const names = Object.keys(input.shape);
  const asksNobody = toolset === "utility";
  const kinds: [kind: keyof typeof ERRORS, holds: boolean][] = [
    ["arguments", names.length > 0],
    ["state", /run|tool_outputs|message$/.test(name) && !hints.readOnly],
    ["id", names.some((name) => name.endsWith("_id"))],
    ["path", /^(upload_file|edit_image)$/.test(name)],
    ["size", /^(upload_file|edit_image|get_file_content)$/.test(name)],
    ["agreement", hints.destructive === true],
    ["key", !asksNobody],
    ["busy", true],
    ["upstream", !asksNobody],
  ];
  const statuses = kinds.flatMap(([kind, holds]) => holds ? [ERRORS[kind][0] ?? ""] : []);
  return [...new Set(statuses)].join(", ");
}
