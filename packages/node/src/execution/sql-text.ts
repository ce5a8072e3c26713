/**
 * SQL that is put together: files of `packages/node/sql` with their placeholders, names and values
 * quoted. Only generators of this folder use it; queries pass their values as parameters.
 */

import { readFileSync } from 'node:fs';

const SQL_DIRECTORY = new URL('../../sql/', import.meta.url);

/** Reads a file of `packages/node/sql`, `path` relative to it. */
export function readSql(path: string): string {
  return readFileSync(new URL(path, SQL_DIRECTORY), 'utf8');
}

/**
 * Replaces every `{{name}}` of `template` by its value. A placeholder without a value and a value
 * without a placeholder are programming errors and throw.
 */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  const used = new Set<string>();
  const text = template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for the placeholder ${name}`);
    used.add(name);
    return value;
  });
  const unused = Object.keys(values).filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`no placeholder for ${unused.join(', ')}`);
  return text;
}

/** A name as SQL identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `schema.name` as SQL identifiers. */
export function qualifiedName(schema: string, name: string): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}

/** A text as SQL literal, for `standard_conforming_strings`. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Texts as a literal of type text[]. */
export function quoteTexts(texts: readonly string[]): string {
  return `ARRAY[${texts.map(quoteText).join(', ')}]::text[]`;
}

/** Bytes as a bytea literal. */
export function quoteBytes(bytes: Uint8Array): string {
  return `'\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}'::bytea`;
}
