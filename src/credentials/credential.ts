/** Whose objects a request sees and whose key it spends. */

/** Who is calling: the tenant whose objects they see, and the key that pays. */
export interface Credential {
  tenant: string;
  /** Undefined where the upstream needs none, or none is set. */
  apiKey?: string;
}
