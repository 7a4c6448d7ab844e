/** The scripted upstream's images: every one of them is the same real PNG of one pixel. */

import { type Answerer, failure, nowS } from "./responses_route.ts";

const PNG_BASE64 =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

export const PNG = Uint8Array.from(atob(PNG_BASE64), (character) => character.charCodeAt(0));

export const answerImages: Answerer = ({ method, segments: [root, action], body, form }) => {
  if (root !== "images" || method !== "POST") return undefined;
  if (action !== "generations" && action !== "edits") return undefined;
  const prompt = body.prompt ?? form?.get("prompt");
  if (typeof prompt !== "string" || prompt === "") {
    return failure(400, "Missing required parameter: 'prompt'.", null, "prompt");
  }
  const images = form?.getAll("image").length || form?.getAll("image[]").length;
  if (action === "edits" && !images) {
    return failure(400, "Missing required parameter: 'image'.", null, "image");
  }
  const count = Number(body.n ?? form?.get("n") ?? 1);
  return Response.json({
    created: nowS(),
    background: "opaque",
    output_format: "png",
    quality: "low",
    size: "1024x1024",
    data: Array.from({ length: count }, () => ({ b64_json: PNG_BASE64 })),
    usage: {
      input_tokens: 10,
      input_tokens_details: { image_tokens: images ?? 0, text_tokens: 10 },
      output_tokens: 100 * count,
      total_tokens: 10 + 100 * count,
    },
  });
};
