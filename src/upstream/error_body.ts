/** What a model server says when it refuses, in OpenAI's form or in that of others. */

import { parseJson } from "../shared/json.ts";

/** The `error` of the body, whatever it is, and the words that say what is wrong. */
export function refusalIn(body: string) {
  const { error, message, detail } = Object(parseJson(body));
  const words: string | undefined = [error?.message, error, message, detail]
    .find((part) => typeof part === "string");
  return { error, words };
}
