/** What the real API shows, in the words of the model. */

import { isDeepStrictEqual } from "node:util";
import { REFUSED } from "./_input_model.ts";
import type { Message, RunView, Step } from "./_world.ts";

// deno-lint-ignore no-explicit-any -- objects of the API, as JSON
export type Json = any;

/** Which name in the model belongs to which id. */
export class Names {
  readonly #names: Map<string, string>;
  readonly #ids: Map<string, string>;

  constructor(names: Iterable<[string, string]> = []) {
    this.#names = new Map(names);
    this.#ids = new Map([...this.#names].map(([id, name]) => [name, id]));
  }

  copy(): Names {
    return new Names(this.#names);
  }

  /** Gives an id the name, unless either of them has its counterpart. */
  bind(id: unknown, name: unknown): void {
    if (typeof id !== "string" || typeof name !== "string") return;
    if (this.#names.has(id) || this.#ids.has(name)) return;
    this.#names.set(id, name);
    this.#ids.set(name, id);
  }

  bindAll(objects: readonly { id: string }[], named: readonly { name: string }[] = []): void {
    objects.forEach(({ id }, index) => this.bind(id, named[index]?.name));
  }

  /** An object that was gone before it was seen has an id as good as any. */
  idOf(name: string): string {
    this.bind(name.replace(/(?=\d)/, "_unseen"), name);
    return this.#ids.get(name) ?? name;
  }

  /** Null where there is no id; the id itself where it has no name. */
  of(id: string | null): string | null {
    return id === null ? null : this.#names.get(id) ?? id;
  }

  /** The text with names for the ids in it. */
  in(text: string): string {
    return text.replace(/\b(asst|thread|msg|run|step)_\w+/g, (id) => this.#names.get(id) ?? id);
  }
}

/** Any object of the API. */
export function viewOf(object: Json, names: Names): unknown {
  switch (object?.object) {
    case "assistant":
      return names.of(object.id);
    case "thread":
      return {
        name: names.of(object.id),
        created_at: object.created_at,
        metadata: object.metadata,
      };
    case "thread.message":
      return messageView(object, names);
    case "thread.run":
      return runView(object, names);
    case "list":
      return listView(object, names);
    case undefined:
      return object;
    default:
      return {
        name: names.of(object.id),
        deleted: object.deleted && object.object.replace(/\.deleted$/, ""),
      };
  }
}

function listView({ data, first_id, last_id, has_more }: Json, names: Names) {
  return {
    data: data.map(({ id }: Json) => names.of(id)),
    first: names.of(first_id),
    last: names.of(last_id),
    has_more,
  };
}

export function refusalView({ status, message, type, param, code }: Json, names: Names) {
  return { status, message: names.in(message), type, param, code };
}

export function messageView(message: Json, names: Names): Message {
  const { role, status, created_at, completed_at, incomplete_at, metadata } = message;
  return {
    name: String(names.of(message.id)),
    role,
    status,
    text: message.content.map((part: Json) => part.text?.value ?? `${REFUSED}${part.refusal}`)
      .join(""),
    reason: message.incomplete_details?.reason ?? null,
    run: names.of(message.run_id),
    assistant: names.of(message.assistant_id),
    created_at,
    completed_at,
    incomplete_at,
    metadata,
  };
}

export function runView(run: Json, names: Names): RunView {
  const { status, created_at, expires_at, started_at } = run;
  const { completed_at, failed_at, cancelled_at, metadata } = run;
  return {
    name: String(names.of(run.id)),
    thread: String(names.of(run.thread_id)),
    assistant: String(names.of(run.assistant_id)),
    status,
    calls: run.required_action?.submit_tool_outputs.tool_calls.map(
      ({ id, function: { name, arguments: args } }: Json) => ({ id, name, arguments: args }),
    ) ?? null,
    error: run.last_error?.code ?? null,
    incomplete: run.incomplete_details?.reason ?? null,
    created_at,
    expires_at,
    started_at,
    completed_at,
    failed_at,
    cancelled_at,
    usage: run.usage?.total_tokens ?? null,
    metadata,
  };
}

export function stepView(step: Json, names: Names): Step {
  const { status, created_at, completed_at, failed_at, cancelled_at, expired_at } = step;
  const { message_creation, tool_calls } = step.step_details;
  return {
    name: String(names.of(step.id)),
    status,
    message: names.of(message_creation?.message_id ?? null),
    calls: tool_calls?.map(callView) ?? null,
    error: step.last_error?.code ?? null,
    created_at,
    completed_at,
    failed_at,
    cancelled_at,
    expired_at,
  };
}

function callView({ id, type, ...call }: Json) {
  switch (type) {
    case "code_interpreter": {
      const { input, outputs } = call.code_interpreter;
      const output = outputs.map(({ logs }: Json) => logs).join("") || null;
      return { id, name: type, arguments: input, output };
    }
    case "file_search": {
      const found = call.file_search.results ?? [];
      const output = found.map(({ file_name }: Json) => file_name).join("") || null;
      return { id, name: type, arguments: "", output };
    }
    default: {
      const { name, arguments: args, output } = call.function;
      return { id, name, arguments: args, output };
    }
  }
}

/** What the upstream was asked, in lines: messages, calls and outputs. */
export function askedView({ input }: Json): string[] {
  return input.map((item: Json) => {
    switch (item.type) {
      case "function_call":
        return `call ${item.call_id} ${item.name} ${item.arguments}`;
      case "function_call_output":
        return `output ${item.call_id} ${item.output}`;
      case "reasoning":
      case "file_search_call":
        return item.type;
      default:
        return `${item.role}: ${textOf(item.content)}`;
    }
  });
}

function textOf(content: Json): string {
  if (typeof content === "string") return content;
  return content.map((part: Json) => part.text ?? part.refusal).join("");
}

/** While something is being written, as much of it is shown as has been stored by then. */
export function allowUnfinished(expected: Message | undefined, seen: Message): void {
  if (expected?.status === "in_progress" && expected.text.startsWith(seen.text)) {
    seen.text = expected.text;
  }
}

export function allowUnfinishedCalls(expected: Step | undefined, seen: Step): void {
  if (expected?.status !== "in_progress" || !expected.calls || !seen.calls) return;
  const { calls } = expected;
  const begun = seen.calls.every((call, index) => {
    const whole = calls[index];
    return whole !== undefined && whole.arguments.startsWith(call.arguments) &&
      isDeepStrictEqual({ ...call, arguments: whole.arguments }, whole);
  });
  if (begun) seen.calls = calls;
}
