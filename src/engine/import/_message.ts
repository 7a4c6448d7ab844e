/** A message that comes from elsewhere, and the parts of its content. */

import type { Message } from "../../store/mod.ts";
import {
  array,
  byType,
  type Check,
  integer,
  nullable,
  oneOf,
  string,
} from "../objects/validation.ts";
import { fileReference, kept, messageId, name, runId, threadId, time } from "./_common.ts";
import { ifThere, orElse, orNull, required, saved } from "./_fields.ts";

type Part<T extends Message["content"][number]["type"]> = Extract<
  Message["content"][number],
  { type: T }
>;
type Annotation<T> = Extract<Part<"text">["text"]["annotations"][number], { type: T }>;

const detail = ifThere(oneOf(["auto", "low", "high"]));

const annotation = byType({
  file_citation: saved<Annotation<"file_citation">>({
    type: required(oneOf(["file_citation"])),
    text: required(string()),
    start_index: required(integer()),
    end_index: required(integer()),
    file_citation: required(fileReference),
  }),
  file_path: saved<Annotation<"file_path">>({
    type: required(oneOf(["file_path"])),
    text: required(string()),
    start_index: required(integer()),
    end_index: required(integer()),
    file_path: required(fileReference),
  }),
});

const part = byType({
  text: saved<Part<"text">>({
    type: required(oneOf(["text"])),
    text: required(saved<Part<"text">["text"]>({
      value: required(string()),
      annotations: orElse(array(annotation), []),
    })),
  }),
  image_file: saved<Part<"image_file">>({
    type: required(oneOf(["image_file"])),
    image_file: required(
      saved<Part<"image_file">["image_file"]>({ file_id: required(name), detail }),
    ),
  }),
  image_url: saved<Part<"image_url">>({
    type: required(oneOf(["image_url"])),
    image_url: required(saved<Part<"image_url">["image_url"]>({ url: required(name), detail })),
  }),
  refusal: saved<Part<"refusal">>({
    type: required(oneOf(["refusal"])),
    refusal: required(string()),
  }),
});

const attachment = saved<NonNullable<Message["attachments"]>[number]>({
  file_id: ifThere(name),
  tools: ifThere(array(byType({
    code_interpreter: saved<{ type: "code_interpreter" }>({
      type: required(oneOf(["code_interpreter"])),
    }),
    file_search: saved<{ type: "file_search" }>({ type: required(oneOf(["file_search"])) }),
  }))),
});

export const message: Check<Message> = saved<Message>({
  id: required(messageId),
  object: required(oneOf(["thread.message"])),
  created_at: required(time),
  thread_id: required(threadId),
  status: orElse(oneOf(["in_progress", "incomplete", "completed"]), "completed"),
  incomplete_details: orNull(saved<NonNullable<Message["incomplete_details"]>>({
    reason: required(
      oneOf(["content_filter", "max_tokens", "run_cancelled", "run_expired", "run_failed"]),
    ),
  })),
  completed_at: orNull(time),
  incomplete_at: orNull(time),
  role: required(oneOf(["user", "assistant"])),
  content: orElse(array(part), []),
  assistant_id: orNull(string()),
  run_id: orNull(runId),
  attachments: { check: nullable(array(attachment)), absent: { value: [] } },
  metadata: kept,
});
