/** Schemas of messages in request bodies, and their limits. */

import { invalid, wrongType } from "./errors.ts";
import { codeInterpreterTool } from "./schemas.ts";
import {
  array,
  byType,
  type Check,
  type Checked,
  id,
  metadata,
  nullable,
  object,
  oneOf,
  optional,
  string,
} from "./validation.ts";

/** Maximum number of messages that one request adds to a thread, as in the Assistants API. */
export const MAX_MESSAGES = 32;

/** Maximum length of all texts of a message together, in characters. */
const MAX_TEXT = 256_000;

const MAX_PARTS = 100;
const MAX_ATTACHMENTS = 100;

const detail = optional(oneOf(["auto", "low", "high"]));

const contentPart = byType({
  text: object({ type: oneOf(["text"]), text: string({ max: MAX_TEXT }) }),
  image_file: object({
    type: oneOf(["image_file"]),
    image_file: object({ file_id: id("file"), detail }),
  }),
  image_url: object({
    type: oneOf(["image_url"]),
    image_url: object({ url: imageUrl, detail }),
  }),
});

const contentParts = array(contentPart, { min: 1, max: MAX_PARTS });
const contentText = string({ max: MAX_TEXT });

const messageContent: Check<string | Checked<typeof contentPart>[]> = (value, path) => {
  if (typeof value === "string") return contentText(value, path);
  if (!Array.isArray(value)) {
    throw wrongType(path, "one of a string or an array of objects", value);
  }
  const parts = contentParts(value, path);
  // The limit of one text, for all of them together.
  contentText(parts.map((part) => part.type === "text" ? part.text : "").join(""), path);
  return parts;
};

function imageUrl(value: unknown, path: string): string {
  const url = string({ min: 1 })(value, path);
  if (/^(https?:\/\/|data:image\/)/i.test(url)) return url;
  throw invalid(
    `Invalid '${path}'. Expected a valid URL, but got a value with an invalid format.`,
    path,
    "invalid_value",
  );
}

/** The body of a request that adds a message to a thread. */
export const messageBody = object({
  role: oneOf(["user", "assistant"]),
  content: messageContent,
  attachments: optional(nullable(array(
    object({
      file_id: id("file"),
      tools: array(byType({
        code_interpreter: codeInterpreterTool,
        file_search: object({ type: oneOf(["file_search"]) }),
      })),
    }),
    { max: MAX_ATTACHMENTS },
  ))),
  metadata: optional(nullable(metadata)),
});

export type MessageBody = Checked<typeof messageBody>;
