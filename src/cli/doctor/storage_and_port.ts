/** Where the server keeps things and listens: the database, folders, the port. */

import { dirname, join, resolve } from "node:path";
import type { Config } from "../../config/mod.ts";
import { FatalError } from "../../shared/errors.ts";
import { inspectDatabase } from "../../store/sqlite/inspect.ts";
import { type CheckResult, passed, reasonOf } from "./check_result.ts";

export function checkStore({ store }: Config): CheckResult[] {
  const check = "store";
  const path = store.url.slice("sqlite:".length);
  if (path === ":memory:") {
    return [{
      check,
      status: "warning",
      what: "The database is in memory",
      why: "Everything is forgotten when the server ends",
      do: "Set DATABASE_URL to sqlite:PATH to keep it",
    }];
  }
  try {
    const state = inspectDatabase(store.url);
    return state === undefined ? [newStore(path)] : [passed(
      check,
      `The database "${path}" can be written: schema ${state.schema}, ${sizeOf(state.bytes)}`,
    )];
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    return [{ check, status: "problem", what: error.message }];
  }
}

function newStore(path: string): CheckResult {
  const reason = whyNotWritable(dirname(resolve(path)));
  if (reason === undefined) {
    return passed("store", `The database "${path}" is made at the first start`);
  }
  return {
    check: "store",
    status: "problem",
    what: `The database "${path}" cannot be made`,
    why: reason,
    do: "Give this user the right to write there, or set DATABASE_URL to sqlite:PATH",
  };
}

export function checkFolders({ folders: { images, readable }, server }: Config): CheckResult[] {
  return [
    ...images === undefined ? [] : [imageFolder(images)],
    ...readable.length > 0 && server.transport !== "stdio"
      ? [ofStdioOnly()]
      : readable.map(fileFolder),
  ];
}

function imageFolder(path: string): CheckResult {
  const reason = whyNotWritable(path);
  if (reason === undefined) return passed("folders", `Images are written to "${path}"`);
  return {
    check: "folders",
    status: "problem",
    what: `Images cannot be written to "${path}"`,
    why: reason,
    do: "Give this user the right to write there, or set IMAGE_OUTPUT_DIR to another folder",
  };
}

function ofStdioOnly(): CheckResult {
  return {
    check: "folders",
    status: "warning",
    what: "FILE_DIRS has no effect",
    why: "Over HTTP no paths are read",
    do: "Leave it out, or serve over standard input and output",
  };
}

function fileFolder(path: string): CheckResult {
  const problem = (why: string): CheckResult => ({
    check: "folders",
    status: "problem",
    what: `Files cannot be read from "${path}"`,
    why,
    do: "Make the folder, or take it out of FILE_DIRS",
  });
  try {
    Deno.readDirSync(path)[Symbol.iterator]().next();
    return passed("folders", `Files may be read from "${path}"`);
  } catch (error) {
    return problem(error instanceof Deno.errors.NotFound ? "It does not exist" : reasonOf(error));
  }
}

/** Why no file can be made in a folder, or in the nearest one above that exists; undefined where one can. */
function whyNotWritable(folder: string): string | undefined {
  let at = folder;
  while (!exists(at) && dirname(at) !== at) at = dirname(at);
  const probe = join(at, `.assistants-mcp.${crypto.randomUUID().slice(0, 8)}.part`);
  try {
    Deno.openSync(probe, { write: true, createNew: true, mode: 0o600 }).close();
    Deno.removeSync(probe);
    return undefined;
  } catch (error) {
    // The permission to make a folder says nothing of the one above it.
    const isGranted = at !== folder && error instanceof Deno.errors.NotCapable &&
      Deno.permissions.querySync({ name: "write", path: folder }).state === "granted";
    return isGranted ? undefined : `"${at}": ${reasonOf(error)}`;
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

export function checkPort({ server, http: { host, port } }: Config): CheckResult[] {
  if (server.transport === "stdio") return [];
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (port === 0) return [passed("port", "A free port is taken at each start")];
  try {
    Deno.listen({ hostname: host, port }).close();
    return [passed("port", `${address} is free`)];
  } catch (error) {
    const isTaken = error instanceof Deno.errors.AddrInUse;
    return [{
      check: "port",
      status: "problem",
      what: `The server cannot listen on ${address}`,
      why: isTaken ? "A program listens there, perhaps this server itself" : reasonOf(error),
      do: isTaken ? "Stop it, or set PORT" : "Set HOST and PORT to an address of this machine",
    }];
  }
}
