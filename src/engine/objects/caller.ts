/** The caller of an engine request. */

import type OpenAI from "openai";
import type { HostedToolType } from "../../upstream/capabilities.ts";

/** The tenant whose objects a request may access, and the upstream that its runs use. */
export interface Caller {
  tenant: string;
  /** A hash that identifies the upstream and the key, and reveals neither. */
  upstreamId: string;
  /**
   * Returns the client of the upstream. Its fetch queues, retries and enforces deadlines.
   *
   * @throws {ApiError} 401 if the upstream requires a key and the caller has none
   */
  upstream(): Promise<OpenAI>;
  /** The tools that the upstream hosts. */
  readonly hostedTools: readonly HostedToolType[];
}
