/** Checks of the database, the folders and the port. */

import { dirname, join, resolve } from "node:path";
import type { Config } from "../../config/mod.ts";
import { FatalError } from "../../shared/errors.ts";
import { inspectDatabase } from "../../store/sqlite/inspect.ts";
import { type CheckResult, passed, reasonOf } from "./check_result.ts";

/** Checks whether the database can be opened, or created at the first start. */
export function checkStore({ store }: Config): CheckResult[] {
  const check = "store";
  const path = store.url.slice("sqlite:".length);
  if (path === ":memory:") {
    return [{
      check,
      status: "warning",
      what: "The database is in memory",
      why: "All objects are lost when the server stops",
      do: "Set DATABASE_URL to sqlite:PATH to keep them",
    }];
  }
  try {
    const state = inspectDatabase(store.url);
    return state === undefined ? [checkNewStore(path)] : [passed(
      check,
      `The database "${path}" is writable: schema ${state.schema}, ${sizeOf(state.bytes)}`,
    )];
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    return [{ check, status: "problem", what: error.message }];
  }
}

function checkNewStore(path: string): CheckResult {
  const reason = whyNotWritable(dirname(resolve(path)));
  if (reason === undefined) {
    return passed("store", `The database "${path}" is created at the first start`);
  }
  return {
    check: "store",
    status: "problem",
    what: `The database "${path}" cannot be created`,
    why: reason,
    do: "Make the folder writable for this user, or set DATABASE_URL to sqlite:PATH",
  };
}

/** Checks whether the image folder is writable and the file folders are readable. */
export function checkFolders({ folders: { images, readable }, server }: Config): CheckResult[] {
  return [
    ...images === undefined ? [] : [checkImageFolder(images)],
    ...readable.length > 0 && server.transport !== "stdio"
      ? [fileDirsIgnored()]
      : readable.map(checkFileFolder),
  ];
}

function checkImageFolder(path: string): CheckResult {
  const reason = whyNotWritable(path);
  if (reason === undefined) return passed("folders", `Images are written to "${path}"`);
  return {
    check: "folders",
    status: "problem",
    what: `Images cannot be written to "${path}"`,
    why: reason,
    do: "Make the folder writable for this user, or set IMAGE_OUTPUT_DIR to another folder",
  };
}

function fileDirsIgnored(): CheckResult {
  return {
    check: "folders",
    status: "warning",
    what: "FILE_DIRS has no effect",
    why: "Over HTTP, tools do not read files by path",
    do: "Unset it, or serve over stdio",
  };
}

function checkFileFolder(path: string): CheckResult {
  const problem = (why: string): CheckResult => ({
    check: "folders",
    status: "problem",
    what: `Files cannot be read from "${path}"`,
    why,
    do: "Create the folder, or remove it from FILE_DIRS",
  });
  try {
    Deno.readDirSync(path)[Symbol.iterator]().next();
    return passed("folders", `Files can be read from "${path}"`);
  } catch (error) {
    return problem(error instanceof Deno.errors.NotFound ? "It does not exist" : reasonOf(error));
  }
}

/** Returns why files cannot be created in a folder or its nearest existing parent; undefined if they can. */
function whyNotWritable(folder: string): string | undefined {
  let existing = folder;
  while (!exists(existing) && dirname(existing) !== existing) existing = dirname(existing);
  const probe = join(existing, `.assistants-mcp.${crypto.randomUUID().slice(0, 8)}.part`);
  try {
    Deno.openSync(probe, { write: true, createNew: true, mode: 0o600 }).close();
    Deno.removeSync(probe);
    return undefined;
  } catch (error) {
    // Permission for a new folder does not include its parent, where the probe is created.
    const isGranted = existing !== folder && error instanceof Deno.errors.NotCapable &&
      Deno.permissions.querySync({ name: "write", path: folder }).state === "granted";
    return isGranted ? undefined : `"${existing}": ${reasonOf(error)}`;
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}

function sizeOf(bytes: number): string {
  const [size, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : [bytes / 1e6, "MB"];
  return `${size.toFixed(1)} ${unit}`;
}

/** Checks whether the server can listen on its address. */
export function checkPort({ server, http: { host, port } }: Config): CheckResult[] {
  if (server.transport === "stdio") return [];
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (port === 0) return [passed("port", "The server selects a free port at every start")];
  try {
    Deno.listen({ hostname: host, port }).close();
    return [passed("port", `${address} is free`)];
  } catch (error) {
    const isTaken = error instanceof Deno.errors.AddrInUse;
    return [{
      check: "port",
      status: "problem",
      what: `The server cannot listen on ${address}`,
      why: isTaken ? "The port is in use, possibly by this server" : reasonOf(error),
      do: isTaken
        ? "Stop that program, or set PORT"
        : "Set HOST and PORT to an address of this machine",
    }];
  }
}
