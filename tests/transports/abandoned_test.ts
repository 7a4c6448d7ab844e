import assert from "node:assert/strict";
import {
  abandon,
  allGone,
  collected,
  serverArgs,
  startOn,
  times,
} from "../../bench/session_clients.ts";
import { freePort } from "../kit/ports.ts";

/** After so many a server has in place what it needs for any number. */
const FIRST = 300;
const ABANDONED = 2000;

Deno.test(
  "sessions and streams that their clients abandon leave nothing behind",
  { timeout: 60_000, ignore: Deno.build.os !== "linux" },
  async () => {
    const port = freePort();
    await using server = await startOn(port, serverArgs(port, { collecting: true, idleS: 1 }));
    await times(FIRST, () => abandon(server));
    await allGone(server);
    const before = await collected(server);
    await times(ABANDONED, () => abandon(server));
    await allGone(server);
    const after = await collected(server);
    const keptKb = (after.heapKb - before.heapKb) / ABANDONED;
    assert.ok(keptKb < 0.5, `of each, ${keptKb} KB are kept`);
    assert.ok(after.rssMb < before.rssMb * 1.15, `${before.rssMb} MB became ${after.rssMb}`);
  },
);
