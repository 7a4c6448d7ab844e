/** The drafts of a writer, and the stored objects that they extend. */

import type { Message, RunStep } from "../../../store/mod.ts";
import type { CallsDraft } from "./_calls_draft.ts";
import type { HostedDraft } from "./_hosted_draft.ts";
import type { MessageDraft } from "./_message_draft.ts";

/** The drafts of a writer that are open. */
export interface Drafts {
  message?: MessageDraft;
  calls?: CallsDraft;
  hosted?: HostedDraft;
}

/** The messages and steps of a run that are in progress. */
export interface OpenObjects {
  messages: Message[];
  steps: RunStep[];
}

/** Returns the stored objects with the content of their drafts. */
export function mergeDrafts({ messages, steps }: OpenObjects, drafts: Drafts): OpenObjects {
  const written = drafts.message?.message;
  const stepDrafts = [drafts.calls, drafts.hosted];
  return {
    messages: messages.map((message) =>
      message.id === written?.id ? { ...message, content: written.content } : message
    ),
    steps: steps.map((step) => {
      const draft = stepDrafts.find((draft) => draft?.id === step.id);
      return draft ? { ...step, step_details: draft.step_details } : step;
    }),
  };
}

/** Returns the objects of `merged` that differ from the stored ones. */
export function unstored(stored: OpenObjects, merged: OpenObjects): OpenObjects {
  return {
    messages: merged.messages.filter((message) => !stored.messages.includes(message)),
    steps: merged.steps.filter((step) => !stored.steps.includes(step)),
  };
}
