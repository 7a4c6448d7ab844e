/** `setup`: prints a client's configuration, or writes it to the client's file. */

import { resolve } from "node:path";
import { type Invocation, isSecret, readEnvironment } from "../../config/mod.ts";
import { FatalError, UsageError } from "../../shared/errors.ts";
import { nearest } from "../../shared/nearest.ts";
import { printError, printLine } from "../print.ts";
import { type Client, CLIENTS, type JsonObject } from "./clients.ts";
import { type Connection, connectionOf } from "./connection.ts";
import { clientFile } from "./client_paths.ts";
import { readFile, replaceFile } from "./replace_file.ts";
import { UneditableFileError } from "./uneditable_file.ts";

/** Runs `setup`. */
export async function setupCommand(invocation: Invocation): Promise<number> {
  const { flags } = invocation;
  const client = clientOf(flags.get("client"));
  const connection = connectionOf(invocation);
  const document = client.document(connection);
  if (document === undefined) {
    throw new UsageError(
      `The file of ${client.title} does not support servers by URL; add the URL under Settings > ` +
        `Connectors, or omit it so that ${client.title} starts the server`,
    );
  }
  const file = flags.get("file");
  const path = file ? resolve(file) : clientFile(client, readEnvironment(), Deno.build.os);
  if (flags.has("write")) {
    await write(client, document, path);
  } else {
    printLine((await textOf(client, document)).trimEnd());
    if (path !== undefined) printError(`this belongs in "${path}"; --write adds it`);
  }
  for (const step of [...client.steps(connection), ...reminders(invocation, connection)]) {
    printError(step);
  }
  return 0;
}

/** @throws {UsageError} for a missing or unknown name */
function clientOf(name: string | undefined): Client {
  const names = Object.keys(CLIENTS);
  if (!name) {
    throw new UsageError(`The command setup needs --client=NAME: ${names.join(", ")}`);
  }
  const found = names.find((known) => normalized(known) === normalized(name));
  const client = found === undefined ? undefined : CLIENTS[found];
  if (client !== undefined) return client;
  const similar = names.find((known) => normalized(name).startsWith(normalized(known))) ??
    nearest(name, names);
  throw new UsageError(
    `Unknown client ${JSON.stringify(name)}; ${
      similar === undefined ? `the clients are ${names.join(", ")}` : `did you mean ${similar}?`
    }`,
  );
}

/** Returns a name without case and punctuation. */
function normalized(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

async function textOf({ format }: Client, document: JsonObject): Promise<string> {
  if (format === "json") return JSON.stringify(document, null, 2);
  return (await import("./merge_toml.ts")).tomlOf(document);
}

async function write(
  client: Client,
  document: JsonObject,
  path: string | undefined,
): Promise<void> {
  if (path === undefined) {
    throw new UsageError(
      `The file of ${client.title} has no default location; name it, as in --write --file=FILE`,
    );
  }
  const existing = readFile(path);
  const text = await merged(client, existing.text ?? "", document, path);
  if (text === existing.text) {
    printError(`"${path}" is up to date; nothing was changed`);
    return;
  }
  const copy = replaceFile(existing, text);
  printError(
    copy === undefined ? `wrote "${path}"` : `changed "${path}"; the old file is "${copy}"`,
  );
}

async function merged(
  { format }: Client,
  text: string,
  document: JsonObject,
  path: string,
): Promise<string> {
  try {
    return format === "json"
      ? (await import("./merge_json.ts")).mergeJson(text, document)
      : (await import("./merge_toml.ts")).mergeToml(text, document);
  } catch (error) {
    if (!(error instanceof UneditableFileError)) throw error;
    throw new FatalError(`Cannot change "${path}": ${error.message}; nothing was changed`, {
      cause: error,
    });
  }
}

/** Returns notes about settings that the server will not have when the client starts it. */
function reminders({ origin }: Invocation, { kind }: Connection): string[] {
  if (kind === "http") return [];
  const names = [...origin.given].filter(([name, { source }]) =>
    source === "environment" && !isSecret(name)
  ).map(([name]) => name);
  const { envFile } = origin;
  return [
    ...names.length === 0 ? [] : [
      `${names.join(", ")} of this environment ${
        names.length === 1 ? "is" : "are"
      } not included; use flags for settings that the client needs`,
    ],
    ...envFile === undefined
      ? []
      : [`the server reads the key from "${resolve(envFile)}", unless the client sets one`],
  ];
}
