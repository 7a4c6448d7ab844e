/**
 * Makes a bundle load Node's built-in modules on first use.
 *
 * A bundle is one module, so its imports of built-in modules run before its first line, even for
 * `--version`. This transformation replaces each imported function with one that loads the built-in
 * module when it is called. Other imports (classes, constants, whole modules) are loaded at the
 * beginning of the module that uses them; lazily loaded modules are functions in the bundle.
 */

const IMPORT = /import(?:\{([^{}]*)\}|\s([\w$]+)\s?)from"(node:[\w/]+)";?/;

/** The helper of the bundler that runs the function of a lazy module once. */
const ONCE = /\b([\w$]+)=\((\w+),(\w+)\)=>\(\)=>\(\2&&\(\3=\2\(\2=0\)\),\3\)/;

/**
 * Returns the bundle with lazy imports of built-in modules.
 *
 * @throws {Error} for an import that is not a function and that no lazy module uses
 */
export function withLazyBuiltins(code: string): string {
  const once = ONCE.exec(code)?.[1];
  let output = "";
  let rest = code;
  for (let match = IMPORT.exec(rest); match !== null; match = IMPORT.exec(rest)) {
    const [statement, names, whole, specifier = ""] = match;
    const module = `globalThis.process.getBuiltinModule("${specifier}")`;
    output += rest.slice(0, match.index);
    rest = rest.slice(match.index + statement.length);
    if (whole !== undefined) rest = assignInModule(rest, once, whole, module);
    for (const [name, local] of bindingsOf(names)) {
      if (isFunction(specifier, name)) {
        output += `function ${local}(...a){return ${module}.${name}(...a)}`;
      } else {
        rest = assignInModule(rest, once, local, `${module}.${name}`);
      }
    }
  }
  return output + rest;
}

function bindingsOf(names: string | undefined): [name: string, local: string][] {
  return names?.split(",").map((text) => {
    const [name = "", local = name] = text.trim().split(/\s+as\s+/);
    return [name, local];
  }) ?? [];
}

/** Returns whether an export is a function; the names of classes begin with a capital letter. */
function isFunction(specifier: string, name: string): boolean {
  const module = process.getBuiltinModule(specifier) as Record<string, unknown> | undefined;
  return typeof module?.[name] === "function" && !/^[A-Z]/.test(name);
}

/** Returns the code after an import, with an assignment at the beginning of the first lazy module. */
function assignInModule(
  code: string,
  once: string | undefined,
  local: string,
  value: string,
): string {
  const opening = `=${once}(()=>{`;
  const index = once === undefined ? -1 : code.indexOf(opening);
  if (index < 0) throw new Error(`${value} is not a function, and no lazy module uses it.`);
  const body = index + opening.length;
  return `var ${local};${code.slice(0, body)}${local}=${value};${code.slice(body)}`;
}
