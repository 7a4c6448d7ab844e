/** The caller's assistants, threads and runs as resources. */

import { markdownTranscript } from "../shared/transcript.ts";
import type { ResourceContent, ResourceTemplate } from "./define_resource.ts";

/** Messages in a transcript: the newest. */
const TRANSCRIPT_MESSAGES = 100;

export const assistant: ResourceTemplate = {
  uriTemplate: "openai://assistants/{assistant_id}",
  name: "assistant",
  title: "Assistant",
  description: "An assistant with its instructions and tools.",
  mimeType: "application/json",
  read: async ({ assistant_id = "" }, { openai, signal }) =>
    json(await openai.beta.assistants.retrieve(assistant_id, { signal })),
};

export const thread: ResourceTemplate = {
  uriTemplate: "openai://threads/{thread_id}",
  name: "thread",
  title: "Thread transcript",
  description: `The last ${TRANSCRIPT_MESSAGES} messages of a thread as Markdown.`,
  mimeType: "text/markdown",
  async read({ thread_id = "" }, { openai, signal }) {
    const { threads } = openai.beta;
    const found = await threads.retrieve(thread_id, { signal });
    const page = await threads.messages.list(
      thread_id,
      { order: "desc", limit: TRANSCRIPT_MESSAGES },
      { signal },
    );
    const data = markdownTranscript({
      thread: found,
      messages: page.data.toReversed(),
      hasEarlier: page.has_more,
    });
    return { mimeType: "text/markdown", data };
  },
};

export const run: ResourceTemplate = {
  uriTemplate: "openai://threads/{thread_id}/runs/{run_id}",
  name: "run",
  title: "Run",
  description: "A run with its steps.",
  mimeType: "application/json",
  async read({ thread_id = "", run_id = "" }, { openai, signal }) {
    const { runs } = openai.beta.threads;
    const found = await runs.retrieve(run_id, { thread_id }, { signal });
    const steps = await runs.steps.list(
      run_id,
      { thread_id, order: "asc", limit: 100 },
      { signal },
    );
    return json({ ...found, steps: steps.data });
  },
};

function json(value: object): ResourceContent {
  return { mimeType: "application/json", data: JSON.stringify(value, undefined, 2) };
}
