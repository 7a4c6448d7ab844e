/**
 * What the Assistants API promises of threads, messages and runs, written down from its contract:
 * a world of plain objects, and what each action makes of it.
 *
 * Objects have names instead of ids, and say what a client can see of them.
 */

import { type Action, type NewMessage, type Page, refuse, Refused } from "./_actions.ts";
import { hear } from "./_response_model.ts";
import { cancel, expireOverdue, startRun, submit, vanish, viewOfRun } from "./_run_model.ts";
import {
  addMessage,
  type Assistant,
  isActive,
  type Message,
  newName,
  seconds,
  type Thread,
  type World,
} from "./_world.ts";

/** What comes back of an action; `object` is what a client can see of it. */
export type Outcome =
  | { object: unknown }
  | { refused: { status: number; messages: string[]; param: string | null; code: string | null } };

/** Does an action, and says what its caller is answered. */
export function act(world: World, action: Action): Outcome {
  try {
    return { object: structuredClone(answer(world, action)) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { refused: error.refusal };
  }
}

function answer(world: World, action: Action): unknown {
  switch (action.do) {
    case "create assistant": {
      const assistant = { name: newName(world, "asst"), gone: false, tools: action.tools };
      world.assistants.push(assistant);
      return assistant.name;
    }
    case "delete assistant":
      findAssistant(world, action.assistant).gone = true;
      return deleted(action.assistant, "assistant");
    case "create thread":
      return viewOfThread(addThread(world, action.messages));
    case "get thread":
      return viewOfThread(findThread(world, action.thread));
    case "modify thread": {
      const thread = findThread(world, action.thread);
      thread.metadata = action.metadata;
      return viewOfThread(thread);
    }
    case "delete thread": {
      const thread = findThread(world, action.thread);
      thread.gone = true;
      for (const run of thread.runs) vanish(world, thread, run);
      return deleted(thread.name, "thread");
    }
    case "create message": {
      const thread = findThread(world, action.thread);
      const active = thread.runs.find(isActive);
      if (active) {
        refuse(400, `Can't add messages to ${thread.name} while a run ${active.name} is active.`);
      }
      return { ...addMessage(world, thread, action.message) };
    }
    case "get message":
      return findMessage(world, action).message;
    case "modify message": {
      const { message } = findMessage(world, action);
      message.metadata = action.metadata;
      return message;
    }
    case "delete message": {
      const { thread, message } = findMessage(world, action);
      const active = thread.runs.find(isActive);
      if (active) {
        // The contract is silent on this; that it is refused is what keeps a run's input whole.
        const what = `Can't delete messages of ${thread.name}`;
        refuse(400, `${what} while a run ${active.name} is active.`);
      }
      thread.messages = thread.messages.filter((other) => other !== message);
      return deleted(message.name, "thread.message");
    }
    case "list messages": {
      const { messages } = findThread(world, action.thread);
      const { run } = action;
      return page(messages.filter((message) => !run || message.run === run), action.page);
    }
    case "create run": {
      const thread = findThread(world, action.thread);
      const assistant = findAssistant(world, action.assistant);
      const active = thread.runs.find(isActive);
      if (active) {
        refuse(400, `Thread ${thread.name} already has an active run ${active.name}.`);
      }
      for (const message of action.messages) addMessage(world, thread, message);
      return viewOfRun(startRun(world, thread, assistant, action));
    }
    case "create thread and run": {
      const assistant = findAssistant(world, action.assistant);
      const thread = addThread(world, action.messages);
      return viewOfRun(startRun(world, thread, assistant, action, ["thread.created"]));
    }
    case "get run":
      return viewOfRun(findRun(world, action).run);
    case "modify run": {
      const { run } = findRun(world, action);
      run.metadata = action.metadata;
      return viewOfRun(run);
    }
    case "list runs":
      return page(findThread(world, action.thread).runs, action.page);
    case "cancel run": {
      const { thread, run } = findRun(world, action);
      return cancel(world, thread, run);
    }
    case "submit": {
      const { thread, run } = findRun(world, action);
      submit(world, thread, run, action);
      return action.stream ? null : viewOfRun(run);
    }
    case "list steps":
      return page(findRun(world, action).run.steps, action.page);
    case "upstream": {
      const thread = world.threads.find(({ name }) => name === action.thread);
      const run = thread?.runs.find(({ name }) => name === action.run);
      if (thread && run) hear(world, thread, run, action);
      return null;
    }
    case "advance":
      world.nowMs += action.ms;
      for (const thread of world.threads) expireOverdue(world, thread);
      return null;
  }
}

function addThread(world: World, messages: readonly NewMessage[]): Thread {
  const thread: Thread = {
    name: newName(world, "thread"),
    gone: false,
    created_at: seconds(world),
    metadata: {},
    messages: [],
    runs: [],
    order: [],
  };
  world.threads.push(thread);
  for (const message of messages) addMessage(world, thread, message);
  return thread;
}

function findAssistant(world: World, name: string): Assistant {
  return world.assistants.find((assistant) => assistant.name === name && !assistant.gone) ??
    refuse(404, `No assistant found with id '${name}'.`);
}

function findThread(world: World, name: string): Thread {
  return world.threads.find((thread) => thread.name === name && !thread.gone) ??
    refuse(404, `No thread found with id '${name}'.`);
}

function findMessage(world: World, { thread: of, message: name }: {
  thread: string;
  message: string;
}): { thread: Thread; message: Message } {
  const thread = findThread(world, of);
  const message = thread.messages.find((message) => message.name === name) ??
    refuse(404, `No message found with id '${name}'.`);
  return { thread, message };
}

function findRun(world: World, { thread: of, run: name }: { thread: string; run: string }) {
  const thread = findThread(world, of);
  const run = thread.runs.find((run) => run.name === name) ??
    refuse(404, `No run found with id '${name}'.`);
  return { thread, run };
}

function viewOfThread({ name, created_at, metadata }: Thread) {
  return { name, created_at, metadata };
}

function deleted(name: string, kind: string) {
  return { name, deleted: kind };
}

function page(objects: readonly { name: string }[], { limit, descending, after, before }: Page) {
  const names = objects.map(({ name }) => name);
  if (descending) names.reverse();
  // Between two cursors, the page begins after the one; before one alone, it ends there.
  const from = after === undefined ? 0 : names.indexOf(after) + 1;
  const to = before === undefined ? names.length : names.indexOf(before);
  const between = names.slice(from, Math.max(from, to));
  const backwards = before !== undefined && after === undefined;
  const data = backwards ? between.slice(-limit) : between.slice(0, limit);
  return {
    data,
    first: data[0] ?? null,
    last: data.at(-1) ?? null,
    has_more: data.length < between.length,
  };
}
