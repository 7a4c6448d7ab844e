/** The kinds of values that settings take: how they are read, and what is right. */

import { isAbsolute, normalize } from "node:path";

export interface ValueType<T> {
  /** What stands for a value in the help. */
  placeholder: string;
  /** What is right, as it follows "must be". */
  right: string;
  /** Undefined for a wrong value. */
  parse(text: string): T | undefined;
}

export const text: ValueType<string> = {
  placeholder: "TEXT",
  right: "a text",
  parse: (text) => text,
};

/** What fits into an HTTP header as one word. */
export const word: ValueType<string> = {
  placeholder: "TEXT",
  right: "one word of visible ASCII characters",
  parse: (text) => isWord(text) ? text : undefined,
};

const SHORTEST_TOKEN = 16;

export const token: ValueType<string> = {
  placeholder: "TEXT",
  right:
    `one word of at least ${SHORTEST_TOKEN} visible ASCII characters, or "off" to let callers in without`,
  parse: (text) =>
    text === "off" || (isWord(text) && text.length >= SHORTEST_TOKEN) ? text : undefined,
};

export function choice<const T extends string>(...names: T[]): ValueType<T> {
  return {
    placeholder: "NAME",
    right: `one of ${names.join(", ")}`,
    parse: (text) => names.find((name) => name === text.toLowerCase()),
  };
}

const BOOLEANS = new Map([["true", true], ["1", true], ["false", false], ["0", false]]);

export const boolean: ValueType<boolean> = {
  placeholder: "true|false",
  right: "true or false",
  parse: (text) => BOOLEANS.get(text.toLowerCase()),
};

export function integer(min: number, max: number): ValueType<number> {
  return {
    placeholder: "N",
    right: `a whole number from ${min} to ${max}`,
    parse: (text) => /^\d+$/.test(text) ? within(min, max, Number(text)) : undefined,
  };
}

export function seconds(min: number, max: number): ValueType<number> {
  return {
    placeholder: "SECONDS",
    right: `a number of seconds from ${min} to ${max}`,
    parse: (text) => /^\d+(\.\d+)?$/.test(text) ? within(min, max, Number(text)) : undefined,
  };
}

/** A number of seconds, parsed into milliseconds. */
export function secondsAsMs(min: number, max: number): ValueType<number> {
  return converted(seconds(min, max), (value) => value * 1000);
}

/** A whole number of MiB, parsed into bytes. */
export function mebibytesAsBytes(min: number, max: number): ValueType<number> {
  return converted(integer(min, max), (value) => value * 1024 * 1024);
}

function converted(type: ValueType<number>, convert: (value: number) => number): ValueType<number> {
  return {
    ...type,
    parse(text) {
      const value = type.parse(text);
      return value === undefined ? undefined : convert(value);
    },
  };
}

/** Stands for the model that is built in. */
export const OFFLINE = "offline:";

export const baseUrl: ValueType<string> = {
  placeholder: "URL",
  right: `an http or https URL with no user name or password in it, or ${OFFLINE}`,
  parse(text) {
    if (text === OFFLINE) return text;
    const url = httpUrl(text);
    return url && url.username === "" && url.password === "" ? text : undefined;
  },
};

/** Models by the names that stand for them; undefined where the default model is meant. */
export const aliases: ValueType<ReadonlyMap<string, string | undefined>> = {
  placeholder: "OLD=NEW,...",
  right: "pairs such as gpt-4=gpt-6.1-terra with commas between them; a name alone stands for " +
    "DEFAULT_MODEL",
  parse(text) {
    const pairs = list(text, (item) => /^([^=\s]+)(?:=([^=\s]+))?$/.exec(item) ?? undefined);
    return pairs && new Map(pairs.map(([, name = "", model]) => [name, model]));
  },
};

export const webAddress: ValueType<string> = {
  placeholder: "URL",
  right: "an http or https URL with no user name or password in it",
  parse(text) {
    const url = httpUrl(text);
    return url && url.username === "" && url.password === "" ? url.href : undefined;
  },
};

export const webhookSecret: ValueType<string> = {
  placeholder: "TEXT",
  right: `"whsec_" and base64, or one word of at least ${SHORTEST_TOKEN} visible ASCII characters`,
  parse(text) {
    if (!isWord(text) || text.length < SHORTEST_TOKEN) return undefined;
    const encoded = /^whsec_(.*)$/.exec(text)?.[1];
    return encoded === undefined || isBase64(encoded) ? text : undefined;
  },
};

export const databaseUrl: ValueType<string> = {
  placeholder: "URL",
  right: "sqlite:PATH, as in sqlite:/var/lib/assistants.db with no ~ for the home folder, or " +
    "sqlite::memory:",
  parse: (text) => /^sqlite:(?!\/\/|~[\\/]).+/.test(text) ? text : undefined,
};

export const folder: ValueType<string> = {
  placeholder: "FOLDER",
  right: "the whole path of a folder, from the root on",
  parse: (text) => isAbsolute(text) ? normalize(text) : undefined,
};

export const folders: ValueType<string[]> = {
  placeholder: "FOLDER,...",
  right: "whole paths of folders, with commas between them or as a JSON list",
  parse: (text) => list(text, folder.parse),
};

/** Names of the project's own making; whether they exist is for others to say. */
export const names: ValueType<string[]> = {
  placeholder: "NAME,...",
  right: "names with commas between them or as a JSON list",
  parse: (text) =>
    list(text.toLowerCase(), (item) => /^[a-z0-9_-]+$/.test(item) ? item : undefined),
};

const UPSTREAM_TOOLS = ["file_search", "code_interpreter"] as const;

/** Tools that a model server runs by itself; an empty list is none. */
export const upstreamTools: ValueType<"auto" | (typeof UPSTREAM_TOOLS)[number][]> = {
  placeholder: "NAME,...",
  right: `auto, none, or ${UPSTREAM_TOOLS.join(" and ")} with commas between them`,
  parse(text) {
    const given = text.toLowerCase();
    if (given === "auto") return given;
    if (given === "none") return [];
    return list(given, (item) => UPSTREAM_TOOLS.find((name) => name === item));
  },
};

export const host: ValueType<string> = {
  placeholder: "HOST",
  right: "a host name or an IP address, without a port",
  parse: hostName,
};

export const hosts: ValueType<string[]> = {
  placeholder: "HOST,...",
  right: "host names without a port, with commas between them or as a JSON list",
  parse: (text) => list(text, hostName),
};

export const origins: ValueType<string[]> = {
  placeholder: "ORIGIN,...",
  right:
    'origins such as https://app.example.com:8443, with commas between them or as a JSON list; "*" ' +
    "would let every web page in",
  parse: (text) => list(text, origin),
};

function isWord(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function within(min: number, max: number, number: number): number | undefined {
  return number >= min && number <= max ? number : undefined;
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}

function httpUrl(text: string): URL | undefined {
  // The URL parser would mend "http:/x" and "http:x" in silence.
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  return url ?? undefined;
}

/** A name, an IPv4 address, or an IPv6 address with or without brackets; without brackets. */
function hostName(text: string): string | undefined {
  const name = text.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  const inUrl = name.includes(":") ? `[${name}]` : name;
  if (!/^[a-z0-9._:-]+$/.test(name) || !httpUrl(`http://${inUrl}/`)) return undefined;
  return name;
}

function origin(text: string): string | undefined {
  const url = text.includes("*") ? undefined : httpUrl(text);
  // Some programs write an origin with a slash at its end.
  return url && url.href === `${url.origin}/` ? url.origin : undefined;
}

function list<T>(text: string, parseItem: (item: string) => T | undefined): T[] | undefined {
  const items = text.startsWith("[") ? jsonList(text) : text.split(",");
  if (!items) return undefined;
  const parsed: T[] = [];
  for (const item of items) {
    if (typeof item !== "string") return undefined;
    if (item.trim() === "") continue;
    const value = parseItem(item.trim());
    if (value === undefined) return undefined;
    parsed.push(value);
  }
  return parsed;
}

function jsonList(text: string): unknown[] | undefined {
  try {
    const items: unknown = JSON.parse(text);
    return Array.isArray(items) ? items : undefined;
  } catch {
    return undefined;
  }
}
