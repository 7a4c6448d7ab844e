/** Every way in which a run can go, with its exact events, from each of the three operations that stream it. */

import {
  errorEvent,
  failed,
  functionCalls,
  gate,
  incomplete,
  type Item,
  neverAnswer,
  PNG,
  refusal,
  reply,
  type Script,
  status,
  text,
} from "../fakes/responses_server.ts";
import {
  type Frame,
  type ManualClock,
  prepare,
  readAll,
  readTo,
  send,
  type Setup,
  stream,
  weather,
} from "./engine.ts";

/** What somebody does while a run streams. */
type Act = (setup: Setup, clock: ManualClock, run: { id: string; thread_id: string }) => unknown;

export interface Case {
  script: () => Script;
  /** What is done after so many events of this name. */
  at?: [event: string, count: number, act: Act];
  /** From where the run is queued; of names with the same beginning, what follows it. */
  events: string[];
}

const cancel: Act = async (setup, _, { id, thread_id }) => {
  await send(setup, "POST", `/threads/${thread_id}/runs/${id}/cancel`);
};
const expire: Act = (_, clock) => clock.advance(601_000);
const close: Act = ({ engine }) => engine.close();
const remove: Act = (setup, _, { thread_id }) => send(setup, "DELETE", `/threads/${thread_id}`);

const broken = { code: "server_error", message: "Broken." };
const call: Item = { type: "function_call", name: "weather", arguments: ["{}"], call_id: "c" };
const half = () => text(["Half", gate()]);
const halfCall = () => reply([{ ...call, arguments: ["{}", gate()] }]);

const begun = ["run.in_progress"];
const message = ["run.step.created .in_progress", "message.created .in_progress"];
const step = ["run.step.created .in_progress"];
const said = ["message.completed", "run.step.completed"];
const answered = [...said, "run.completed"];

export const CASES: Record<string, Case> = {
  "a text": {
    script: () => text(["One ", "two."]),
    events: [...begun, ...message, "message.delta .delta", ...answered],
  },
  "a refusal": {
    script: () => refusal(["I ", "cannot."]),
    events: [...begun, ...message, "message.delta .delta", ...answered],
  },
  "nothing said": {
    script: () => reply([]),
    events: [...begun, "run.completed"],
  },
  "two messages": {
    script: () => reply([{ type: "message", text: ["One."] }, { type: "message", text: ["Two."] }]),
    events: [
      ...begun,
      ...message,
      "message.delta",
      ...said,
      ...message,
      "message.delta",
      ...answered,
    ],
  },
  "a call": {
    script: () => reply([call]),
    events: [...begun, ...step, "run.step.delta .delta", "run.requires_action"],
  },
  "two calls, in one step": {
    script: () => reply([call, { ...call, call_id: "d" }]),
    events: [...begun, ...step, "run.step.delta .delta .delta .delta", "run.requires_action"],
  },
  "a message and a call": {
    script: () => reply([{ type: "message", text: ["Let me look."] }, call]),
    events: [
      ...[...begun, ...message, "message.delta", ...said],
      ...[...step, "run.step.delta .delta", "run.requires_action"],
    ],
  },
  "a search, and an answer that cites": {
    script: () => {
      const cite = { file_id: "file-1", filename: "a.txt" };
      const search: Item = { type: "file_search_call", queries: ["rome"] };
      return reply([search, { type: "message", text: ["Sunny", { cite }, "."] }]);
    },
    events: [
      ...[...begun, ...step, "run.step.delta .completed"],
      ...[...message, "message.delta .delta .delta", ...answered],
    ],
  },
  "code that draws, and an answer that shows it": {
    script: () =>
      reply([
        {
          type: "code_interpreter_call",
          code: ["draw", "()"],
          outputs: [{ type: "logs", logs: "Drawn." }, { type: "image", file: "map.png" }],
          files: { "map.png": PNG },
        },
        { type: "message", text: ["Look."] },
      ]),
    events: [
      ...[...begun, ...step, "run.step.delta .delta .delta .delta .completed"],
      ...[...message, "message.delta .delta", ...answered],
    ],
  },
  "a search and a call": {
    script: () => reply([{ type: "file_search_call", queries: ["rome"] }, call]),
    events: [
      ...[...begun, ...step, "run.step.delta .completed"],
      ...[...step, "run.step.delta .delta", "run.requires_action"],
    ],
  },
  "an upstream that refuses": {
    script: () => status(400),
    events: [...begun, "run.failed"],
  },
  "a failure before the first word": {
    script: () => failed(broken),
    events: [...begun, "run.failed"],
  },
  "a failure in a message": {
    script: () => errorEvent(broken, ["Half"]),
    events: [...begun, ...message, "message.delta .incomplete", "run.step.failed", "run.failed"],
  },
  "too many tokens": {
    script: () => incomplete("max_output_tokens", ["Half"]),
    events: [
      ...begun,
      ...message,
      "message.delta .incomplete",
      "run.step.completed",
      "run.incomplete",
    ],
  },
  "a filter": {
    script: () => incomplete("content_filter", ["Half"]),
    events: [
      ...begun,
      ...message,
      "message.delta .incomplete",
      "run.step.completed",
      "run.incomplete",
    ],
  },
  "a cancellation before the first word": {
    script: neverAnswer,
    at: ["run.queued", 1, cancel],
    events: ["run.cancelling .cancelled"],
  },
  "a cancellation in a message": {
    script: half,
    at: ["message.delta", 1, cancel],
    events: [
      ...[...begun, ...message, "message.delta", "run.cancelling"],
      ...["message.incomplete", "run.step.cancelled", "run.cancelled"],
    ],
  },
  "a cancellation in a call": {
    script: halfCall,
    at: ["run.step.delta", 2, cancel],
    events: [
      ...[...begun, ...step, "run.step.delta .delta"],
      ...["run.cancelling", "run.step.cancelled", "run.cancelled"],
    ],
  },
  "a cancellation in code": {
    script: () => reply([{ type: "code_interpreter_call", code: ["draw", gate()] }]),
    at: ["run.step.delta", 2, cancel],
    events: [
      ...[...begun, ...step, "run.step.delta .delta"],
      ...["run.cancelling", "run.step.cancelled", "run.cancelled"],
    ],
  },
  "no time left, before the first word": {
    script: neverAnswer,
    at: ["run.queued", 1, expire],
    events: ["run.expired"],
  },
  "no time left in a message": {
    script: half,
    at: ["message.delta", 1, expire],
    events: [...begun, ...message, "message.delta .incomplete", "run.step.expired", "run.expired"],
  },
  "no time left in a call": {
    script: halfCall,
    at: ["run.step.delta", 2, expire],
    events: [...begun, ...step, "run.step.delta .delta .expired", "run.expired"],
  },
  "a thread that is deleted": {
    script: half,
    at: ["message.delta", 1, remove],
    events: [
      ...begun,
      ...message,
      "message.delta .incomplete",
      "run.step.cancelled",
      "run.cancelled",
    ],
  },
  "a server that shuts down": {
    script: half,
    at: ["message.delta", 1, close],
    events: [...begun, ...message, "message.delta", "error"],
  },
};

/** Begins a stream in which the case is played, after what the operation itself tells. */
type Begin = (setup: Setup, script: Script) => Promise<AsyncGenerator<Frame>>;

/** What the upstream of these cases has. */
export const HOSTED_TOOLS = ["file_search", "code_interpreter"] as const;

const tools = [weather, ...HOSTED_TOOLS.map((type) => ({ type }))];

/** The operations that stream, and what each tells before the events of the case. */
export const OPERATIONS: Record<string, { begin: Begin; events: string[] }> = {
  createRun: {
    async begin(setup, script) {
      const { assistant_id, thread_id } = await prepare(setup);
      setup.upstream.enqueue(script);
      const body = { assistant_id, tools, stream: true };
      return await stream(setup, "POST", `/threads/${thread_id}/runs`, body);
    },
    events: ["run.created .queued"],
  },
  createThreadAndRun: {
    async begin(setup, script) {
      const { assistant_id } = await prepare(setup);
      setup.upstream.enqueue(script);
      return await stream(setup, "POST", "/threads/runs", { assistant_id, tools, stream: true });
    },
    events: ["created", "run.created .queued"],
  },
  submitToolOutputs: {
    async begin(setup, script) {
      const { assistant_id, thread_id } = await prepare(setup);
      const first = functionCalls([{ name: "weather", arguments: {}, call_id: "a" }]);
      setup.upstream.enqueue(first, script);
      const runs = `/threads/${thread_id}/runs`;
      const body = { assistant_id, tools, stream: true };
      const [created] = await readAll(await stream(setup, "POST", runs, body));
      const path = `${runs}/${created?.data.id}/submit_tool_outputs`;
      const tool_outputs = [{ tool_call_id: "a", output: "Sun." }];
      return await stream(setup, "POST", path, { tool_outputs, stream: true });
    },
    events: ["run.step.completed", "run.queued"],
  },
};

/** Plays a case from an operation, and returns the names of all events. */
export async function playCase(
  setup: Setup,
  clock: ManualClock,
  begin: Begin,
  { script, at }: Case,
): Promise<string[]> {
  const frames = await begin(setup, script());
  const seen: Frame[] = [];
  if (at !== undefined) {
    const [event, count, act] = at;
    for (let come = 0; come < count; come++) {
      seen.push(...await readTo(frames, `thread.${event}`));
    }
    const queued = seen.find(({ event }) => event === "thread.run.queued");
    await act(setup, clock, queued?.data);
  }
  seen.push(...await readAll(frames));
  return seen.map(({ event }) => event);
}

/** The whole names, up to the end of the stream. */
export function namesOf(events: readonly string[]): string[] {
  const names = events.flatMap((line) => {
    const [first = "", ...more] = line.split(" ");
    const stem = first.slice(0, first.lastIndexOf("."));
    return [first, ...more.map((name) => stem + name)];
  });
  return [...names.map((name) => name === "error" ? name : `thread.${name}`), "done"];
}
