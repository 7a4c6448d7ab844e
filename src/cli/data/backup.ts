/** `backup`: copies the whole database into a new file. */

import type { Invocation } from "../../config/mod.ts";
import { openArchive } from "../../store/archive/mod.ts";
import { AtomicFile, writeError } from "../atomic_file.ts";
import { printError } from "../print.ts";
import { listenForStopSignal } from "../signals.ts";
import { StoppedError } from "./_stoppable.ts";

/** Runs `backup`. */
export async function backupCommand({ config, operands }: Invocation): Promise<number> {
  const [path = ""] = operands;
  using archive = openArchive(config.store.url);
  using target = AtomicFile.create(path);
  // A copy in progress cannot be interrupted, so a signal takes effect after it.
  using signal = listenForStopSignal();
  let stopped = false;
  signal.received.then(() => stopped = true);
  await archive.copyTo(target.temporaryPath).catch((error) => {
    throw writeError(path, error);
  });
  await new Promise((resolve) => setTimeout(resolve, 0));
  if (stopped) throw new StoppedError();
  target.commit();
  printError(`copied the database to "${path}"`);
  return 0;
}
