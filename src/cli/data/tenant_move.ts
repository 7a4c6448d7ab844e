/** `tenant move`: moves all objects of one tenant to another. */

import { systemClock } from "../../shared/clock.ts";
import type { Invocation } from "../../config/mod.ts";
import { FatalError, UsageError } from "../../shared/errors.ts";
import { openArchive } from "../../store/archive/mod.ts";
import type { Kind } from "../../store/mod.ts";
import { ObjectCounts } from "./_object_counts.ts";
import { printError } from "../print.ts";
import { resolveTenants } from "./_tenants.ts";

/** Runs `tenant move`. */
export async function tenantMoveCommand({ config, flags }: Invocation): Promise<number> {
  const tenantFlags = ["from", "to"].map((flag) => {
    const text = flags.get(flag);
    if (text !== undefined) return { flag, text };
    throw new UsageError(
      `The command tenant move needs --${flag}; see assistants-mcp tenant move --help`,
    );
  });
  using archive = openArchive(config.store.url);
  const [from = "", to = ""] = await resolveTenants(config, archive, tenantFlags);
  if (from === to) throw new UsageError("--from and --to name the same tenant");
  const moved = await archive.moveTenant(from, to, systemClock.now());
  const counts = new ObjectCounts();
  if (moved.rows === 0) {
    throw new FatalError("The database has no objects of the tenant of --from");
  }
  for (const [kind, count] of Object.entries(moved.objects) as [Kind, number][]) {
    counts.add(kind, count);
  }
  printError(`moved ${counts}`);
  return 0;
}
