/** The layers of `src/`: imports point down, and some packages and globals belong to one layer only. */

import assert from "node:assert/strict";

/** The layers of a folder, top to bottom; folders on one line may not import each other. */
interface Layers {
  layers: string[][];
  /** Whether the lowest layer is shared: its folders may import each other. */
  sharedBottom: boolean;
}

const LAYERS: Record<string, Layers> = {
  "src/": {
    layers: [
      ["main"],
      ["cli"],
      ["http"],
      ["transports"],
      ["mcp"],
      ["tools", "resources", "prompts"],
      ["gateway"],
      ["engine", "jobs", "webhooks"],
      ["credentials", "offline"],
      ["upstream"],
      ["store"],
      ["config", "telemetry", "shared"],
    ],
    sharedBottom: true,
  },
  "src/engine/": {
    layers: [["mod"], ["api", "import"], ["runs"], ["turn"], ["hosted"], ["objects"]],
    sharedBottom: false,
  },
};

/** Packages whose values only these folders may import. */
const PACKAGES: Record<string, readonly string[]> = {
  "@modelcontextprotocol/server": ["mcp", "transports"],
  openai: ["gateway", "upstream", "engine"],
  hono: ["http"],
  "node:sqlite": ["store"],
};

/** Globals that only these folders may use. */
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
        found.push(...layerViolations(path, target));
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

/** The rules about layers that one import breaks. */
function layerViolations(path: string, target: string): string[] {
  return Object.entries(LAYERS).flatMap(([folder, { layers, sharedBottom }]) => {
    if (!path.startsWith(folder) || !target.startsWith(folder)) return [];
    const [fromRoom, toRoom] = [roomOf(path, folder), roomOf(target, folder)];
    const from = layers.findIndex((rooms) => rooms.includes(fromRoom));
    const to = layers.findIndex((rooms) => rooms.includes(toRoom));
    assert.notEqual(from, -1, `${path} is in no layer of ${folder}.`);
    assert.notEqual(to, -1, `${target} is in no layer of ${folder}.`);
    if (to < from) return [`${path} imports ${target}: up ${from - to} layer(s).`];
    const mayShare = sharedBottom && to === layers.length - 1;
    if (to > from || fromRoom === toRoom || mayShare) return [];
    return [`${path} imports ${target}: another folder of its layer.`];
  });
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

function roomOf(path: string, folder = "src/"): string {
  return path.slice(folder.length).split("/")[0]?.replace(/\.ts$/, "") ?? "";
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

Deno.test("imports point down the layers and never form a circle", async () => {
  assert.deepEqual(violations(await readSource()), []);
});

Deno.test("the layer check finds planted violations", async () => {
  const files = await readSource();
  const planted: [string, string, RegExp][] = [
    ["src/store/planted.ts", `import { run } from "../cli/run.ts";`, /up 9 layer/],
    ["src/store/planted.ts", `import type { Tool } from "../tools/define_tool.ts";`, /up 5 layer/],
    [
      "src/tools/planted.ts",
      `const { serve } = await import("../cli/serve/mod.ts");`,
      /up 4 layer/,
    ],
    [
      "src/engine/planted.ts",
      `import { Server } from "@modelcontextprotocol/server";`,
      /imports @mo/,
    ],
    ["src/tools/planted.ts", `import OpenAI from "openai";`, /imports openai/],
    ["src/http/planted.ts", `const home = Deno.env.get("HOME");`, /env/],
    ["src/engine/planted.ts", `await Deno.stdout.write(bytes);`, /stdout/],
    ["src/cli/planted.ts", `import { sample } from "../offline/_sample_arguments.ts";`, /private/],
    ["src/jobs/planted.ts", `import { createEngine } from "../engine/mod.ts";`, /another folder/],
    ["src/engine/turn/planted.ts", `import { upToDate } from "../runs/expiry.ts";`, /up 1 layer/],
    ["src/engine/import/planted.ts", `import { route } from "../api/router.ts";`, /another folder/],
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
