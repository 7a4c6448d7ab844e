/** Utility tools, which need neither the engine nor a model. */

import * as z from "zod";
import { defineTool } from "../define_tool.ts";
import { echoSchema, numberSchema } from "../schemas/results.ts";

export const echo = defineTool({
  name: "echo",
  title: "Echo",
  description: "Return the same text.",
  toolset: "utility",
  hints: { readOnly: true, idempotent: true },
  input: z.object({ text: z.string() }),
  output: echoSchema,
  run: ({ text }) => Promise.resolve({ text }),
});

export const calculate = defineTool({
  name: "calculate",
  title: "Calculate",
  description: "Evaluate an arithmetic expression: + - * / % ^ ( ), pi, e, and abs, ceil, cos, " +
    "exp, floor, ln, log10, max, min, round, sin, sqrt, tan.",
  toolset: "utility",
  hints: { readOnly: true, idempotent: true },
  input: z.object({ expression: z.string() }),
  output: numberSchema,
  async run({ expression }) {
    const { evaluate } = await import("../utility/arithmetic.ts");
    return { result: evaluate(expression) };
  },
});
