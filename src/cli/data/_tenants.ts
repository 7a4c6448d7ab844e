/** Whose objects a command is about, as a person names them. */

import type { Config } from "../../config/mod.ts";
import { FatalError, UsageError } from "../../shared/errors.ts";
import { tenantOf, upstreamAt } from "../../credentials/tenants.ts";
import type { Archive } from "../../store/archive/mod.ts";
import { registerSecret } from "../../telemetry/redact.ts";
import { createSecretReader } from "./_secret_input.ts";

/** A tenant as it was named. */
export interface TenantFlag {
  /** Without dashes. */
  flag: string;
  text: string;
}

/** As many digits as a hash has, and as the log shows of them. */
const HASH = 32, SHOWN = 12;

/**
 * The tenants that the flags name: `default`, `key` for one whose key is asked for, or the hash of
 * a key as far as the log shows it.
 *
 * @throws {FatalError} for another name, and for no key
 */
export async function resolveTenants(
  config: Config,
  archive: Archive,
  named: readonly TenantFlag[],
): Promise<string[]> {
  const keys = createSecretReader();
  const { baseURL, search } = upstreamAt(config.upstream.baseUrl);
  const tenants: string[] = [];
  for (const { flag, text } of named) {
    if (text === "default") tenants.push(text);
    else if (text === "key") {
      const key = (await keys.next(`API key for --${flag}: `)).trim();
      registerSecret(key);
      if (!/^[\x21-\x7e]+$/.test(key)) throw new FatalError(`There is no API key for --${flag}`);
      tenants.push(tenantOf(baseURL + search, key));
    } else tenants.push(await hashed(archive, flag, text));
  }
  return tenants;
}

async function hashed(archive: Archive, flag: string, text: string): Promise<string> {
  if (!/^[0-9a-f]+$/.test(text) || text.length < SHOWN || text.length > HASH) {
    // What was given may be a key.
    throw new UsageError(
      `The flag --${flag} must be default, key, or ${SHOWN} to ${HASH} digits of the hash that the ` +
        "log shows for a caller's key; a key itself is asked for, as flags show in the list of processes",
    );
  }
  if (text.length === HASH) return text;
  const [tenant, other] = await archive.tenantsLike(text);
  if (tenant !== undefined && other === undefined) return tenant;
  throw new FatalError(
    tenant === undefined
      ? `The database has nothing of a tenant ${text}...`
      : `The database has several tenants ${text}...; give more digits`,
  );
}
