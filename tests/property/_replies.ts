/** What the upstream answers to a run, as events of the Responses API. */

import { type Ending, type Item, reply as replyOf, steps } from "../fakes/responses_script.ts";
import type { ResponseEvent, Rest, Said } from "./_actions.ts";
import type { Run, World } from "./_world.ts";

export type ReplyPlan =
  | { reply: "status"; status: number }
  | { reply: "nothing" }
  | { reply: "items"; items: ItemPlan[]; ending: Ending; tokens: number; stop: Stop | null };

/** A request that asks for what hosted tools have found and put out. */
const INCLUDING = { include: ["file_search_call.results", "code_interpreter_call.outputs"] };

interface ItemPlan {
  item:
    | "message"
    | "refusal"
    | "reasoning"
    | "function_call"
    | "file_search_call"
    | "code_interpreter_call";
  chunks: string[];
}

/** Where the upstream breaks off, in events, and how. */
interface Stop {
  after: number;
  then: "close" | "cut";
}

/**
 * What the upstream says now, and what it has left to say.
 *
 * @param reply what it answers, where it has not begun
 * @param count how many events it says now
 */
export function saidOf(
  world: World,
  run: Run,
  reply: ReplyPlan,
  count: number,
): { said: Said; rest: Rest | null } {
  const begun = run.inner.turn?.rest ?? null;
  if (begun === null && reply.reply === "status") {
    return { said: { says: "status", status: reply.status }, rest: null };
  }
  if (begun === null && reply.reply === "nothing") {
    return { said: { says: "nothing" }, rest: null };
  }
  const { events, then } = begun ?? eventsOf(world, run, reply);
  const rest = events.slice(count);
  if (rest.length === 0) return { said: { says: "events", events, then }, rest: null };
  const now = events.slice(0, count);
  return { said: { says: "events", events: now, then: "wait" }, rest: { events: rest, then } };
}

function eventsOf(world: World, run: Run, plan: ReplyPlan): Rest {
  if (plan.reply !== "items") return { events: [], then: "cut" };
  const { items, ending, tokens, stop } = plan;
  const made = items.flatMap((item) => itemOf(world, run, item));
  const script = replyOf(made, {
    ending,
    usage: { input: tokens, output: 1 },
  });
  const events: ResponseEvent[] = [];
  for (const step of steps(script, INCLUDING, (prefix) => `${prefix}_${world.named++}`)) {
    if ("event" in step) events.push(step.event);
  }
  if (stop === null || stop.after >= events.length) return { events, then: "close" };
  return { events: events.slice(0, stop.after), then: stop.then };
}

function itemOf(world: World, run: Run, { item, chunks }: ItemPlan): Item[] {
  switch (item) {
    case "message":
      return [{ type: item, text: chunks }];
    case "refusal":
      return [{ type: item, refusal: chunks }];
    case "reasoning":
      return [{
        type: "raw",
        item: { type: item, summary: [], encrypted_content: "secret" },
        events: [],
      }];
    case "file_search_call": {
      const results = chunks.map((filename) => ({
        file_id: "file-1",
        filename,
        score: 0.5,
        text: "",
      }));
      return [{ type: item, queries: chunks, results }];
    }
    case "code_interpreter_call":
      return [{
        type: item,
        code: chunks,
        outputs: chunks.map((logs) => ({ type: "logs", logs })),
      }];
    case "function_call": {
      if (!run.inner.tools) return [];
      const name = chunks.length % 2 === 0 ? "look_up" : "count";
      const call_id = `call_${world.named++}`;
      return [{ type: item, name, arguments: chunks.map((chunk) => `[${chunk}]`), call_id }];
    }
  }
}
