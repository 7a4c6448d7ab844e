/** The scripted upstream's images: the same real PNG of one pixel, unless a test says otherwise. */

import { type Answerer, type Asked, failure, nowS } from "./responses_route.ts";
import type { Gate } from "./responses_script.ts";

const PNG_BASE64 =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

export const PNG = Uint8Array.from(atob(PNG_BASE64), (character) => character.charCodeAt(0));

/** The answer to one request for images. */
export interface ImageReply {
  /** In place of the PNG. */
  image?: Uint8Array;
  /** Where the image is, in place of the image. */
  url?: string;
  revised_prompt?: string;
  /** In place of an answer. */
  refusal?: {
    status: number;
    message: string;
    code?: string | null;
    param?: string | null;
    headers?: Record<string, string>;
  };
  /** Opened before the body of the answer goes out; its head is sent at once. */
  before?: Gate;
  /** Called when the client has gone before that. */
  onGone?: () => void;
}

export class FakeImages {
  readonly #replies: ImageReply[] = [];

  /** The next answers. */
  enqueue(...replies: ImageReply[]): void {
    this.#replies.push(...replies);
  }

  readonly answer: Answerer = (asked) => {
    const { method, segments: [root, action], body, form } = asked;
    if (root !== "images" || method !== "POST") return undefined;
    if (action !== "generations" && action !== "edits") return undefined;
    const prompt = body.prompt ?? form?.get("prompt");
    if (typeof prompt !== "string" || prompt === "") {
      return failure(400, "Missing required parameter: 'prompt'.", null, "prompt");
    }
    if (action === "edits" && imagesIn(asked) === 0) {
      return failure(400, "Missing required parameter: 'image'.", null, "image");
    }
    const reply = this.#replies.shift() ?? {};
    if (reply.refusal !== undefined) {
      const { status, message, code, param, headers } = reply.refusal;
      const response = failure(status, message, code, param);
      for (const header of Object.entries(headers ?? {})) response.headers.set(...header);
      return response;
    }
    const made = madeOf(asked, reply);
    return reply.before === undefined ? Response.json(made) : held(made, reply);
  };
}

function imagesIn({ body, form }: Asked): number {
  const sent = [...form?.getAll("image") ?? [], ...form?.getAll("image[]") ?? []].length;
  return sent + (Array.isArray(body.images) ? body.images.length : 0);
}

function madeOf(asked: Asked, { image = PNG, url, revised_prompt }: ImageReply): object {
  const count = Number(asked.body.n ?? asked.form?.get("n") ?? 1);
  const one = { ...url === undefined ? { b64_json: image.toBase64() } : { url }, revised_prompt };
  return {
    created: nowS(),
    background: "opaque",
    output_format: "png",
    quality: "low",
    size: "1024x1024",
    data: Array.from({ length: count }, () => one),
    usage: {
      input_tokens: 10,
      input_tokens_details: { image_tokens: imagesIn(asked), text_tokens: 10 },
      output_tokens: 100 * count,
      total_tokens: 10 + 100 * count,
    },
  };
}

/** White space at first, so that a client which goes is noticed. */
function held(made: object, { before, onGone }: ImageReply): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(encoder.encode(" "));
      await before?.pass();
      try {
        controller.enqueue(encoder.encode(JSON.stringify(made)));
        controller.close();
      } catch {
        // The client has gone.
      }
    },
    cancel: onGone,
  });
  return new Response(body, { headers: { "content-type": "application/json" } });
}
