/** Resolution of the tenants that flags name. */

import type { Config } from "../../config/mod.ts";
import { FatalError, UsageError } from "../../shared/errors.ts";
import { tenantOf, upstreamAt } from "../../credentials/tenants.ts";
import type { Archive } from "../../store/archive/mod.ts";
import { registerSecret } from "../../telemetry/redact.ts";
import { createSecretReader } from "./_secret_input.ts";

/** A flag that names a tenant. */
export interface TenantFlag {
  /** Name of the flag, without dashes. */
  flag: string;
  text: string;
}

/** Number of digits of a key's hash, and of its prefix in the log. */
const HASH_DIGITS = 32, LOGGED_DIGITS = 12;

/**
 * Returns the tenants that the flags name: `default`, `key` for a key to enter, or the hash of a
 * key or its prefix in the log.
 *
 * @throws {FatalError} as a rejection, for an unknown tenant, an invalid name, or a missing key
 */
export async function resolveTenants(
  config: Config,
  archive: Archive,
  tenantFlags: readonly TenantFlag[],
): Promise<string[]> {
  const keys = createSecretReader();
  const { baseURL, search } = upstreamAt(config.upstream.baseUrl);
  const tenants: string[] = [];
  for (const { flag, text } of tenantFlags) {
    if (text === "default") tenants.push(text);
    else if (text === "key") {
      const key = (await keys.read(`API key for --${flag}: `)).trim();
      registerSecret(key);
      if (!/^[\x21-\x7e]+$/.test(key)) throw new FatalError(`There is no API key for --${flag}`);
      tenants.push(tenantOf(baseURL + search, key));
    } else tenants.push(await tenantOfHash(archive, flag, text));
  }
  return tenants;
}

async function tenantOfHash(archive: Archive, flag: string, text: string): Promise<string> {
  if (!/^[0-9a-f]+$/.test(text) || text.length < LOGGED_DIGITS || text.length > HASH_DIGITS) {
    // The text may be a key, so the message does not quote it.
    throw new UsageError(
      `The flag --${flag} must be default, key, or ${LOGGED_DIGITS} to ${HASH_DIGITS} digits of a ` +
        "key's hash, as shown in the log; key prompts for the key, because process lists show flags",
    );
  }
  if (text.length === HASH_DIGITS) return text;
  const [tenant, other] = await archive.tenantsLike(text);
  if (tenant !== undefined && other === undefined) return tenant;
  throw new FatalError(
    tenant === undefined
      ? `The database has no objects of a tenant ${text}...`
      : `The database has several tenants ${text}...; give more digits`,
  );
}
