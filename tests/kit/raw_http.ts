/** HTTP by hand, for what `fetch` does not let a test decide. */

import assert from "node:assert/strict";

export interface RawRequest extends Disposable {
  /** Sends the headers, with the body or alone. */
  send(text: string): Promise<void>;
  /** All that came, as soon as this is part of it. */
  readUntil(part: string): Promise<string>;
  /** All that comes till the server closes. */
  readAll(): Promise<string>;
  /** Goes away. */
  [Symbol.dispose](): void;
}

export async function openRaw(url: string): Promise<RawRequest> {
  const { hostname, port } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(16 * 1024);
  let come = "";

  /** Whether more came. */
  async function read(): Promise<boolean> {
    const length = await connection.read(buffer);
    if (length === null) return false;
    come += decoder.decode(buffer.subarray(0, length), { stream: true });
    return true;
  }

  return {
    async send(text) {
      const bytes = encoder.encode(text);
      for (let sent = 0; sent < bytes.length;) {
        sent += await connection.write(bytes.subarray(sent));
      }
    },
    async readUntil(part) {
      while (!come.includes(part)) {
        assert.ok(await read(), `the connection ended after ${JSON.stringify(come)}`);
      }
      return come;
    },
    async readAll() {
      while (await read());
      return come;
    },
    [Symbol.dispose]: () => connection.close(),
  };
}

/** The head of a request to `url`, with Host and these headers and no others. */
export function requestHead(
  method: string,
  url: string,
  headers: Record<string, string | number>,
): string {
  const { host, pathname, search } = new URL(url);
  const lines = Object.entries({ host, ...headers }).map(([name, value]) =>
    `${name}: ${value}\r\n`
  );
  return `${method} ${pathname}${search} HTTP/1.1\r\n${lines.join("")}\r\n`;
}
