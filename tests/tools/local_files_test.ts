import assert from "node:assert/strict";
import { readLocalFile, writeNewFile } from "../../src/tools/files/local_files.ts";
import { tempFolder } from "../kit/process.ts";

const TEXT = new TextEncoder().encode("It rains.");

interface World extends AsyncDisposable {
  /** The readable folder. */
  inside: string;
  outside: string;
  read(path: string, maxBytes?: number): Promise<string>;
  refused(path: string, refusal: object): Promise<void>;
}

async function world(): Promise<World> {
  const folder = await tempFolder();
  const [inside, outside] = [`${folder.path}/inside`, `${folder.path}/outside`];
  for (const path of [inside, outside, `${inside}/deep`, `${inside}er`]) await Deno.mkdir(path);
  for (const path of [inside, outside, `${inside}/deep`, `${inside}er`]) {
    await Deno.writeFile(`${path}/a.txt`, TEXT);
  }
  const read = async (path: string, maxBytes = 100) => {
    const content = await readLocalFile(path, { readable: [inside], param: "path", maxBytes });
    return new TextDecoder().decode(content);
  };
  return {
    inside,
    outside,
    read,
    refused: (path, refusal) => assert.rejects(read(path), { name: "ApiError", ...refusal }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const NOT_ALLOWED = { status: 403, code: "path_not_allowed", param: "path", message: /FILE_DIRS/ };

Deno.test("readLocalFile() reads below the folders, at any depth", async () => {
  await using at = await world();
  assert.equal(await at.read(`${at.inside}/a.txt`), "It rains.");
  assert.equal(await at.read(`${at.inside}/deep/a.txt`), "It rains.");
  assert.equal(await at.read(`${at.inside}/deep/../a.txt`), "It rains.");
});

Deno.test("readLocalFile() rejects paths outside, whether they exist or not", async () => {
  await using at = await world();
  const paths = [
    `${at.outside}/a.txt`,
    `${at.outside}/none.txt`,
    `${at.inside}/../outside/a.txt`,
    `${at.inside}er/a.txt`,
    at.inside,
    "/etc/passwd",
    "/none/at/all",
    "/dev/zero",
  ];
  for (const path of paths) await at.refused(path, NOT_ALLOWED);
});

Deno.test("readLocalFile() follows links, and rejects those that lead outside", async () => {
  await using at = await world();
  await Deno.symlink(`${at.inside}/deep`, `${at.inside}/in`);
  await Deno.symlink(at.outside, `${at.inside}/out`);
  await Deno.symlink(`${at.outside}/a.txt`, `${at.inside}/out.txt`);
  await Deno.symlink(`${at.inside}/out`, `${at.inside}/twice`);
  assert.equal(await at.read(`${at.inside}/in/a.txt`), "It rains.");
  for (const name of ["out/a.txt", "out/none.txt", "out.txt", "twice/a.txt"]) {
    await at.refused(`${at.inside}/${name}`, NOT_ALLOWED);
  }
});

Deno.test("readLocalFile() reads below a folder that is itself a link", async () => {
  await using at = await world();
  const link = `${at.outside}/link`;
  await Deno.symlink(at.inside, link);
  const reading = { readable: [link], param: "path", maxBytes: 100 };
  assert.deepEqual(new Uint8Array(await readLocalFile(`${link}/a.txt`, reading)), TEXT);
  assert.deepEqual(new Uint8Array(await readLocalFile(`${at.inside}/a.txt`, reading)), TEXT);
});

Deno.test("readLocalFile() rejects what is not a file, does not exist or is too large", async () => {
  await using at = await world();
  await at.refused(`${at.inside}/deep`, { status: 400, code: "not_a_file" });
  await at.refused(`${at.inside}/none.txt`, { status: 404, code: "file_not_found" });
  await at.refused(`${at.inside}/none/none.txt`, { status: 404, code: "file_not_found" });
  await at.refused("a.txt", { status: 400, code: "invalid_path", message: /absolute path/ });
  await assert.rejects(at.read(`${at.inside}/a.txt`, 8), { status: 413, code: "file_too_large" });
});

Deno.test(
  "readLocalFile() does not wait for a pipe",
  { ignore: Deno.build.os === "windows" },
  async () => {
    await using at = await world();
    const pipe = `${at.inside}/pipe`;
    const { success } = await new Deno.Command("mkfifo", { args: [pipe] }).output();
    assert.ok(success);
    await at.refused(pipe, { status: 400, code: "not_a_file" });
  },
);

Deno.test("readLocalFile() reads nothing if paths are not accepted", async () => {
  await using at = await world();
  const path = `${at.inside}/a.txt`;
  const wants = (readable: string[] | undefined, message: RegExp) =>
    assert.rejects(readLocalFile(path, { readable, param: "path", maxBytes: 9 }), {
      ...NOT_ALLOWED,
      message,
    });
  await wants(undefined, /over HTTP no paths are read.*FILE_DIRS/s);
  await wants([], /FILE_DIRS.*not set/s);
});

Deno.test("writeNewFile() writes a complete file that only this user can read", async () => {
  await using folder = await tempFolder();
  const below = `${folder.path}/a/b`;
  const path = await writeNewFile(below, "c.txt", TEXT);
  assert.equal(path, `${below}/c.txt`);
  assert.deepEqual(new Uint8Array(await Deno.readFile(path)), TEXT);
  assert.deepEqual([...Deno.readDirSync(below)].map(({ name }) => name), ["c.txt"]);
  if (Deno.build.os === "windows") return;
  assert.equal((await Deno.stat(path)).mode?.toString(8), "100600");
  assert.equal((await Deno.stat(below)).mode?.toString(8), "40700");
});

Deno.test("writeNewFile() leaves nothing behind if it cannot write", async () => {
  await using folder = await tempFolder();
  await Deno.mkdir(`${folder.path}/taken/x`, { recursive: true });
  await assert.rejects(writeNewFile(folder.path, "taken", TEXT));
  assert.deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["taken"]);
});
