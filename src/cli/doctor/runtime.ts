/** Deno itself, and what it lets this program do. */

import { dirname, resolve } from "node:path";
import { type Config, ENVIRONMENT_NAMES, type Invocation } from "../../config/mod.ts";
import { upstreamAt } from "../../credentials/tenants.ts";
import { type CheckResult, passed } from "./check_result.ts";

/** What the project is made and tested with. */
export const TESTED_DENO = "2.9.6";

export function checkRuntime(): CheckResult[] {
  const { deno } = Deno.version;
  const what = `Deno ${deno} on ${Deno.build.os} ${Deno.build.arch}${
    Deno.build.standalone ? ", in one binary with the program" : ""
  }`;
  if (deno.localeCompare(TESTED_DENO, "en", { numeric: true }) >= 0) return [passed("deno", what)];
  return [{
    check: "deno",
    status: "warning",
    what,
    why: `It is older than ${TESTED_DENO}, with which this program is made and tested`,
    do: "Update it, as in deno upgrade",
  }];
}

/** A permission that serving needs, and the flag that grants it. */
interface Need {
  descriptor: Deno.PermissionDescriptor;
  flag: "allow-env" | "allow-net" | "allow-read" | "allow-write";
  /** What the flag names. */
  value: string;
}

export async function checkPermissions(invocation: Invocation): Promise<CheckResult[]> {
  const states = await Promise.all(
    needsOf(invocation).map(async (need) => ({
      ...need,
      granted: (await Deno.permissions.query(need.descriptor)).state === "granted",
    })),
  );
  const missing = Map.groupBy(states.filter(({ granted }) => !granted), ({ flag }) => flag);
  const results = [...missing].map(([flag, needs]): CheckResult => ({
    check: "permissions",
    status: "problem",
    what: `Deno does not grant ${flag.slice("allow-".length)}: ${valuesOf(needs).join(", ")}`,
    why: flag === "allow-env"
      ? "A variable that may not be read counts as not set"
      : "What needs it fails",
    do: Deno.build.standalone
      ? "The permissions of a binary are fixed when it is made: use one that was made with it"
      : `Add --${flag}=${valuesOf(needs).join(",")} before the program`,
  }));
  const surplus = await checkSurplus();
  return [
    ...results.length === 0
      ? [passed("permissions", "Deno grants all that serving needs")]
      : results,
    ...surplus === undefined ? [] : [surplus],
  ];
}

function needsOf({ config, origin }: Invocation): Need[] {
  const folders = writtenFolders(config);
  const read = [
    ...folders,
    ...config.folders.readable,
    ...origin.envFile === undefined ? [] : [resolve(origin.envFile)],
  ];
  return [
    ...ENVIRONMENT_NAMES.map((variable): Need => ({
      descriptor: { name: "env", variable },
      flag: "allow-env",
      value: variable,
    })),
    ...hosts(config).map((host): Need => ({
      descriptor: { name: "net", host },
      flag: "allow-net",
      value: host,
    })),
    ...read.map((path): Need => ({
      descriptor: { name: "read", path },
      flag: "allow-read",
      value: path,
    })),
    ...folders.map((path): Need => ({
      descriptor: { name: "write", path },
      flag: "allow-write",
      value: path,
    })),
  ];
}

function writtenFolders({ store, folders }: Config): string[] {
  const database = store.url.slice("sqlite:".length);
  return [
    ...database === ":memory:" ? [] : [dirname(resolve(database))],
    ...folders.images === undefined ? [] : [folders.images],
  ];
}

/** Whom the server calls, and where it listens. */
function hosts({ upstream, webhooks, server, http }: Config): string[] {
  const { offline, baseURL } = upstreamAt(upstream.baseUrl);
  const host = http.host.includes(":") ? `[${http.host}]` : http.host;
  return [
    ...offline ? [] : [hostOf(baseURL)],
    ...webhooks.url === undefined ? [] : [hostOf(webhooks.url)],
    ...server.transport === "stdio" ? [] : [`${host}:${http.port}`],
  ];
}

function hostOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}

function valuesOf(needs: readonly Need[]): string[] {
  return [...new Set(needs.map(({ value }) => value))];
}

async function checkSurplus(): Promise<CheckResult | undefined> {
  const names = ["run", "ffi", "sys"] as const;
  const states = await Promise.all(names.map((name) => Deno.permissions.query({ name })));
  const granted = names.filter((_, index) => states[index]?.state === "granted");
  if (granted.length === 0) return undefined;
  return {
    check: "permissions",
    status: "warning",
    what: `Deno grants more than serving needs: ${granted.join(", ")}`,
    why: "A fault in the program could then do more harm",
    do: "Name what it needs instead of -A, as -P=serve does in a clone of the project",
  };
}
