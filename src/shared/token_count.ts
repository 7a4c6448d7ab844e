/** What a text costs a model, near enough to keep results within a limit. */

/** What a piece of text costs, by its kind: each ends where most tokens of its kind end. */
const PIECES: [kind: RegExp, cost: (size: number) => number][] = [
  [/[A-Z]?[a-z]+/u, (size) => size <= 20 ? Math.max(1, size / 8) : size / 2],
  [/[A-Z]+/u, (size) => Math.max(1, size / 2)],
  [/\d+/u, (size) => Math.ceil(size / 3) * 1.1],
  [/[!-/:-@[-`{-~]+/u, (size) => Math.max(0.8, size / 3)],
  [/\p{Lu}?\p{Ll}+|\p{Lu}+/u, (size) => Math.max(1, size / 3)],
  [/[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}]+/u, (size) => size * 0.8],
  [/[\p{L}\p{M}]+/u, (size) => size / 2],
  [/[^\0-\x7f]+/u, (size) => size],
];

/** Of what was measured, program code came out lowest. */
const MARGIN = 1.08;

let pieces: RegExp | undefined;

/** About as many tokens as today's models make of a text, rather too many than too few. */
export function tokensIn(text: string): number {
  pieces ??= new RegExp(PIECES.map(([{ source }]) => `(${source})`).join("|"), "gu");
  let tokens = 0;
  for (const [piece, ...kinds] of text.matchAll(pieces)) {
    const index = kinds.findIndex((kind) => kind !== undefined);
    tokens += PIECES[index]?.[1](piece.length) ?? 0;
  }
  return Math.ceil(tokens * MARGIN);
}
