/** A JSON-RPC client over a child's standard streams that costs as little as it can. */

export class StdioClient {
  readonly child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<number, (line: string) => void>();
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

  /** Resolves to the line of the answer. */
  async request(method: string, params: unknown = {}): Promise<string> {
    const id = this.#nextId++;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#waiting.set(id, resolve);
    await this.#send({ jsonrpc: "2.0", id, method, params });
    return await promise;
  }

  async initialize(): Promise<void> {
    await this.request("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "bench", version: "1" },
    });
    await this.#send({ jsonrpc: "2.0", method: "notifications/initialized" });
  }

  /** The structured result of a tool call. */
  async call(name: string, args: unknown): Promise<Record<string, unknown>> {
    const line = await this.request("tools/call", { name, arguments: args });
    const { result, error } = JSON.parse(line);
    if (error || result.isError) throw new Error(`${name} failed: ${line}`);
    return result.structuredContent;
  }

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
        // Answers carry their id at either end; reading it is cheaper than parsing the line.
        const id = Number(/"id":(\d+)[^{}]*$/.exec(line)?.[1] ?? /"id":(\d+)/.exec(line)?.[1]);
        this.#waiting.get(id)?.(line);
        this.#waiting.delete(id);
      }
    }
  }
}
