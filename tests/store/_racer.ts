/**
 * A process that opens the store named by its first argument, waits for a line, and then starts
 * runs on the threads 0, 1, 2, … at once with its rivals. It prints which it got, as JSON.
 */

import { openStore, ThreadBusyError } from "../../src/store/mod.ts";
import { anAssistant, aRun } from "./_objects.ts";

const [databaseUrl = "", name, threads] = Deno.args;
await Deno.stdout.write(new TextEncoder().encode("ready\n"));
await Deno.stdin.read(new Uint8Array(8));

const store = openStore(databaseUrl);
const won: string[] = [];
for (let index = 0; index < Number(threads); index++) {
  const id = `thread_${index}`;
  const run = aRun(`run_${name}_${index}`, id);
  try {
    await store.forTenant("us").addToThread(id, { messages: [], run }, 0, () => ({}));
    won.push(id);
  } catch (error) {
    if (!(error instanceof ThreadBusyError)) throw error;
  }
}
const assistant = await store.forTenant("us").insertAssistant(anAssistant(`asst_${name}`), "key");
await store.close();
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify([won, assistant.id])));
