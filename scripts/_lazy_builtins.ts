/**
 * Has a bundle load Deno's Node layer no sooner than something of it is used.
 *
 * The bundler gathers every module into one, so that all of their imports of built-in modules are
 * carried out before the first line runs, even for `--version`. Here an imported function becomes one
 * that asks for its module when it is called. What else is imported (classes, constants, whole
 * modules) is fetched where the module that wants it begins: those that are loaded later stand in the
 * bundle as functions.
 */

const IMPORT = /import(?:\{([^{}]*)\}|\s([\w$]+)\s?)from"(node:[\w/]+)";?/;

/** What makes such a function of a module: it calls the one it is given, once. */
const ONCE = /\b([\w$]+)=\((\w+),(\w+)\)=>\(\)=>\(\2&&\(\3=\2\(\2=0\)\),\3\)/;

/** @throws {Error} for what is no function and is wanted at the start */
export function withLazyBuiltins(code: string): string {
  const once = ONCE.exec(code)?.[1];
  let done = "";
  let rest = code;
  for (let match = IMPORT.exec(rest); match !== null; match = IMPORT.exec(rest)) {
    const [statement, names, whole, specifier = ""] = match;
    const module = `globalThis.process.getBuiltinModule("${specifier}")`;
    done += rest.slice(0, match.index);
    rest = rest.slice(match.index + statement.length);
    if (whole !== undefined) rest = fetched(rest, once, whole, module);
    for (const [name, local] of bindingsOf(names)) {
      if (isFunction(specifier, name)) {
        done += `function ${local}(...a){return ${module}.${name}(...a)}`;
      } else {
        rest = fetched(rest, once, local, `${module}.${name}`);
      }
    }
  }
  return done + rest;
}

function bindingsOf(names: string | undefined): [name: string, local: string][] {
  return names?.split(",").map((text) => {
    const [name = "", local = name] = text.trim().split(/\s+as\s+/);
    return [name, local];
  }) ?? [];
}

/** Whether it is called as it is; a capital begins the name of a class. */
function isFunction(specifier: string, name: string): boolean {
  const module = process.getBuiltinModule(specifier) as Record<string, unknown> | undefined;
  return typeof module?.[name] === "function" && !/^[A-Z]/.test(name);
}

/** The code that follows an import, with the variable set as soon as its module begins. */
function fetched(code: string, once: string | undefined, local: string, value: string): string {
  const opening = `=${once}(()=>{`;
  const at = once === undefined ? -1 : code.indexOf(opening);
  if (at < 0) throw new Error(`${value} is wanted at the start, and is no function.`);
  const body = at + opening.length;
  return `var ${local};${code.slice(0, body)}${local}=${value};${code.slice(body)}`;
}
