import assert from "node:assert/strict";
import { ephemeralDataWarning } from "../../src/cli/serve/_ephemeral_data_warning.ts";

/** A folder at the root, and one on another device, as every Linux has them. */
const linux = Deno.build.os === "linux";

Deno.test({
  name: "ephemeralDataWarning() names a folder at the root on which nothing is mounted",
  ignore: !linux,
  fn() {
    assert.equal(
      ephemeralDataWarning("/etc/assistants-mcp", "/"),
      "nothing is mounted at /etc: what is kept there is gone with the container; " +
        "run it with a volume, as in -v assistants:/etc",
    );
  },
});

Deno.test({
  name:
    "ephemeralDataWarning() says nothing of a folder that is mounted, of a user's own, and of none",
  ignore: !linux,
  fn() {
    assert.equal(ephemeralDataWarning("/proc/assistants-mcp", "/"), undefined);
    assert.equal(ephemeralDataWarning("/home/x/.local/share/assistants-mcp", "/"), undefined);
    assert.equal(ephemeralDataWarning("/missing-folder/assistants-mcp", "/"), undefined);
    assert.equal(ephemeralDataWarning("/etc/assistants-mcp", undefined), undefined);
    assert.equal(ephemeralDataWarning(undefined, "/"), undefined);
  },
});
