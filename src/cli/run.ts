/** Runs the program: parses the command line, runs the command and returns the exit code. */

import {
  type CommandName,
  helpText,
  type Invocation,
  loadConfig,
  secretsOf,
} from "../config/mod.ts";
import { ApiError, FatalError } from "../shared/errors.ts";
import { registerSecret } from "../telemetry/redact.ts";
import { VERSION } from "../shared/version.ts";
import { handleUncaughtErrors, reportCrash } from "./crash.ts";
import { printError, printLine } from "./print.ts";

/** A command: runs to completion and returns the exit code. */
type Command = (invocation: Invocation) => Promise<number>;

/** Loaders of the commands, so that each start loads one command only. */
const COMMANDS: Record<CommandName, () => Promise<Command>> = {
  serve: async () => (await import("./serve/mod.ts")).serveCommand,
  doctor: async () => (await import("./doctor/mod.ts")).doctorCommand,
  setup: async () => (await import("./setup/mod.ts")).setupCommand,
  healthcheck: async () => (await import("./healthcheck.ts")).healthcheckCommand,
  import: async () => (await import("./data/import.ts")).importCommand,
  export: async () => (await import("./data/export.ts")).exportCommand,
  backup: async () => (await import("./data/backup.ts")).backupCommand,
  "tenant move": async () => (await import("./data/tenant_move.ts")).tenantMoveCommand,
};

/** Runs the program with these arguments. Returns 0 for success, 1 for a failure, 2 for wrong usage. */
export async function run(args: string[]): Promise<number> {
  try {
    const loaded = loadConfig(args);
    if (loaded.action === "help") return printLine(helpText(loaded.command));
    if (loaded.action === "version") return printLine(VERSION);
    secretsOf(loaded.origin.given).forEach(registerSecret);
    loaded.warnings.forEach(printError);
    handleUncaughtErrors();
    const command = await COMMANDS[loaded.action]();
    return await command(loaded);
  } catch (error) {
    // An ApiError that reaches this point comes from the database.
    if (!(error instanceof FatalError || error instanceof ApiError)) return reportCrash(error);
    printError(error.message);
    return error instanceof FatalError ? error.exitCode : 1;
  }
}
