import assert from "node:assert/strict";
import fc from "fast-check";
import { ApiError } from "../../src/shared/errors.ts";
import { evaluate } from "../../src/tools/utility/arithmetic.ts";

Deno.test("evaluate() evaluates arithmetic", () => {
  const known: [expression: string, value: number][] = [
    ["2 + 3 * 4", 14],
    ["(2 + 3) * 4", 20],
    ["10 - 4 - 3", 3],
    ["100 / 10 / 5", 2],
    ["2 ^ 3 ^ 2", 512],
    ["2 ** 10", 1024],
    ["-2 ^ 2", -4],
    ["2 ^ -1", 0.5],
    ["--5", 5],
    ["+5 - -5", 10],
    ["-7 % 3", 2],
    ["7 % -3", -2],
    ["7.5 % 2", 1.5],
    ["1.5e3 + .5", 1500.5],
    ["2.", 2],
    ["6.02E+23", 6.02e23],
    ["1e-3", 0.001],
    ["-0", 0],
    ["sqrt(2) ^ 2 - 2", Math.SQRT2 ** 2 - 2],
    ["PI * 2", 2 * Math.PI],
    ["ln(e)", 1],
    ["max(1, 2 + 5, min(9, 3))", 7],
    ["round(2.5) + floor(-1.5) + ceil(1.2) + abs(-3)", 6],
    ["\t1\n+ 2 ", 3],
  ];
  for (const [expression, value] of known) assert.equal(evaluate(expression), value, expression);
});

Deno.test("evaluate() reports errors with their position", () => {
  const wrong: [expression: string, reason: RegExp][] = [
    ["", /it is empty/],
    ["  ", /it is empty/],
    ["1 +", /it ends at position 4, where a number is expected/],
    ["1 + * 2", /it has "\*" at position 5, where a number/],
    ["(1 + 2", /it ends at position 7, where an operator or "\)"/],
    ["1 2", /it has "2" at position 3, where an operator/],
    ["1)", /it has "\)" at position 2/],
    ["2e", /it has "e" at position 2, where an operator/],
    ["1,000", /it has "," at position 2/],
    ["1 / (2 - 2)", /divides by zero at position 5/],
    ["5 % 0", /divides by zero at position 5/],
    ["sqrt(-1)", /no real value/],
    ["10 ^ 400", /no finite value/],
    ["1e999", /no finite value/],
    ["sqrt 4", /it has "4" at position 6, where "\("/],
    ["sqrt(1, 2)", /sqrt at position 1 takes 1 number, not 2/],
    ["max()", /it has "\)" at position 5, where a number/],
    ["π", /it has "π" at position 1/],
    ["1 + 😀", /it has "😀" at position 5/],
    ["0x10", /it has "x10" at position 2/],
    [`${"(".repeat(60)}1${")".repeat(60)}`, /nested deeper than 50/],
    ["-".repeat(900) + "1", /nested deeper than 50/],
    ["1".repeat(1001), /1001 characters, of at most 1000/],
  ];
  for (const [expression, reason] of wrong) {
    assert.throws(() => evaluate(expression), (error) => {
      assert.ok(error instanceof ApiError);
      assert.deepEqual([error.status, error.param], [400, "expression"]);
      assert.match(error.message, reason, expression);
      return true;
    });
  }
});

Deno.test("evaluate() rejects everything that is not arithmetic", () => {
  const attempts = [
    "Deno.exit(1)",
    "__import__('os').system('id')",
    "constructor.constructor('return 1')()",
    "globalThis",
    "toString",
    "__proto__",
    "max.constructor(1)",
    "[].map",
    "`1`",
    "1; 2",
    "x = 5",
    "() => 1",
    "1n",
    "1 == 1",
  ];
  for (const attempt of attempts) {
    assert.throws(() => evaluate(attempt), /^ApiError: Cannot calculate the expression: /, attempt);
  }
});

Deno.test("evaluate() agrees with a shunting-yard over random expressions", () => {
  let finite = 0;
  fc.assert(
    fc.property(expressions(), (tokens) => {
      const wanted = shuntingYard(tokens);
      const text = tokens.map((token) => token.replace("~", "-")).join(" ");
      if (!Number.isFinite(wanted)) return assert.throws(() => evaluate(text), ApiError);
      finite++;
      assert.equal(evaluate(text), wanted + 0, text);
      assert.equal(evaluate(text.replaceAll(" ", "")), wanted + 0);
    }),
    { numRuns: 2000 },
  );
  assert.ok(finite > 1000, `only ${finite} had a value`);
});

Deno.test("evaluate() returns a number or throws an ApiError for any text", () => {
  const alphabet = fc.constantFrom(..."0123456789.+-*/%^()eE ,", "sqrt", "pi", "max(", "𝟙");
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 60 }).map((parts) => parts.join("")), (text) => {
      try {
        assert.ok(Number.isFinite(evaluate(text)));
      } catch (error) {
        assert.ok(error instanceof ApiError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

/** Tokens of expressions; `~` is the unary minus. */
function expressions(): fc.Arbitrary<string[]> {
  const number = fc.oneof(
    fc.integer({ min: 0, max: 50 }).map(String),
    fc.constantFrom("0.5", "2.25", ".125", "1e2", "3.5e-1"),
  );
  const { expression } = fc.letrec<{ expression: string[]; atom: string[] }>((tie) => ({
    atom: fc.oneof(
      { maxDepth: 5, depthIdentifier: "atoms" },
      number.map((text) => [text]),
      tie("expression").map((inner) => ["(", ...inner, ")"]),
      tie("atom").map((atom) => atom[0] === "~" ? atom : ["~", ...atom]),
    ),
    expression: fc.tuple(
      tie("atom"),
      fc.array(fc.tuple(fc.constantFrom("+", "-", "*", "/", "%", "^"), tie("atom")), {
        maxLength: 4,
      }),
    ).map(([first, rest]) => [...first, ...rest.flatMap(([sign, atom]) => [sign, ...atom])]),
  }));
  return expression;
}

/** Precedence, and whether the operator is right-associative; `~` is the unary minus. */
const OPERATORS: Record<
  string,
  { binds: number; right?: boolean; of(a: number, b: number): number }
> = {
  "+": { binds: 1, of: (a, b) => a + b },
  "-": { binds: 1, of: (a, b) => a - b },
  "*": { binds: 2, of: (a, b) => a * b },
  "/": { binds: 2, of: (a, b) => b === 0 ? NaN : a / b },
  "%": { binds: 2, of: (a, b) => b === 0 ? NaN : floorModulo(a, b) },
  "~": { binds: 3, right: true, of: (_, b) => -b },
  "^": { binds: 4, right: true, of: (a, b) => a ** b },
};

function floorModulo(a: number, b: number): number {
  const rest = a % b;
  return rest === 0 || Math.sign(rest) === Math.sign(b) ? rest : rest + b;
}

/** The shunting-yard algorithm, independent of the parser; NaN if a step has no finite value. */
function shuntingYard(tokens: readonly string[]): number {
  const values: number[] = [];
  const signs: string[] = [];
  let broken = false;
  const reduce = () => {
    const sign = signs.pop() ?? "";
    const b = values.pop() ?? NaN;
    const a = sign === "~" ? 0 : values.pop() ?? NaN;
    const value = OPERATORS[sign]?.of(a, b) ?? NaN;
    if (!Number.isFinite(value)) broken = true;
    values.push(value);
  };
  for (const token of tokens) {
    const operator = OPERATORS[token];
    if (token === "(") signs.push(token);
    else if (token === ")") {
      while (signs.at(-1) !== "(") reduce();
      signs.pop();
    } else if (operator === undefined) values.push(Number(token));
    else {
      // A unary sign has no left operand.
      while (token !== "~") {
        const top = OPERATORS[signs.at(-1) ?? ""];
        if (!top || top.binds < operator.binds || top.binds === operator.binds && operator.right) {
          break;
        }
        reduce();
      }
      signs.push(token);
    }
  }
  while (signs.length > 0) reduce();
  return broken ? NaN : values[0] ?? NaN;
}
