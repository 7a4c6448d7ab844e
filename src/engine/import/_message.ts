/** The check of imported messages. */

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
import { fileReference, messageId, metadataField, name, runId, threadId, time } from "./_common.ts";
import { knownFields, optionalField, orElse, orNull, required } from "./_fields.ts";

type Part<T extends Message["content"][number]["type"]> = Extract<
  Message["content"][number],
  { type: T }
>;
type Annotation<T> = Extract<Part<"text">["text"]["annotations"][number], { type: T }>;

const detail = optionalField(oneOf(["auto", "low", "high"]));

const annotation = byType({
  file_citation: knownFields<Annotation<"file_citation">>({
    type: required(oneOf(["file_citation"])),
    text: required(string()),
    start_index: required(integer()),
    end_index: required(integer()),
    file_citation: required(fileReference),
  }),
  file_path: knownFields<Annotation<"file_path">>({
    type: required(oneOf(["file_path"])),
    text: required(string()),
    start_index: required(integer()),
    end_index: required(integer()),
    file_path: required(fileReference),
  }),
});

const part = byType({
  text: knownFields<Part<"text">>({
    type: required(oneOf(["text"])),
    text: required(knownFields<Part<"text">["text"]>({
      value: required(string()),
      annotations: orElse(array(annotation), []),
    })),
  }),
  image_file: knownFields<Part<"image_file">>({
    type: required(oneOf(["image_file"])),
    image_file: required(
      knownFields<Part<"image_file">["image_file"]>({ file_id: required(name), detail }),
    ),
  }),
  image_url: knownFields<Part<"image_url">>({
    type: required(oneOf(["image_url"])),
    image_url: required(
      knownFields<Part<"image_url">["image_url"]>({ url: required(name), detail }),
    ),
  }),
  refusal: knownFields<Part<"refusal">>({
    type: required(oneOf(["refusal"])),
    refusal: required(string()),
  }),
});

const attachment = knownFields<NonNullable<Message["attachments"]>[number]>({
  file_id: optionalField(name),
  tools: optionalField(array(byType({
    code_interpreter: knownFields<{ type: "code_interpreter" }>({
      type: required(oneOf(["code_interpreter"])),
    }),
    file_search: knownFields<{ type: "file_search" }>({ type: required(oneOf(["file_search"])) }),
  }))),
});

export const message: Check<Message> = knownFields<Message>({
  id: required(messageId),
  object: required(oneOf(["thread.message"])),
  created_at: required(time),
  thread_id: required(threadId),
  status: orElse(oneOf(["in_progress", "incomplete", "completed"]), "completed"),
  incomplete_details: orNull(knownFields<NonNullable<Message["incomplete_details"]>>({
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
  metadata: metadataField,
});
