/** Excerpts of texts around search hits, with the hits in bold. */

import type { SearchTerm } from "../../store/mod.ts";

/** Approximate length of a snippet, and of the text before its first hit, in characters. */
const SNIPPET_LENGTH = 240;
const LEAD_LENGTH = 60;

/** A word as the search index defines it: letters and digits, each with optional combining accents. */
const WORD = /[\p{L}\p{N}\p{Co}][\p{L}\p{N}\p{Co}\u0300-\u0331]*/gu;

interface Range {
  start: number;
  end: number;
}

interface Word extends Range {
  /** The word in lower case and without accents. */
  plain: string;
}

/** Yields the words of a text. */
export function* wordsIn(text: string): Generator<Word> {
  for (const { 0: word, index: start } of text.matchAll(WORD)) {
    const plain = word.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
    yield { plain, start, end: start + word.length };
  }
}

/** Returns an excerpt in Markdown on one line; the beginning of the text if no term is found. */
export function snippetOf(text: string, terms: readonly SearchTerm[]): string {
  const searched = terms.map(({ text, prefix }) => ({
    words: [...wordsIn(text)].map(({ plain }) => plain),
    prefix,
  }));
  const words: Word[] = [];
  const hits: Range[] = [];
  for (const word of wordsIn(text)) {
    if (word.end > (hits[0]?.start ?? Infinity) - LEAD_LENGTH + SNIPPET_LENGTH) break;
    words.push(word);
    for (const term of searched) {
      const first = words[words.length - term.words.length];
      if (first && endsWith(words, term)) hits.push({ start: first.start, end: word.end });
    }
  }
  const startOffset =
    words.find(({ start }) => start >= (hits[0]?.start ?? 0) - LEAD_LENGTH)?.start ?? 0;
  const endOffset = Math.min(
    hits[0] ? words.at(-1)?.end ?? 0 : text.length,
    startOffset + SNIPPET_LENGTH,
  );
  const start = words[0]?.start === startOffset ? 0 : startOffset;
  const end = text.slice(endOffset).search(WORD) < 0
    ? Math.min(text.length, endOffset + LEAD_LENGTH)
    : endOffset;
  const excerpt = highlight(text, { start, end }, hits).replace(/\s+/g, " ").trim();
  return `${start > 0 ? "… " : ""}${excerpt}${end < text.length ? " …" : ""}`;
}

function endsWith(
  words: readonly Word[],
  { words: searched, prefix }: { words: string[]; prefix: boolean },
): boolean {
  return searched.every((word, index) => {
    const { plain = "" } = words[words.length - searched.length + index] ?? {};
    return prefix && index === searched.length - 1 ? plain.startsWith(word) : plain === word;
  });
}

function highlight(text: string, { start, end }: Range, hits: readonly Range[]): string {
  let result = "";
  let position = start;
  for (const hit of hits.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    // Two terms may match the same words.
    if (hit.start < position || hit.start >= end) continue;
    const last = Math.min(hit.end, end);
    result += `${text.slice(position, hit.start)}**${text.slice(hit.start, last)}**`;
    position = last;
  }
  return result + text.slice(position, end);
}
