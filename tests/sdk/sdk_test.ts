/** The official SDK does with this project what it did with OpenAI's API, in this process and over HTTP. */

import { hosted } from "./hosted.ts";
import { objects } from "./objects.ts";
import { runs } from "./runs.ts";
import { streamEnds } from "./stream_ends.ts";
import { streams } from "./streams.ts";
import { openInProcess, type OpenWorld } from "./world.ts";
import { openOverHttp } from "./world_over_http.ts";

const WORLDS: Record<string, OpenWorld> = {
  "in process": openInProcess,
  "over HTTP": openOverHttp,
};

for (const [where, open] of Object.entries(WORLDS)) {
  for (
    const [does, play] of Object.entries({
      ...objects,
      ...runs,
      ...streams,
      ...streamEnds,
      ...hosted,
    })
  ) {
    Deno.test(`SDK ${where}: ${does}`, async () => {
      await using world = await open();
      await play(world);
    });
  }
}
