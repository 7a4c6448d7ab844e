/** What a resource is: a text that is always there, or a template over the caller's objects. */

import type OpenAI from "openai";

/** A text that ships with the server. */
export interface Resource {
  uri: string;
  name: string;
  title: string;
  description: string;
  mimeType: string;
  text: string;
}

/** What reading and completing get beside the variables. */
export interface ResourceContext {
  /** The client of the caller's credential. */
  openai: OpenAI;
  /** Aborted when the caller cancels or goes away. */
  signal: AbortSignal;
}

/** The variables of a template, by name. */
export type Variables = Readonly<Record<string, string>>;

/** What a resource holds: a text, or bytes. */
export interface Contents {
  mimeType: string;
  data: string | Uint8Array<ArrayBuffer>;
}

export interface ResourceTemplate {
  /** Of the form `scheme://fixed/{variable}`; a variable is one segment of the path. */
  uriTemplate: string;
  name: string;
  title: string;
  description: string;
  mimeType: string;
  /** @throws {ApiError} when the object cannot be had */
  read(variables: Variables, context: ResourceContext): Promise<Contents>;
}

/** The variables of a URI that a template covers; undefined for any other. */
export function variablesOf({ uriTemplate }: ResourceTemplate, uri: string): Variables | undefined {
  const names = [...uriTemplate.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const pattern = uriTemplate.split(/\{\w+\}/).map(escape).join("([^/?#]+)");
  const values = new RegExp(`^${pattern}$`).exec(uri)?.slice(1);
  if (values === undefined) return undefined;
  try {
    return Object.fromEntries(
      names.map((name, index) => [name, decodeURIComponent(values[index] ?? "")]),
    );
  } catch {
    // A broken escape is part of no ID.
    return undefined;
  }
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
