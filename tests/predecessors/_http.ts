/** The real server over HTTP, set up as its users do: by variables from the shell, or from a file. */

import { upstreamSettings } from "../kit/every_client.ts";
import { type HttpProcess, startListening, tempFolder } from "../kit/process.ts";
import { type ResponsesServer, startResponsesServer } from "../fakes/responses_server.ts";

export interface StartedHttp extends AsyncDisposable {
  server: HttpProcess;
  upstream: ResponsesServer;
  folder: string;
  /** `http://HOST:PORT`, at an address that can be asked for. */
  origin: string;
}

/** Ways to set variables. */
export const SOURCES = ["shell", "env file"] as const;

export interface StartOptions {
  source?: (typeof SOURCES)[number];
  acceptsKey?: (key: string) => boolean;
}

/** A server with these variables beside those of its upstream and its database. */
export async function startWith(
  env: Record<string, string>,
  { source = "shell", acceptsKey }: StartOptions = {},
): Promise<StartedHttp> {
  const folder = await tempFolder();
  const upstream = startResponsesServer({ acceptsKey });
  const own = upstreamSettings(folder, upstream);
  const server = source === "shell"
    ? await startListening({ ...own, ...env })
    : await startListening(without(own, env), [await envFile(folder, env)]);
  return {
    server,
    upstream,
    folder: folder.path,
    origin: new URL(server.url.replace("//0.0.0.0", "//127.0.0.1")).origin,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await upstream.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The shell's variables without those of the file, over which they would win. */
function without(
  shell: Record<string, string>,
  file: Record<string, string>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(shell).filter(([name]) => !(name in file)));
}

/** The flag for a file with these variables. */
export async function envFile(
  { path }: { path: string },
  env: Record<string, string>,
): Promise<string> {
  const lines = Object.entries(env).map(([name, value]) => `${name}='${value}'\n`);
  await Deno.writeTextFile(`${path}/settings.env`, lines.join(""));
  return `--env-file=${path}/settings.env`;
}
