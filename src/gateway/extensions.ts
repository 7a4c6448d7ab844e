/**
 * What this server's engine has beyond the Assistants API, at an upstream that may have no more than
 * that: another such server has it, others say that they do not know it, or say nothing.
 */

import { ApiError } from "../shared/errors.ts";
import { type OperationName, operationOf } from "../shared/openai_routes.ts";

const OPERATIONS: Partial<Record<OperationName, string>> = {
  searchMessages: "search messages",
  createMessages: "add many messages at once: add one after the other",
};

/** An API that takes the last part of the path for an ID, or the body for another's. */
const MISREAD = /'(search|batch)'|Unknown parameter: 'messages'/;

/** What the upstream cannot do that was asked of it, by what it answers; undefined for any other refusal. */
export function unsupportedOperation(
  operation: OperationName | undefined,
  status: number,
  text: string,
): string | undefined {
  const cannot = operation && OPERATIONS[operation];
  const lacks = [404, 405, 501].includes(status) && !/'thread_|'msg_/.test(text) ||
    [400, 404].includes(status) && MISREAD.test(text);
  return lacks ? cannot : undefined;
}

/**
 * Refuses a page that is not what was asked for, since most upstreams let by what they do not know.
 *
 * @param path of a list, with its query
 * @throws {ApiError} where something is on the page that the filters leave out
 */
export async function assertFiltered(path: string, response: Response): Promise<void> {
  const query = new URLSearchParams(path.slice(path.indexOf("?") + 1));
  const fits = [...query].flatMap(([name, value]) => {
    const fit = value === "" ? undefined : fitOf(path, name, value);
    return fit === undefined ? [] : [[name, fit] as const];
  });
  if (fits.length === 0) return;
  const { data = [] } = Object(await response.clone().json());
  for (const [name, fit] of fits) {
    if (data.every(fit)) continue;
    throw new ApiError(
      `This upstream does not narrow lists down by '${name}'. Leave it out, and look through the list.`,
      { status: 400, code: "unsupported_parameter", param: name },
    );
  }
}

type Fit = (object: Record<string, unknown> & { metadata?: Record<string, unknown> }) => boolean;

function fitOf(path: string, name: string, value: string): Fit | undefined {
  const [, key] = /^metadata\[(.*)\]$/s.exec(name) ?? [];
  if (key !== undefined) return ({ metadata }) => metadata?.[key] === value;
  if (name === "created_after") return ({ created_at }) => Number(created_at) > Number(value);
  if (name === "created_before") return ({ created_at }) => Number(created_at) < Number(value);
  if (name === "status" && operationOf("GET", path) === "listRuns") {
    return ({ status }) => status === value;
  }
  if (name === "assistant_id") return ({ assistant_id }) => assistant_id === value;
  return undefined;
}
