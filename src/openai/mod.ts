/** Credentials to SDK clients: one client each, whose Assistants calls the engine answers and all else the upstream. */

import type OpenAI from "openai";

/** Who is calling: the tenant whose objects they see, and the key that pays. */
export interface Credential {
  tenant: string;
  /** Undefined where the upstream needs none, or none is set. */
  apiKey?: string;
}

export interface Clients {
  /** The SDK client of a credential; the SDK is loaded with the first. */
  of(credential: Credential): Promise<OpenAI>;
  close(): Promise<void>;
}
