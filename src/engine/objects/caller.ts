/** Who makes a request of the engine. */

import type OpenAI from "openai";
import type { HostedToolType } from "../../upstream/capabilities.ts";

/** Whose objects a request may touch, and who answers for the model. */
export interface Caller {
  tenant: string;
  /** Tells the upstream and the key for it from others, without being either. */
  upstreamId: string;
  /**
   * The client of the upstream that has `POST /responses`. It retries, waits in line and keeps
   * deadlines by itself.
   *
   * @throws {ApiError} when the caller has no key for it
   */
  upstream(): Promise<OpenAI>;
  /** The tools that the upstream runs by itself. */
  readonly hostedTools: readonly HostedToolType[];
}
