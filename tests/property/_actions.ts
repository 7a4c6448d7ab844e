/** What can be done to the API, in names of objects; and how it says no. */

export interface NewMessage {
  role: "user" | "assistant";
  text: string;
}

export interface Page {
  limit: number;
  descending: boolean;
  after?: string;
  before?: string;
}

export interface Output {
  tool_call_id: string;
  output: string;
}

// deno-lint-ignore no-explicit-any -- an event of the Responses API, as JSON
export type ResponseEvent = any;

/** How a run begins. */
export interface Started {
  /** Added to its thread first. */
  messages: NewMessage[];
  /** Whether it has the function tools; null for what its assistant has. */
  tools: boolean | null;
  stream: boolean;
}

/** What the upstream says next to the run that asks it. */
export type Said =
  | { says: "status"; status: number }
  | { says: "nothing" }
  | { says: "events"; events: ResponseEvent[]; then: "wait" | "close" | "cut" };

/** What the upstream says later. */
export interface Rest {
  events: ResponseEvent[];
  then: "close" | "cut";
}

type OfThread = { thread: string };
type OfMessage = OfThread & { message: string };
type OfRun = OfThread & { run: string };
type Metadata = { metadata: Record<string, string> };

export type Action =
  | { do: "create assistant"; tools: boolean }
  | { do: "delete assistant"; assistant: string }
  | { do: "create thread"; messages: NewMessage[] }
  | ({ do: "get thread" } & OfThread)
  | ({ do: "modify thread" } & OfThread & Metadata)
  | ({ do: "delete thread" } & OfThread)
  | ({ do: "create message"; message: NewMessage } & OfThread)
  | ({ do: "get message" } & OfMessage)
  | ({ do: "modify message" } & OfMessage & Metadata)
  | ({ do: "delete message" } & OfMessage)
  | ({ do: "list messages"; run?: string; page: Page } & OfThread)
  | ({ do: "create run"; assistant: string } & OfThread & Started)
  | ({ do: "create thread and run"; assistant: string } & Started)
  | ({ do: "get run" } & OfRun)
  | ({ do: "modify run" } & OfRun & Metadata)
  | ({ do: "list runs"; page: Page } & OfThread)
  | ({ do: "cancel run" } & OfRun)
  | ({ do: "submit"; outputs: Output[]; stream: boolean } & OfRun)
  | ({ do: "list steps"; page: Page } & OfRun)
  | ({ do: "upstream"; said: Said; rest: Rest | null } & OfRun)
  /** `late`: the clock is looked at before any timer has fired. */
  | { do: "advance"; ms: number; late: boolean };

/** A refusal; any of its messages will do. */
export interface Refusal {
  status: number;
  messages: string[];
  param: string | null;
  code: string | null;
}

export class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.messages[0]);
  }
}

export function refuse(status: number, ...messages: string[]): never {
  throw new Refused({ status, messages, param: null, code: null });
}
