/**
 * Evaluates arithmetic with a recursive descent parser; expressions cannot run code.
 *
 *     sum     = product { ("+" | "-") product }
 *     product = signed { ("*" | "/" | "%") signed }
 *     signed  = ("+" | "-") signed | power
 *     power   = atom [ ("^" | "**") signed ]
 *     atom    = number | constant | function "(" sum { "," sum } ")" | "(" sum ")"
 */

import { ApiError } from "../../shared/errors.ts";

const MAX_LENGTH = 1000;

/** Maximum nesting of parentheses, signs and powers. */
const MAX_DEPTH = 50;

const CONSTANTS: ReadonlyMap<string, number> = new Map([["pi", Math.PI], ["e", Math.E]]);

interface Operation {
  /**
   * The number of arguments.
   *
   * @default one or more
   */
  arity?: number;
  apply(...args: number[]): number;
}

const FUNCTIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ["abs", { arity: 1, apply: Math.abs }],
  ["ceil", { arity: 1, apply: Math.ceil }],
  ["cos", { arity: 1, apply: Math.cos }],
  ["exp", { arity: 1, apply: Math.exp }],
  ["floor", { arity: 1, apply: Math.floor }],
  ["ln", { arity: 1, apply: Math.log }],
  ["log10", { arity: 1, apply: Math.log10 }],
  ["max", { apply: Math.max }],
  ["min", { apply: Math.min }],
  ["round", { arity: 1, apply: Math.round }],
  ["sin", { arity: 1, apply: Math.sin }],
  ["sqrt", { arity: 1, apply: Math.sqrt }],
  ["tan", { arity: 1, apply: Math.tan }],
]);

/**
 * Evaluates an expression. `%` has the sign of its divisor; `^` is right-associative and binds tighter
 * than a sign before it.
 *
 * @throws {ApiError} 400 for a syntax error, with its position, or if there is no finite real value
 */
export function evaluate(expression: string): number {
  if (expression.length > MAX_LENGTH) {
    throw invalid(`it has ${expression.length} characters, of at most ${MAX_LENGTH}.`);
  }
  // Turns -0 into 0.
  return new Parser(expression).parse() + 0;
}

/** A number, a word, `**` or any other single character, with the white space before it. */
const TOKEN =
  /\s*(?:(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<word>[A-Za-z_]\w*)|(?<sign>\*\*|\S))/uy;

class Parser {
  readonly #text: string;
  #next: string;
  #kind: "number" | "word" | "sign" | "end" = "end";
  /** The position of the next token, counted from 1. */
  #position = 1;
  #end = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#next = this.#read();
  }

  parse(): number {
    if (this.#atEnd()) throw invalid("it is empty.");
    const value = this.#sum();
    if (!this.#atEnd()) throw this.#unexpected("an operator");
    return value;
  }

  #sum(): number {
    let value = this.#product();
    for (;;) {
      if (this.#take("+")) value += this.#product();
      else if (this.#take("-")) value -= this.#product();
      else return this.#finite(value);
    }
  }

  #product(): number {
    let value = this.#signed();
    for (;;) {
      if (this.#take("*")) value *= this.#signed();
      else if (this.#take("/")) value /= this.#divisor();
      else if (this.#take("%")) value = modulo(value, this.#divisor());
      else return this.#finite(value);
    }
  }

  #divisor(): number {
    const position = this.#position;
    const value = this.#signed();
    if (value === 0) throw invalid(`it divides by zero at position ${position}.`);
    return value;
  }

  #signed(): number {
    return this.#nested(() => {
      if (this.#take("-")) return -this.#signed();
      if (this.#take("+")) return this.#signed();
      return this.#power();
    });
  }

  #power(): number {
    const base = this.#atom();
    if (!this.#take("^") && !this.#take("**")) return base;
    return this.#finite(base ** this.#signed());
  }

  #atom(): number {
    const token = this.#next;
    if (this.#kind === "number") {
      this.#next = this.#read();
      return this.#finite(Number(token));
    }
    if (this.#take("(")) {
      const value = this.#sum();
      this.#close();
      return value;
    }
    if (this.#kind !== "word") throw this.#unexpected("a number");
    return this.#constantOrCall(token.toLowerCase());
  }

  #constantOrCall(name: string): number {
    const constant = CONSTANTS.get(name);
    const operation = FUNCTIONS.get(name);
    if (constant === undefined && operation === undefined) throw this.#unknown();
    const position = this.#position;
    this.#next = this.#read();
    if (operation === undefined) return constant ?? NaN;
    if (!this.#take("(")) throw this.#unexpected('"("');
    const args = [this.#sum()];
    while (this.#take(",")) args.push(this.#sum());
    this.#close();
    const { arity = args.length } = operation;
    if (args.length !== arity) {
      throw invalid(`${name} at position ${position} takes ${arity} number, not ${args.length}.`);
    }
    return this.#finite(operation.apply(...args));
  }

  #atEnd(): boolean {
    return this.#kind === "end";
  }

  #close(): void {
    if (!this.#take(")")) throw this.#unexpected('an operator or ")"');
  }

  #take(sign: string): boolean {
    if (this.#kind !== "sign" || this.#next !== sign) return false;
    this.#next = this.#read();
    return true;
  }

  #read(): string {
    TOKEN.lastIndex = this.#end;
    const { number, word, sign } = TOKEN.exec(this.#text)?.groups ?? {};
    const token = number ?? word ?? sign ?? "";
    this.#kind = number !== undefined
      ? "number"
      : word !== undefined
      ? "word"
      : sign !== undefined
      ? "sign"
      : "end";
    this.#end = this.#kind === "end" ? this.#text.length : TOKEN.lastIndex;
    this.#position = this.#end - token.length + 1;
    return token;
  }

  #nested(value: () => number): number {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw invalid(`it is nested deeper than ${MAX_DEPTH}.`);
    const result = value();
    this.#depth -= 1;
    return result;
  }

  #finite(value: number): number {
    if (Number.isFinite(value)) return value;
    throw invalid(
      Number.isNaN(value)
        ? `it has no real value before position ${this.#position}.`
        : `it has no finite value before position ${this.#position}.`,
    );
  }

  #unexpected(expected: string): ApiError {
    const found = this.#kind === "end" ? "it ends" : `it has ${JSON.stringify(this.#next)}`;
    return invalid(`${found} at position ${this.#position}, where ${expected} is expected.`);
  }

  #unknown(): ApiError {
    const names = [...CONSTANTS.keys(), ...FUNCTIONS.keys()].join(", ");
    const word = this.#next.slice(0, 40);
    return invalid(`it has "${word}" at position ${this.#position}; the names are ${names}.`);
  }
}

function modulo(value: number, divisor: number): number {
  const rest = value % divisor;
  return rest !== 0 && rest < 0 !== divisor < 0 ? rest + divisor : rest;
}

function invalid(reason: string): ApiError {
  return new ApiError(`Cannot calculate the expression: ${reason}`, {
    status: 400,
    code: "invalid_expression",
    param: "expression",
  });
}
