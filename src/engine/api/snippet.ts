/** The place in a text where what was searched for stands, with the words found in bold. */

import type { SearchTerm } from "../../store/mod.ts";

/** About as many characters are shown, and as many before the first word that was found. */
const SHOWN = 240;
const LEAD = 60;

/** A word as the index has it: letters and digits, with accents that may stand behind them. */
const WORD = /[\p{L}\p{N}\p{Co}][\p{L}\p{N}\p{Co}\u0300-\u0331]*/gu;

interface Range {
  start: number;
  end: number;
}

interface Word extends Range {
  /** Without case and accents. */
  plain: string;
}

/** The words of a text in their order. */
export function* wordsIn(text: string): Generator<Word> {
  for (const { 0: word, index: start } of text.matchAll(WORD)) {
    const plain = word.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
    yield { plain, start, end: start + word.length };
  }
}

/** A part of the text in Markdown, on one line; its beginning where none of the terms is found. */
export function snippetOf(text: string, terms: readonly SearchTerm[]): string {
  const wanted = terms.map(({ text, prefix }) => ({
    words: [...wordsIn(text)].map(({ plain }) => plain),
    prefix,
  }));
  const words: Word[] = [];
  const hits: Range[] = [];
  for (const word of wordsIn(text)) {
    if (word.end > (hits[0]?.start ?? Infinity) - LEAD + SHOWN) break;
    words.push(word);
    for (const term of wanted) {
      const first = words[words.length - term.words.length];
      if (first && endsWith(words, term)) hits.push({ start: first.start, end: word.end });
    }
  }
  const from = words.find(({ start }) => start >= (hits[0]?.start ?? 0) - LEAD)?.start ?? 0;
  const to = Math.min(hits[0] ? words.at(-1)?.end ?? 0 : text.length, from + SHOWN);
  const start = words[0]?.start === from ? 0 : from;
  const end = text.slice(to).search(WORD) < 0 ? Math.min(text.length, to + LEAD) : to;
  const shown = marked(text, { start, end }, hits).replace(/\s+/g, " ").trim();
  return `${start > 0 ? "… " : ""}${shown}${end < text.length ? " …" : ""}`;
}

function endsWith(
  words: readonly Word[],
  { words: wanted, prefix }: { words: string[]; prefix: boolean },
): boolean {
  return wanted.every((word, index) => {
    const { plain = "" } = words[words.length - wanted.length + index] ?? {};
    return prefix && index === wanted.length - 1 ? plain.startsWith(word) : plain === word;
  });
}

function marked(text: string, { start, end }: Range, hits: readonly Range[]): string {
  let result = "";
  let at = start;
  for (const hit of hits.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    // Two terms may find the same words.
    if (hit.start < at || hit.start >= end) continue;
    const last = Math.min(hit.end, end);
    result += `${text.slice(at, hit.start)}**${text.slice(hit.start, last)}**`;
    at = last;
  }
  return result + text.slice(at, end);
}
