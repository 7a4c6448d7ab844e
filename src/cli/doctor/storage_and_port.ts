/** Where the server keeps things and listens: the database, folders, the port. */

import { dirname, join, resolve } from "node:path";
import type { Config } from "../../config/mod.ts";
import { FatalError } from "../../shared/errors.ts";
import { inspectDatabase } from "../../store/sqlite/inspect.ts";
import { type Finding, fine, reasonOf } from "./finding.ts";

export function storeFindings({ store }: Config): Finding[] {
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
    return state === undefined ? [newStore(path)] : [fine(
      check,
      `The database "${path}" can be written: schema ${state.schema}, ${sizeOf(state.bytes)}`,
    )];
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    return [{ check, status: "problem", what: error.message }];
  }
}

function newStore(path: string): Finding {
  const reason = whyNotWritable(dirname(resolve(path)));
  if (reason === undefined) {
    return fine("store", `The database "${path}" is made at the first start`);
  }
  return {
    check: "store",
    status: "problem",
    what: `The database "${path}" cannot be made`,
    why: reason,
    do: "Give this user the right to write there, or set DATABASE_URL to sqlite:PATH",
  };
}

export function folderFindings({ folders: { images, readable }, server }: Config): Finding[] {
  return [
    ...images === undefined ? [] : [imageFolder(images)],
    ...readable.length > 0 && server.transport !== "stdio"
      ? [ofStdioOnly()]
      : readable.map(fileFolder),
  ];
}

function imageFolder(path: string): Finding {
  const reason = whyNotWritable(path);
  if (reason === undefined) return fine("folders", `Images are written to "${path}"`);
  return {
    check: "folders",
    status: "problem",
    what: `Images cannot be written to "${path}"`,
    why: reason,
    do: "Give this user the right to write there, or set IMAGE_OUTPUT_DIR to another folder",
  };
}

function ofStdioOnly(): Finding {
  return {
    check: "folders",
    status: "warning",
    what: "FILE_DIRS has no effect",
    why: "Over HTTP no paths are read",
    do: "Leave it out, or serve over standard input and output",
  };
}

function fileFolder(path: string): Finding {
  const problem = (why: string): Finding => ({
    check: "folders",
    status: "problem",
    what: `Files cannot be read from "${path}"`,
    why,
    do: "Make the folder, or take it out of FILE_DIRS",
  });
  try {
    Deno.readDirSync(path)[Symbol.iterator]().next();
    return fine("folders", `Files may be read from "${path}"`);
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

export function portFindings({ server, http: { host, port } }: Config): Finding[] {
  if (server.transport === "stdio") return [];
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (port === 0) return [fine("port", "A free port is taken at each start")];
  try {
    Deno.listen({ hostname: host, port }).close();
    return [fine("port", `${address} is free`)];
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
