import { openStore } from "../../src/store/mod.ts";
import { type Opener, testStore } from "./_suite.ts";

testStore("SqliteStore in memory", () => ({
  open: () => openStore("sqlite::memory:"),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}));

testStore("SqliteStore in a file", (): Opener => {
  const folder = Deno.makeTempDirSync();
  return {
    open: () => openStore(`sqlite:${folder}/assistants.db`),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
});
