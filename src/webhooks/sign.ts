/** The headers of Standard Webhooks, by which a receiver knows who has sent an event, and when. */

import { createHmac } from "node:crypto";

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
