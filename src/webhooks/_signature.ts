/** Signatures of Standard Webhooks. */

import { createHmac } from "node:crypto";

/**
 * Returns the headers that prove to a receiver who has sent an event, and when.
 *
 * @param secret `whsec_` and a key in base64, or a key as plain text
 */
export function signedHeaders(
  id: string,
  body: string,
  secret: string,
  nowMs: number,
): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const signature = createHmac("sha256", keyOf(secret))
    .update(`${id}.${timestamp}.${body}`)
    .digest("base64");
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${signature}`,
  };
}

function keyOf(secret: string): Uint8Array {
  return secret.startsWith("whsec_")
    ? Uint8Array.fromBase64(secret.slice("whsec_".length))
    : new TextEncoder().encode(secret);
}
