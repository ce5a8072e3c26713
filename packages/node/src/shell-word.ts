/** Words of a command as a shell takes them, so that a command in a hint can be pasted as it is printed. */

/** Nothing here means anything to a shell, wherever in a word it stands but at its beginning. */
const PLAIN = /^[\p{L}\p{N}_./@%+:,][\p{L}\p{N}_./@%+:,=-]*$/u;
/** Options may begin with a hyphen; a file whose name does so is given with its folder. */
const OPTION = /^--?[a-z][a-z-]*$/;
/** What a terminal would obey, or would not show: written as escapes, which quotes of the kind `$'…'` know. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * `text` as one word of a command line for POSIX shells (sh, bash, zsh): as it is where nothing in it
 * means anything to them, otherwise in single quotes. With control characters in it, in quotes of the
 * kind `$'…'`, which bash, zsh and ksh know.
 */
export function shellWord(text: string): string {
  if (PLAIN.test(text) || OPTION.test(text)) return text;
  if (text.search(UNSEEN) < 0) return `'${text.replaceAll("'", "'\\''")}'`;
  const escaped = text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replace(UNSEEN, escapeOf);
  return `$'${escaped}'`;
}

/** Several words, with blanks between them. */
export function shellWords(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
