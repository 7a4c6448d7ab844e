/** What makes a bundle load Deno's Node layer late: the same program, without imports. */

import assert from "node:assert/strict";
import { withLazyBuiltins } from "../scripts/_lazy_builtins.ts";

/** How the bundler writes modules that are loaded later. */
const BUNDLE = [
  `var g=(t,e)=>()=>(t&&(e=t(t=0)),e);`,
  `import{join as j,sep as s}from"node:path";function at(...parts){return j(...parts)+s}var k,first=g(()=>{k=s;});`,
  `import o from"node:util";function show(v){return o.inspect(v)}var second=g(()=>{});`,
  `import{AsyncLocalStorage as A}from"node:async_hooks";var store,third=g(()=>{store=new A;});`,
  `import{isAbsolute}from"node:path";`,
].join("");

const USE = `first();second();third();
export default [at("a","b"),k,show({c:1}),store.run(7,()=>store.getStore()),isAbsolute("d")];`;

Deno.test("withLazyBuiltins() keeps what a bundle does, and leaves it no import", async () => {
  const lazy = withLazyBuiltins(BUNDLE);
  assert.ok(!lazy.includes("import"), lazy);
  const { default: values } = await import(
    `data:text/javascript,${encodeURIComponent(lazy + USE)}`
  );
  const { default: expected } = await import(
    `data:text/javascript,${encodeURIComponent(BUNDLE + USE)}`
  );
  assert.deepEqual(values, expected);
  assert.deepEqual(values.slice(2), ["{ c: 1 }", 7, false]);
});

Deno.test("withLazyBuiltins() refuses what it cannot put off", () => {
  assert.throws(
    () => withLazyBuiltins(`import{sep as s}from"node:path";console.log(s);`),
    /getBuiltinModule\("node:path"\)\.sep is not a function, and no lazy module uses it\./,
  );
});
