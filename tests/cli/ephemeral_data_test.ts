import assert from "node:assert/strict";
import { ephemeralDataWarning } from "../../src/cli/serve/_ephemeral_data_warning.ts";

/** Linux has /etc on the root device and /proc on another one. */
const linux = Deno.build.os === "linux";

Deno.test({
  name: "ephemeralDataWarning() warns about a top-level folder without a mount",
  ignore: !linux,
  fn() {
    assert.equal(
      ephemeralDataWarning("/etc/assistants-mcp", "/"),
      "nothing is mounted at /etc: the data is lost when the container is removed; " +
        "mount a volume, for example with -v assistants:/etc",
    );
  },
});

Deno.test({
  name: "ephemeralDataWarning() accepts a mounted folder, a user's folder and no folder",
  ignore: !linux,
  fn() {
    assert.equal(ephemeralDataWarning("/proc/assistants-mcp", "/"), undefined);
    assert.equal(ephemeralDataWarning("/home/x/.local/share/assistants-mcp", "/"), undefined);
    assert.equal(ephemeralDataWarning("/missing-folder/assistants-mcp", "/"), undefined);
    assert.equal(ephemeralDataWarning("/etc/assistants-mcp", undefined), undefined);
    assert.equal(ephemeralDataWarning(undefined, "/"), undefined);
  },
});
