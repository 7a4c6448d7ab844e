/** A minimal JSON-RPC client over the standard streams of a child process. */

/** A client with its child process. */
export class StdioClient {
  readonly child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #pending = new Map<number, (line: string) => void>();
  readonly #encoder = new TextEncoder();
  #nextId = 1;

  constructor(args: string[], env: Record<string, string> = {}) {
    this.child = new Deno.Command(Deno.execPath(), {
      args,
      env,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.child.stdin.getWriter();
    void this.#read();
  }

  /** Sends a request and returns the line of its response. */
  async request(method: string, params: unknown = {}): Promise<string> {
    const id = this.#nextId++;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#pending.set(id, resolve);
    await this.#send({ jsonrpc: "2.0", id, method, params });
    return await promise;
  }

  /** Opens an MCP session. */
  async initialize(): Promise<void> {
    await this.request("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "bench", version: "1" },
    });
    await this.#send({ jsonrpc: "2.0", method: "notifications/initialized" });
  }

  /** Calls a tool and returns its structured result. */
  async call(name: string, args: unknown): Promise<Record<string, unknown>> {
    const line = await this.request("tools/call", { name, arguments: args });
    const { result, error } = JSON.parse(line);
    if (error || result.isError) throw new Error(`${name} failed: ${line}`);
    return result.structuredContent;
  }

  /** Ends the input, and waits for the child to exit. */
  async close(): Promise<void> {
    await this.#writer.close();
    await this.child.status;
  }

  async #send(message: unknown): Promise<void> {
    await this.#writer.write(this.#encoder.encode(`${JSON.stringify(message)}\n`));
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        // The id is at the beginning or the end; finding it is cheaper than parsing the line.
        const id = Number(/"id":(\d+)[^{}]*$/.exec(line)?.[1] ?? /"id":(\d+)/.exec(line)?.[1]);
        this.#pending.get(id)?.(line);
        this.#pending.delete(id);
      }
    }
  }
}
