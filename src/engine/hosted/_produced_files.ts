/** Fetching what code has produced: from its container or out of the URL itself, and from nowhere else. */

import type OpenAI from "openai";
import { findRoute } from "../../shared/openai_routes.ts";
import { messageOf } from "../objects/failures.ts";

/** The largest file that is kept. */
const MAX_BYTES = 64 * 2 ** 20;

/** A file, or why there is none. */
export interface Fetched {
  content: Uint8Array<ArrayBuffer> | null;
  /** As far as it is known. */
  bytes: number;
  lost?: string;
}

interface From {
  client: OpenAI;
  signal: AbortSignal;
}

const EXTENSIONS: Record<string, string> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/gif": "gif",
  "image/webp": "webp",
  "image/svg+xml": "svg",
};

/** A file in a container; what the upstream refuses is a file that is lost. */
export async function containerFile(
  { client, signal }: From,
  container_id: string,
  fileId: string,
): Promise<Fetched> {
  try {
    const response = await client.containers.files.content.retrieve(
      fileId,
      { container_id },
      { signal },
    );
    return await read(response);
  } catch (error) {
    signal.throwIfAborted();
    return lost(`The upstream did not give the file away: ${messageOf(error, client)}`);
  }
}

/** An image by the URL that the upstream has given it, and what to call it. */
export function imageAt(
  from: From,
  url: string,
): { image: Promise<Fetched>; filename: string } {
  const data = /^data:([^;,]*)(?:;[^;,]*)*?(;base64)?,/.exec(url);
  if (data !== null) {
    const [head, type = "", base64] = data;
    const image = decoded(url.slice(head.length), base64 !== undefined);
    return { image: Promise.resolve(image), filename: `image.${EXTENSIONS[type] ?? "bin"}` };
  }
  const filename = "image.png";
  const { baseURL } = from.client;
  const found = url.startsWith(baseURL) ? findRoute(url.slice(baseURL.length)) : undefined;
  const [container = "", file = ""] = found?.route.operations.GET === "getContainerFileContent"
    ? found.ids
    : [];
  return [container, file].every((id) => /^[\w-]+$/.test(id))
    ? { image: containerFile(from, container, file), filename }
    : {
      image: Promise.resolve(lost("The image is at a URL that is not the upstream's.")),
      filename,
    };
}

async function read({ body }: Response): Promise<Fetched> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) return tooLarge(bytes);
    chunks.push(chunk);
  }
  return { content: await new Blob(chunks).bytes(), bytes };
}

function decoded(text: string, isBase64: boolean): Fetched {
  // Three bytes are four characters.
  if (text.length * 0.75 > MAX_BYTES) return tooLarge(Math.floor(text.length * 0.75));
  try {
    const content = isBase64
      ? Uint8Array.fromBase64(text)
      : new TextEncoder().encode(decodeURIComponent(text));
    return { content, bytes: content.length };
  } catch {
    return lost("The upstream gave an image that cannot be decoded.");
  }
}

function tooLarge(bytes: number): Fetched {
  return {
    content: null,
    bytes,
    lost: `The file is larger than the ${MAX_BYTES / 2 ** 20} MiB that are kept of one.`,
  };
}

function lost(why: string): Fetched {
  return { content: null, bytes: 0, lost: why };
}
