/** The house: imports go down the floors, and each thing that only one floor may do is done there. */

import assert from "node:assert/strict";

/** Top to ground; what stands on one line is one floor. */
const FLOORS = [
  ["main"],
  ["cli"],
  ["http"],
  ["transports"],
  ["mcp"],
  ["tools", "resources", "prompts"],
  ["openai"],
  ["engine", "jobs", "webhooks"],
  ["store"],
  [
    "config",
    "telemetry",
    "bounded_map",
    "bytes",
    "clock",
    "errors",
    "ids",
    "json",
    "media_type",
    "nearest",
    "scrub",
    "slots",
    "token_count",
    "transcript",
    "version",
  ],
];

/** What only these rooms may import as values. */
const PACKAGES: Record<string, readonly string[]> = {
  "@modelcontextprotocol/server": ["mcp", "transports"],
  openai: ["openai", "engine"],
  hono: ["http"],
  "node:sqlite": ["store"],
};

/** What only these rooms may touch. */
const GLOBALS: [RegExp, readonly string[]][] = [
  [/\bDeno\.env\b|\bprocess\.env\b/, ["config"]],
  [/\bDeno\.stdout\b|\bDeno\.stdin\b/, ["cli", "transports"]],
];

type Files = Record<string, string>;

/** The rules that the files break, one sentence each. */
function violations(files: Files): string[] {
  const found: string[] = [];
  const graph = new Map<string, string[]>();
  for (const [path, text] of Object.entries(files)) {
    const targets: string[] = [];
    for (const { specifier, typeOnly } of importsOf(text)) {
      if (specifier.startsWith(".")) {
        const target = resolve(path, specifier);
        if (!(target in files)) continue;
        if (!typeOnly) targets.push(target);
        if (/\/_\w+\.ts$/.test(target) && folderOf(path) !== folderOf(target)) {
          found.push(`${path} imports ${target}: private to its folder.`);
        }
        const from = floorOf(path), to = floorOf(target);
        if (to < from) found.push(`${path} imports ${target}: up ${from - to} floor(s).`);
        if (to === from && roomOf(path) !== roomOf(target) && to < FLOORS.length - 1) {
          found.push(`${path} imports ${target}: another room of its floor.`);
        }
      } else if (!typeOnly) {
        const rooms = Object.entries(PACKAGES).find(([name]) =>
          specifier === name || specifier.startsWith(`${name}/`)
        )?.[1];
        if (rooms && !rooms.includes(roomOf(path))) found.push(`${path} imports ${specifier}.`);
      }
    }
    graph.set(path, targets);
    for (const [pattern, rooms] of GLOBALS) {
      if (pattern.test(withoutComments(text)) && !rooms.includes(roomOf(path))) {
        found.push(`${path} uses ${pattern.source}.`);
      }
    }
  }
  const circle = findCircle(graph);
  if (circle) found.push(`A circle: ${circle.join(" -> ")}.`);
  return found;
}

function importsOf(text: string): { specifier: string; typeOnly: boolean }[] {
  const found: { specifier: string; typeOnly: boolean }[] = [];
  const source = withoutComments(text);
  const statement = /\b(import|export)\s+(type\s+)?([^;"']*?\bfrom\s*)?["']([^"']+)["']/g;
  for (const [, , type, names, specifier = ""] of source.matchAll(statement)) {
    const inline = /^\s*\{([^}]*)\}/.exec(names ?? "")?.[1]?.split(",").map((name) => name.trim())
      .filter((name) => name !== "");
    const typeOnly = type !== undefined ||
      (inline !== undefined && inline.length > 0 &&
        inline.every((name) => name.startsWith("type ")));
    found.push({ specifier, typeOnly });
  }
  for (const [, specifier = ""] of source.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g)) {
    found.push({ specifier, typeOnly: false });
  }
  return found;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

function resolve(from: string, specifier: string): string {
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

function roomOf(path: string): string {
  return path.replace(/^src\//, "").split("/")[0]?.replace(/\.ts$/, "") ?? "";
}

function floorOf(path: string): number {
  const floor = FLOORS.findIndex((rooms) => rooms.includes(roomOf(path)));
  assert.notEqual(floor, -1, `${path} stands on no floor.`);
  return floor;
}

function findCircle(graph: Map<string, string[]>): string[] | undefined {
  const done = new Set<string>();
  function visit(path: string, trail: string[]): string[] | undefined {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const next of graph.get(path) ?? []) {
      const circle = visit(next, [...trail, path]);
      if (circle) return circle;
    }
    done.add(path);
    return undefined;
  }
  for (const path of graph.keys()) {
    const circle = visit(path, []);
    if (circle) return circle;
  }
  return undefined;
}

async function readSource(): Promise<Files> {
  const root = new URL("../", import.meta.url);
  const files: Files = {};
  async function walk(folder: string): Promise<void> {
    for await (const entry of Deno.readDir(new URL(folder, root))) {
      const path = `${folder}${entry.name}`;
      if (entry.isDirectory) await walk(`${path}/`);
      else if (path.endsWith(".ts")) files[path] = await Deno.readTextFile(new URL(path, root));
    }
  }
  await walk("src/");
  return files;
}

Deno.test("imports go down the floors and never in a circle", async () => {
  assert.deepEqual(violations(await readSource()), []);
});

Deno.test("the floor check finds planted violations", async () => {
  const files = await readSource();
  const planted: [string, string, RegExp][] = [
    ["src/store/planted.ts", `import { run } from "../cli/run.ts";`, /up 7 floor/],
    ["src/store/planted.ts", `import type { Tool } from "../tools/define_tool.ts";`, /up 3 floor/],
    ["src/tools/planted.ts", `const { serve } = await import("../cli/serve.ts");`, /up 4 floor/],
    [
      "src/engine/planted.ts",
      `import { Server } from "@modelcontextprotocol/server";`,
      /imports @mo/,
    ],
    ["src/tools/planted.ts", `import OpenAI from "openai";`, /imports openai/],
    ["src/http/planted.ts", `const home = Deno.env.get("HOME");`, /env/],
    ["src/engine/planted.ts", `await Deno.stdout.write(bytes);`, /stdout/],
    ["src/cli/planted.ts", `import { sample } from "../openai/_sample.ts";`, /private/],
  ];
  for (const [path, text, expected] of planted) {
    const found = violations({ ...files, [path]: text });
    assert.equal(found.length, 1, text);
    assert.match(found[0] ?? "", expected);
  }
  const circle = violations({
    "src/mcp/a.ts": `export { b } from "./b.ts";`,
    "src/mcp/b.ts": `import { a } from "./a.ts";\nexport const b = a;`,
  });
  assert.deepEqual(circle, ["A circle: src/mcp/a.ts -> src/mcp/b.ts -> src/mcp/a.ts."]);
});
