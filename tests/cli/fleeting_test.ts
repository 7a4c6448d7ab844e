import assert from "node:assert/strict";
import { fleetingWarning } from "../../src/cli/fleeting.ts";

/** A folder at the root, and one on another device, as every Linux has them. */
const linux = Deno.build.os === "linux";

Deno.test({
  name: "fleetingWarning() names a folder at the root on which nothing is mounted",
  ignore: !linux,
  fn() {
    assert.equal(
      fleetingWarning("/etc/assistants-mcp", "/"),
      "nothing is mounted at /etc: what is kept there is gone with the container; " +
        "run it with a volume, as in -v assistants:/etc",
    );
  },
});

Deno.test({
  name: "fleetingWarning() says nothing of a folder that is mounted, of a user's own, and of none",
  ignore: !linux,
  fn() {
    assert.equal(fleetingWarning("/proc/assistants-mcp", "/"), undefined);
    assert.equal(fleetingWarning("/home/x/.local/share/assistants-mcp", "/"), undefined);
    assert.equal(fleetingWarning("/missing-folder/assistants-mcp", "/"), undefined);
    assert.equal(fleetingWarning("/etc/assistants-mcp", undefined), undefined);
    assert.equal(fleetingWarning(undefined, "/"), undefined);
  },
});
