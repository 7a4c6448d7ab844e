/** An estimate of token counts, accurate enough to keep results within a limit. */

/** The pieces that a text is split into, by their characters, and their cost in tokens. */
const PIECES: [pattern: RegExp, cost: (length: number) => number][] = [
  [/[A-Z]?[a-z]+/u, (size) => size <= 20 ? Math.max(1, size / 8) : size / 2],
  [/[A-Z]+/u, (size) => Math.max(1, size / 2)],
  [/\d+/u, (size) => Math.ceil(size / 3) * 1.1],
  [/[!-/:-@[-`{-~]+/u, (size) => Math.max(0.8, size / 3)],
  [/\p{Lu}?\p{Ll}+|\p{Lu}+/u, (size) => Math.max(1, size / 3)],
  [/[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}]+/u, (size) => size * 0.8],
  [/[\p{L}\p{M}]+/u, (size) => size / 2],
  [/[^\0-\x7f]+/u, (size) => size],
];

/** Program code was underestimated most, by this factor. */
const MARGIN = 1.08;

let pieces: RegExp | undefined;

/** Estimates the tokens that current models make of a text, rather too many than too few. */
export function estimateTokens(text: string): number {
  pieces ??= new RegExp(PIECES.map(([{ source }]) => `(${source})`).join("|"), "gu");
  let tokens = 0;
  for (const [piece, ...kinds] of text.matchAll(pieces)) {
    const index = kinds.findIndex((kind) => kind !== undefined);
    tokens += PIECES[index]?.[1](piece.length) ?? 0;
  }
  return Math.ceil(tokens * MARGIN);
}
