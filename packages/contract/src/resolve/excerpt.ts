/**
 * A piece of a package's text that the checker gives to Postgres, and where it stands, so that a
 * finding about its meaning names line and column of what the author wrote.
 */

import type { Place } from '../check/finding.ts';
import type { SourceText } from '../check/source-text.ts';

/** A piece of one text. */
export interface Excerpt {
  readonly source: SourceText;
  /** Where the piece begins, in UTF-16 code units of the whole text. */
  readonly start: number;
  readonly text: string;
}

/** The whole of a text. */
export function wholeText(source: SourceText): Excerpt {
  return { source, start: 0, text: source.text };
}

/** The first place of one of `words` in the piece, or its beginning. */
export function placeIn(excerpt: Excerpt, words: readonly string[] = []): Place {
  const lower = excerpt.text.toLowerCase();
  const at =
    words.map((word) => findWord(lower, word.toLowerCase())).find((index) => index >= 0) ?? blanks(lower);
  return excerpt.source.place(Buffer.byteLength(excerpt.source.text.slice(0, excerpt.start + at)));
}

/**
 * Finds an embedded expression in `source` from an offset on. The parser of PL/pgSQL returns it as
 * written, but with blanks in place of an INTO clause and `SELECT` in place of PERFORM.
 */
export function excerptOf(source: SourceText, from: number, query: string): Excerpt {
  const wanted = query.trimStart();
  const at = findText(source.text, from, wanted);
  const rest = wanted.startsWith('SELECT') ? wanted.slice('SELECT'.length) : '';
  const performed = rest === '' ? null : findPerform(source.text, from, rest);
  if (performed !== null && (at === null || performed < at)) {
    const end = performed + 'PERFORM'.length + rest.length;
    return { source, start: performed, text: source.text.slice(performed, end) };
  }
  if (at !== null) return { source, start: at, text: source.text.slice(at, at + wanted.length) };
  return { source, start: from, text: source.text.slice(from).split('\n', 1)[0] ?? '' };
}

function findText(text: string, from: number, wanted: string): number | null {
  const anchor = wanted.slice(0, 1);
  if (anchor === '') return null;
  for (let at = text.indexOf(anchor, from); at >= 0; at = text.indexOf(anchor, at + 1)) {
    if (matches(text, at, wanted)) return at;
  }
  return null;
}

function findPerform(text: string, from: number, rest: string): number | null {
  const word = /\bPERFORM\b/gi;
  word.lastIndex = from;
  for (let found = word.exec(text); found !== null; found = word.exec(text)) {
    if (matches(text, found.index + found[0].length, rest)) return found.index;
  }
  return null;
}

function matches(text: string, at: number, wanted: string): boolean {
  for (let index = 0; index < wanted.length; index++) {
    const character = wanted[index];
    if (character !== ' ' && character !== text[at + index]) return false;
  }
  return true;
}

function findWord(text: string, word: string): number {
  const isName = /^\w+$/.test(word);
  for (let at = text.indexOf(word); at >= 0 && word !== ''; at = text.indexOf(word, at + 1)) {
    if (!isName || !(/\w/.test(text[at - 1] ?? ' ') || /\w/.test(text[at + word.length] ?? ' '))) return at;
  }
  return -1;
}

function blanks(text: string): number {
  return text.length - text.trimStart().length;
}

/** Names in a message of Postgres: the place is most likely there. */
export function wordsInMessage(message: string): readonly string[] {
  return [...message.matchAll(/"([^"]+)"|function ([\w.]+)\(|column ([\w.]+)/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  );
}
