/** The types of setting values: how their texts are parsed, and which texts are valid. */

import { isAbsolute, normalize } from "node:path";

/** A type of setting values. */
export interface ValueType<T> {
  /** Placeholder for the value in `--help`. */
  placeholder: string;
  /** Description of the valid values, for a sentence that begins with "it must be". */
  expected: string;
  /** Parses a value; returns undefined for an invalid one. */
  parse(text: string): T | undefined;
}

export const text: ValueType<string> = {
  placeholder: "TEXT",
  expected: "text",
  parse: (text) => text,
};

/** A value that fits into an HTTP header. */
export const word: ValueType<string> = {
  placeholder: "TEXT",
  expected: "one word of visible ASCII characters",
  parse: (text) => isWord(text) ? text : undefined,
};

const SHORTEST_TOKEN = 16;

export const token: ValueType<string> = {
  placeholder: "TEXT",
  expected:
    `one word of at least ${SHORTEST_TOKEN} visible ASCII characters, or "off" to accept callers without a token`,
  parse: (text) =>
    text === "off" || (isWord(text) && text.length >= SHORTEST_TOKEN) ? text : undefined,
};

/** One of several names, in any case. */
export function choice<const T extends string>(...names: T[]): ValueType<T> {
  return {
    placeholder: "NAME",
    expected: `one of ${names.join(", ")}`,
    parse: (text) => names.find((name) => name === text.toLowerCase()),
  };
}

const BOOLEANS = new Map([["true", true], ["1", true], ["false", false], ["0", false]]);

export const boolean: ValueType<boolean> = {
  placeholder: "true|false",
  expected: "true or false",
  parse: (text) => BOOLEANS.get(text.toLowerCase()),
};

/** A whole number within a range. */
export function integer(min: number, max: number): ValueType<number> {
  return {
    placeholder: "N",
    expected: `a whole number from ${min} to ${max}`,
    parse: (text) => /^\d+$/.test(text) ? within(min, max, Number(text)) : undefined,
  };
}

/** A number of seconds within a range. */
export function seconds(min: number, max: number): ValueType<number> {
  return {
    placeholder: "SECONDS",
    expected: `a number of seconds from ${min} to ${max}`,
    parse: (text) => /^\d+(\.\d+)?$/.test(text) ? within(min, max, Number(text)) : undefined,
  };
}

/** A number of seconds, which is parsed into milliseconds. */
export function secondsAsMs(min: number, max: number): ValueType<number> {
  return converted(seconds(min, max), (value) => value * 1000);
}

/** A whole number of MiB, which is parsed into bytes. */
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

/** The base URL that selects the built-in offline model. */
export const OFFLINE = "offline:";

export const baseUrl: ValueType<string> = {
  placeholder: "URL",
  expected: `an http or https URL with no user name or password in it, or ${OFFLINE}`,
  parse(text) {
    if (text === OFFLINE) return text;
    const url = httpUrl(text);
    return url && url.username === "" && url.password === "" ? text : undefined;
  },
};

/** A map from retired models to their replacements; undefined is the default model. */
export const aliases: ValueType<ReadonlyMap<string, string | undefined>> = {
  placeholder: "OLD=NEW,...",
  expected: "comma-separated pairs such as gpt-4=gpt-6.1-terra, or names without a replacement",
  parse(text) {
    const pairs = list(text, (item) => /^([^=\s]+)(?:=([^=\s]+))?$/.exec(item) ?? undefined);
    return pairs && new Map(pairs.map(([, name = "", model]) => [name, model]));
  },
};

export const webhookUrl: ValueType<string> = {
  placeholder: "URL",
  expected: "an http or https URL with no user name or password in it",
  parse(text) {
    const url = httpUrl(text);
    return url && url.username === "" && url.password === "" ? url.href : undefined;
  },
};

export const webhookSecret: ValueType<string> = {
  placeholder: "TEXT",
  expected:
    `"whsec_" and base64, or one word of at least ${SHORTEST_TOKEN} visible ASCII characters`,
  parse(text) {
    if (!isWord(text) || text.length < SHORTEST_TOKEN) return undefined;
    const encoded = /^whsec_(.*)$/.exec(text)?.[1];
    return encoded === undefined || isBase64(encoded) ? text : undefined;
  },
};

export const databaseUrl: ValueType<string> = {
  placeholder: "URL",
  expected: "sqlite:PATH without ~, such as sqlite:/var/lib/assistants.db, or sqlite::memory:",
  parse: (text) => /^sqlite:(?!\/\/|~[\\/]).+/.test(text) ? text : undefined,
};

export const folder: ValueType<string> = {
  placeholder: "FOLDER",
  expected: "the absolute path of a folder",
  parse: (text) => isAbsolute(text) ? normalize(text) : undefined,
};

export const folders: ValueType<string[]> = {
  placeholder: "FOLDER,...",
  expected: "absolute paths of folders, separated by commas or as a JSON list",
  parse: (text) => list(text, folder.parse),
};

/** Names of tools or toolsets, which are not checked here. */
export const names: ValueType<string[]> = {
  placeholder: "NAME,...",
  expected: "names, separated by commas or as a JSON list",
  parse: (text) =>
    list(text.toLowerCase(), (item) => /^[a-z0-9_-]+$/.test(item) ? item : undefined),
};

const UPSTREAM_TOOLS = ["file_search", "code_interpreter"] as const;

/** The hosted tools of a model server; `none` is an empty list. */
export const upstreamTools: ValueType<"auto" | (typeof UPSTREAM_TOOLS)[number][]> = {
  placeholder: "NAME,...",
  expected: `auto, none, or a comma-separated list of ${UPSTREAM_TOOLS.join(" and ")}`,
  parse(text) {
    const given = text.toLowerCase();
    if (given === "auto") return given;
    if (given === "none") return [];
    return list(given, (item) => UPSTREAM_TOOLS.find((name) => name === item));
  },
};

export const host: ValueType<string> = {
  placeholder: "HOST",
  expected: "a host name or an IP address, without a port",
  parse: hostName,
};

export const hosts: ValueType<string[]> = {
  placeholder: "HOST,...",
  expected: "host names without a port, separated by commas or as a JSON list",
  parse: (text) => list(text, hostName),
};

export const origins: ValueType<string[]> = {
  placeholder: "ORIGIN,...",
  expected:
    'origins such as https://app.example.com:8443, separated by commas or as a JSON list; "*" is ' +
    "not valid, because it would admit every web page",
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
  // URL.parse() accepts "http:/x" and "http:x", and corrects them silently.
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  return url ?? undefined;
}

/** Parses a host name or an IP address; removes the brackets of an IPv6 address. */
function hostName(text: string): string | undefined {
  const name = text.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  const inUrl = name.includes(":") ? `[${name}]` : name;
  if (!/^[a-z0-9._:-]+$/.test(name) || !httpUrl(`http://${inUrl}/`)) return undefined;
  return name;
}

function origin(text: string): string | undefined {
  const url = text.includes("*") ? undefined : httpUrl(text);
  // Some programs write an origin with a trailing slash.
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
