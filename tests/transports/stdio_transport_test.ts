import assert from "node:assert/strict";
import { StdioTransport } from "../../src/transports/stdio/transport.ts";

const decoder = new TextDecoder();

Deno.test("StdioTransport writes what is sent at whichever moment of another write", async () => {
  // How many turns after the write the second message is sent, the end of the write being one of them.
  for (let turns = 0; turns < 12; turns++) {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    let written = "";
    const transport = new StdioTransport({
      // deno-lint-ignore require-yield -- nobody writes, and the end comes last
      input: (async function* () {
        await ended;
      })(),
      write(bytes) {
        written += decoder.decode(bytes);
        if (written.includes("second")) second.resolve();
        else void sendLater(transport, turns);
        return Promise.resolve(bytes.length);
      },
    }, () => undefined);
    await transport.start();
    await transport.send({ jsonrpc: "2.0", method: "first" });
    await second.promise;
    assert.match(written, /^\{.*"first".*\}\n\{.*"second".*\}\n$/);
    const closed = new Promise<void>((resolve) => transport.onclose = resolve);
    end();
    await closed;
  }
});

async function sendLater(transport: StdioTransport, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
  await transport.send({ jsonrpc: "2.0", method: "second" });
}
