/** Checks of Deno: its version and the permissions of this program. */

import { dirname, resolve } from "node:path";
import { type Config, ENVIRONMENT_NAMES, type Invocation } from "../../config/mod.ts";
import { upstreamAt } from "../../credentials/tenants.ts";
import { type CheckResult, passed } from "./check_result.ts";

/** The version of Deno that the project is tested with. */
export const TESTED_DENO = "2.9.6";

/** Checks the version of Deno. */
export function checkRuntime(): CheckResult[] {
  const { deno } = Deno.version;
  const what = `Deno ${deno} on ${Deno.build.os} ${Deno.build.arch}${
    Deno.build.standalone ? ", compiled into the program" : ""
  }`;
  if (deno.localeCompare(TESTED_DENO, "en", { numeric: true }) >= 0) return [passed("deno", what)];
  return [{
    check: "deno",
    status: "warning",
    what,
    why: `It is older than ${TESTED_DENO}, with which this program is tested`,
    do: "Update it, for example with deno upgrade",
  }];
}

/** A permission that the server requires, and the flag that grants it. */
interface Requirement {
  descriptor: Deno.PermissionDescriptor;
  flag: "allow-env" | "allow-net" | "allow-read" | "allow-write";
  /** Value of the flag. */
  value: string;
}

/** Checks the permissions: the missing ones, and those that the server does not need. */
export async function checkPermissions(invocation: Invocation): Promise<CheckResult[]> {
  const states = await Promise.all(
    requirementsOf(invocation).map(async (requirement) => ({
      ...requirement,
      granted: (await Deno.permissions.query(requirement.descriptor)).state === "granted",
    })),
  );
  const missing = Map.groupBy(states.filter(({ granted }) => !granted), ({ flag }) => flag);
  const results = [...missing].map(([flag, requirements]): CheckResult => ({
    check: "permissions",
    status: "problem",
    what: `Deno does not grant ${flag.slice("allow-".length)}: ${
      valuesOf(requirements).join(", ")
    }`,
    why: flag === "allow-env"
      ? "A variable without permission is treated as unset"
      : "Operations that need it fail",
    do: Deno.build.standalone
      ? "The permissions of a binary are fixed at compile time: use a binary with this permission"
      : `Add --${flag}=${valuesOf(requirements).join(",")} before the program`,
  }));
  const surplus = await checkSurplus();
  return [
    ...results.length === 0
      ? [passed("permissions", "Deno grants all permissions that the server requires")]
      : results,
    ...surplus === undefined ? [] : [surplus],
  ];
}

function requirementsOf({ config, origin }: Invocation): Requirement[] {
  const folders = writtenFolders(config);
  const read = [
    ...folders,
    ...config.folders.readable,
    ...origin.envFile === undefined ? [] : [resolve(origin.envFile)],
  ];
  return [
    ...ENVIRONMENT_NAMES.map((variable): Requirement => ({
      descriptor: { name: "env", variable },
      flag: "allow-env",
      value: variable,
    })),
    ...hosts(config).map((host): Requirement => ({
      descriptor: { name: "net", host },
      flag: "allow-net",
      value: host,
    })),
    ...read.map((path): Requirement => ({
      descriptor: { name: "read", path },
      flag: "allow-read",
      value: path,
    })),
    ...folders.map((path): Requirement => ({
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

/** Returns the hosts that the server connects to or listens on. */
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

function valuesOf(requirements: readonly Requirement[]): string[] {
  return [...new Set(requirements.map(({ value }) => value))];
}

async function checkSurplus(): Promise<CheckResult | undefined> {
  const names = ["run", "ffi", "sys"] as const;
  const states = await Promise.all(names.map((name) => Deno.permissions.query({ name })));
  const granted = names.filter((_, index) => states[index]?.state === "granted");
  if (granted.length === 0) return undefined;
  return {
    check: "permissions",
    status: "warning",
    what: `Deno grants more than the server requires: ${granted.join(", ")}`,
    why: "A bug or an attack could cause more damage",
    do: "Replace -A with the required permissions, as -P=serve does in a clone of the project",
  };
}
