/**
 * Splits the SQL text of a contract into its statements, so that each is sent alone and none can
 * end the transaction or change the role it runs under.
 *
 * Follows the lexical rules of Postgres: quoted names, strings with and without escapes, dollar
 * quotes, comments in both forms, the latter nested.
 */

/** Statements of `sql` without the semicolons between them; blank ones are left out. O(size). */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let start = 0;
  let at = 0;
  let hasContent = false;
  while (at < sql.length) {
    const character = sql[at] ?? '';
    if (character === ';') {
      if (hasContent) statements.push(sql.slice(start, at).trim());
      at += 1;
      start = at;
      hasContent = false;
      continue;
    }
    const next = skipComment(sql, at);
    if (next > at) {
      at = next;
      continue;
    }
    hasContent ||= !/\s/.test(character);
    at = skipToken(sql, at);
  }
  if (hasContent) statements.push(sql.slice(start).trim());
  return statements;
}

/** The first words of a statement in upper case, comments left out: `CREATE TABLE`. */
export function firstWords(statement: string, count: number): string {
  let at = 0;
  const words: string[] = [];
  while (at < statement.length && words.length < count) {
    const next = skipComment(statement, at);
    if (next > at) {
      at = next;
      continue;
    }
    const word = /^[A-Za-z_]+/.exec(statement.slice(at, at + 64))?.[0];
    if (word === undefined && !/\s/.test(statement[at] ?? '')) break;
    if (word !== undefined) words.push(word.toUpperCase());
    at += word?.length ?? 1;
  }
  return words.join(' ');
}

/**
 * Whether `sql` can stand between parentheses without leaving them and without a query inside: words
 * that begin one, semicolons and dollar signs are refused, brackets, quotes and comments must close. O(size).
 */
export function isExpression(sql: string): boolean {
  const text = `(${sql}\n)`;
  if (sql.trim() === '' || sql.includes('$')) return false;
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const next = skipComment(text, at);
    if (next > at) {
      at = next;
      continue;
    }
    const end = skipToken(text, at);
    const token = text.slice(at, end);
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    if (depth === 0) return end === text.length;
    if (token === ';' || /^(select|values|table|with)$/i.test(token)) return false;
    at = end;
  }
  return false;
}

// The offset behind a comment that begins at `at`, or `at`.
function skipComment(sql: string, at: number): number {
  if (sql.startsWith('--', at)) {
    const end = sql.indexOf('\n', at);
    return end < 0 ? sql.length : end + 1;
  }
  if (!sql.startsWith('/*', at)) return at;
  let depth = 0;
  for (let r = at; r < sql.length; r++) {
    if (sql.startsWith('/*', r)) {
      depth += 1;
      r += 1;
    } else if (sql.startsWith('*/', r)) {
      depth -= 1;
      r += 1;
      if (depth === 0) return r + 1;
    }
  }
  return sql.length;
}

// The offset behind the token at `at`: a quoted text as a whole, a word as a whole, else one character.
function skipToken(sql: string, at: number): number {
  const character = sql[at] ?? '';
  if (character === '"') return skipQuoted(sql, at + 1, '"', false);
  if (character === "'") return skipQuoted(sql, at + 1, "'", false);
  if (/[eE]/.test(character) && sql[at + 1] === "'") return skipQuoted(sql, at + 2, "'", true);
  if (character === '$') {
    const tag = /^\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/.exec(sql.slice(at, at + 130))?.[0];
    if (tag === undefined) return at + 1;
    const end = sql.indexOf(tag, at + tag.length);
    return end < 0 ? sql.length : end + tag.length;
  }
  // A dollar sign inside a word does not begin a quote.
  if (!/[\w\u0080-\uffff]/.test(character)) return at + 1;
  let end = at + 1;
  while (end < sql.length && /[\w$\u0080-\uffff]/.test(sql[end] ?? '')) end += 1;
  return end;
}

// A doubled quote inside a quoted text ends it and begins the next one at once, which comes to the same.
function skipQuoted(sql: string, from: number, quote: string, hasEscapes: boolean): number {
  for (let r = from; r < sql.length; r++) {
    if (hasEscapes && sql[r] === '\\') r += 1;
    else if (sql[r] === quote) {
      if (hasEscapes && sql[r + 1] === quote) r += 1;
      else return r + 1;
    }
  }
  return sql.length;
}
