/** What a resource is: a text that ships with the server, or a template for the caller's objects. */

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

/** What reading and completion receive in addition to the variables. */
export interface ResourceContext {
  /** An API client with the caller's credential. */
  openai: OpenAI;
  /** Aborted when the caller cancels or disconnects. */
  signal: AbortSignal;
}

/** The variables of a template, by name. */
export type Variables = Readonly<Record<string, string>>;

/** The content of a resource: text, or bytes. */
export interface ResourceContent {
  mimeType: string;
  data: string | Uint8Array<ArrayBuffer>;
}

/** A template for the URIs of objects, and how to read them. */
export interface ResourceTemplate {
  /** Of the form `scheme://fixed/{variable}`; a variable matches one segment of the path. */
  uriTemplate: string;
  name: string;
  title: string;
  description: string;
  mimeType: string;
  /** @throws {ApiError} if the object cannot be read */
  read(variables: Variables, context: ResourceContext): Promise<ResourceContent>;
}

/** Returns the variables of a URI; undefined if the template does not match it. */
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
    // No ID contains an invalid escape.
    return undefined;
  }
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
