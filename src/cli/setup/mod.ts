/** `setup`: what a client needs in its configuration, printed or put there. */

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

export async function setupCommand(invocation: Invocation): Promise<number> {
  const { flags } = invocation;
  const client = clientOf(flags.get("client"));
  const connection = connectionOf(invocation);
  const document = client.document(connection);
  if (document === undefined) {
    throw new UsageError(
      `${client.title} takes no servers by their URL in its file; add it under Settings > ` +
        `Connectors, or leave the URL out to have ${client.title} start the server`,
    );
  }
  const named = flags.get("file");
  const path = named ? resolve(named) : clientFile(client, readEnvironment(), Deno.build.os);
  if (flags.has("write")) {
    await write(client, document, path);
  } else {
    printLine((await textOf(client, document)).trimEnd());
    if (path !== undefined) printError(`this is for "${path}"; --write puts it there`);
  }
  for (const step of [...client.steps(connection), ...reminders(invocation, connection)]) {
    printError(step);
  }
  return 0;
}

/** @throws {UsageError} for no name, and for one that is not known */
function clientOf(name: string | undefined): Client {
  const names = Object.keys(CLIENTS);
  if (!name) {
    throw new UsageError(`The command setup needs --client=NAME: ${names.join(", ")}`);
  }
  const found = names.find((known) => letters(known) === letters(name));
  const client = found === undefined ? undefined : CLIENTS[found];
  if (client !== undefined) return client;
  const meant = names.find((known) => letters(name).startsWith(letters(known))) ??
    nearest(name, names);
  throw new UsageError(
    `Unknown client ${JSON.stringify(name)}; ${
      meant === undefined ? `there are ${names.join(", ")}` : `did you mean ${meant}?`
    }`,
  );
}

/** Of a name, however it is written. */
function letters(name: string): string {
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
      `Cannot tell where ${client.title} has its file; name it with --file, as in --write --file=FILE`,
    );
  }
  const found = readFile(path);
  const text = await merged(client, found.text ?? "", document, path);
  if (text === found.text) {
    printError(`"${path}" has it already; nothing was changed`);
    return;
  }
  const copy = replaceFile(found, text);
  printError(
    copy === undefined ? `wrote "${path}"` : `changed "${path}"; what it was is in "${copy}"`,
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

/** What holds here and perhaps not where the client starts the server. */
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
      } not part of it; give flags for what the client is to have`,
    ],
    ...envFile === undefined
      ? []
      : [`the key comes from "${resolve(envFile)}", unless the client's configuration names one`],
  ];
}
