/**
 * Rules about the arguments of allowed functions: time zones, encodings, fields of times, patterns,
 * formats, and numbers that ask for rows or characters.
 */

import { BOUNDED_ARGUMENTS } from '../check/rules/operators.ts';
import { constantBoundMax } from '../limits.ts';
import type { ResolvedFunction } from './catalogue.ts';
import type { TreeNode } from './node-tree.ts';
import type { Objection } from './resolved-statement.ts';

/** What is wrong with the arguments of a call; null when nothing is. */
export function objectionToArguments(called: ResolvedFunction, args: readonly TreeNode[]): Objection | null {
  return (
    objectionToZone(called, args) ??
    objectionToEncoding(called, args) ??
    objectionToField(called, args) ??
    objectionToUnits(called, args) ??
    objectionToOption(called, args) ??
    objectionToPath(called, args) ??
    objectionToPattern(called, args) ??
    objectionToFormat(called, args) ??
    objectionToBound(called, args)
  );
}

const ZONE_PLACES: ReadonlyMap<string, number> = new Map([
  ['timezone(text,timestamp)', 0],
  ['timezone(text,timestamptz)', 0],
  ['date_trunc(text,timestamptz,text)', 2],
]);

// Zones come from the machine's own tables; only UTC is the same everywhere.
function objectionToZone(called: ResolvedFunction, args: readonly TreeNode[]): Objection | null {
  const place = ZONE_PLACES.get(called.signature);
  const zone = place === undefined ? undefined : args[place];
  if (zone === undefined || constantText(zone)?.toUpperCase() === 'UTC') return null;
  return {
    rule: 'time-zone',
    construct: 'time zone',
    message: 'time zones are data of the machine, and nodes update them at different times',
    remedy: "Use 'UTC'.",
    words: ['at time zone', called.name],
  };
}

// The tables of other encodings are corrected with versions.
function objectionToEncoding(called: ResolvedFunction, args: readonly TreeNode[]): Objection | null {
  if (called.name !== 'convert_to' && called.name !== 'convert_from') return null;
  const bytes = args[1]?.tag === 'CONST' ? args[1].fields.get('constvalue') : null;
  const name = bytes instanceof Uint8Array ? Buffer.from(bytes).toString('latin1').replace(/\0.*$/s, '') : '';
  if (/^utf-?8$/i.test(name)) return null;
  return {
    rule: 'encoding',
    construct: 'encoding',
    message: 'letters have other bytes in some encodings, by versions of Postgres',
    remedy: "Use 'UTF8'.",
    words: [called.name],
  };
}

/** Fields of `extract` by the type from which they are taken: those that every version gives, and the same. */
export const EXTRACTED_FIELDS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    date: 'century day decade dow doy epoch isodow isoyear julian millennium month quarter week year',
    timestamp: `century day decade dow doy epoch hour isodow isoyear julian microseconds millennium milliseconds minute month
      quarter second week year`,
    interval: 'century day decade epoch hour microseconds millennium milliseconds minute month second year',
  }).map(([type, fields]) => [type, fields.split(/\s+/)]),
);

function objectionToField(called: ResolvedFunction, args: readonly TreeNode[]): Objection | null {
  const type = /^extract\(text,(\w+)\)$/.exec(called.signature)?.[1];
  const fields = type === undefined ? undefined : EXTRACTED_FIELDS.get(type);
  if (fields === undefined || args[0] === undefined) return null;
  const field = constantText(args[0])?.toLowerCase();
  if (field !== undefined && fields.includes(field)) return null;
  return {
    rule: 'field',
    construct: field === undefined ? 'field that is no constant' : `${field} of ${type}`,
    message: 'not every version of Postgres takes this field from such a value',
    remedy: `Use one of ${fields.join(', ')}.`,
    words: field === undefined ? ['extract'] : [field, 'extract'],
  };
}

// Where they are multiplied by 12 or 7 and added to the next one, older versions do not notice an overflow.
function objectionToUnits(called: ResolvedFunction, args: readonly TreeNode[]): Objection | null {
  if (called.name !== 'make_interval') return null;
  const given = new Map(
    args.map((each, place) =>
      each.tag === 'NAMEDARGEXPR' ? [each.number('argnumber'), each.child('arg')] : [place, each],
    ),
  );
  const isConstant = (place: number): boolean => {
    const node = given.get(place);
    if (node === undefined) return true;
    const count = node === null ? null : constantNumber(node);
    return count !== null && Math.abs(count) <= constantBoundMax;
  };
  const isZero = (place: number): boolean => {
    const node = given.get(place);
    return node === undefined || (node !== null && constantNumber(node) === 0);
  };
  if ([0, 2].every((place) => isZero(place) || (isConstant(place) && isConstant(place + 1)))) return null;
  return {
    rule: 'units',
    construct: 'make_interval() of years or weeks',
    message: 'such a number becomes months or days, and only newer versions notice when it is too large',
    remedy:
      'Use months => 12 * n and days => 7 * n; years and weeks are constants, with months and days beside them.',
    words: ['make_interval'],
  };
}

// An argument that only newer versions have.
function objectionToOption(called: ResolvedFunction, args: readonly TreeNode[]): Objection | null {
  if (called.name !== 'jsonb_strip_nulls' || args.length < 2) return null;
  return {
    rule: 'version',
    construct: 'jsonb_strip_nulls() of arrays',
    message: 'only Postgres 18 knows it',
    remedy: 'Call it with the document alone; take elements out of arrays in a loop.',
    words: ['jsonb_strip_nulls'],
  };
}

/** Elements of a path into a document, as a constant or as ARRAY[…]. */
const PATH_ELEMENTS_MAX = 8;

// A document is taken apart along the path, one level of the stack for each element.
function objectionToPath(called: ResolvedFunction, args: readonly TreeNode[]): Objection | null {
  if (!/^(jsonb_set|jsonb_insert|jsonb_delete_path)$/.test(called.name)) return null;
  const count = args[1] === undefined ? null : elementCount(args[1]);
  if (count !== null && count <= PATH_ELEMENTS_MAX) return null;
  return {
    rule: 'path',
    construct: `${called.name}() along a path of any length`,
    message: 'how deep a document may be for it depends on the version and the machine',
    remedy: `Write the path as a constant such as '{a,b}' or as ARRAY[a, b], with at most ${PATH_ELEMENTS_MAX} elements.`,
    words: [called.name, '#-'],
  };
}

// Of a constant array: length word, number of dimensions, flags, type, then the first dimension's length.
function elementCount(node: TreeNode): number | null {
  if (node.tag === 'ARRAYEXPR') return node.isTrue('multidims') ? null : node.children('elements').length;
  if (node.tag === 'ARRAYCOERCEEXPR' || node.tag === 'RELABELTYPE') {
    const inner = node.child('arg');
    return inner === null ? null : elementCount(inner);
  }
  const bytes = node.tag === 'CONST' ? node.fields.get('constvalue') : null;
  if (!(bytes instanceof Uint8Array) || bytes.length < 16) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const dimensions = view.getInt32(4, true);
  if (dimensions > 1) return null;
  return dimensions === 0 ? 0 : view.getInt32(16, true);
}

function objectionToPattern(called: ResolvedFunction, args: readonly TreeNode[]): Objection | null {
  const like = objectionToLike(called, args);
  if (like !== null) return like;
  if (!/regex|^substring\(text,text|^similar_to_escape/.test(called.signature)) return null;
  const pattern = called.name === 'similar_to_escape' ? args[0] : args[1];
  const text = pattern === undefined ? null : constantPattern(pattern);
  if (text !== null && !/\\[1-9]/.test(text)) return null;
  return {
    rule: 'pattern',
    construct: text === null ? 'pattern that is no constant' : 'pattern that refers back',
    message: 'a pattern can take longer than any budget counts',
    remedy:
      'Write the pattern as a constant, without \\1 and the like; for texts of callers use LIKE, strpos or starts_with.',
    words: ['~', called.name],
  };
}

/** Per cent signs in a pattern of LIKE, and characters of one that is cut: each may take a level of the stack. */
const LIKE_WILDCARDS_MAX = 1_000;

function objectionToLike(called: ResolvedFunction, args: readonly TreeNode[]): Objection | null {
  if (!/^((text|bpchar)(ic)?n?like|(not)?like|bytean?like)$/.test(called.name)) return null;
  if (args[1] === undefined || isShortPattern(args[1])) return null;
  return {
    rule: 'pattern',
    construct: 'pattern of LIKE of any length',
    message: 'how many wildcards it may have depends on the version and the machine',
    remedy: `Write left(pattern, ${LIKE_WILDCARDS_MAX}), a constant, or strpos and starts_with for a fixed text.`,
    words: ['like', 'ilike', '~~', called.name],
  };
}

function isShortPattern(node: TreeNode): boolean {
  if (node.tag === 'CONST') {
    const bytes = node.fields.get('constvalue');
    return (
      !(bytes instanceof Uint8Array) || bytes.filter((byte) => byte === 0x25).length <= LIKE_WILDCARDS_MAX
    );
  }
  const [first, second] = node.tag === 'FUNCEXPR' ? node.children('args') : [];
  if (first === undefined || second === undefined) return false;
  const called = node.number('funcid');
  if (LIKE_ESCAPE.has(called)) return isShortPattern(first);
  const count = called === LEFT ? constantNumber(second) : null;
  return count !== null && count >= 0 && count <= LIKE_WILDCARDS_MAX;
}

/** Object ids, the same in every version: `left(text, int4)`, and what LIKE … ESCAPE makes of its pattern. */
const LEFT = 3060;
const LIKE_ESCAPE: ReadonlySet<number> = new Set([1637, 2009]);

// %I quotes by the list of key words, which grows with each version.
function objectionToFormat(called: ResolvedFunction, args: readonly TreeNode[]): Objection | null {
  if (called.name !== 'format') return null;
  const format = args[0] === undefined ? null : constantText(args[0]);
  if (format !== null && !/%[^%sIL]*I/.test(format)) return null;
  return {
    rule: 'format',
    construct: 'format()',
    message: '%I quotes by the key words of this version of Postgres',
    remedy: 'Write the format as a constant with %s and %L only.',
    words: ['format'],
  };
}

function objectionToBound(called: ResolvedFunction, args: readonly TreeNode[]): Objection | null {
  const places = BOUNDED_ARGUMENTS.get(called.name) ?? [];
  const isBounded = places.every((place) => {
    const bound = args[place] === undefined ? null : boundOf(args[place]);
    return bound !== null && bound <= constantBoundMax;
  });
  if (isBounded) return null;
  return {
    rule: 'unbounded',
    construct: `${called.name}() without a constant bound`,
    message:
      'the number can ask for more rows or characters than a node has memory, before any budget counts them',
    remedy: `Write a constant of at most ${constantBoundMax}, or least(n, ${constantBoundMax}), or a FOR loop, which the budget counts.`,
    words: [called.name],
  };
}

/** The most that an expression of whole numbers can be, by constants in it; null when nothing bounds it. */
function boundOf(node: TreeNode): number | null {
  if (node.tag === 'FUNCEXPR' && node.word('funcformat') !== '0') {
    const inner = node.children('args')[0];
    return inner === undefined ? null : boundOf(inner);
  }
  if (node.tag === 'MINMAXEXPR' && node.word('op') === '1') {
    const bounds = node.children('args').map((each) => boundOf(each));
    return bounds.find((each) => each !== null && each <= constantBoundMax) ?? null;
  }
  if (node.tag === 'ARRAYEXPR') {
    const bounds = node.children('elements').map((each) => boundOf(each));
    return bounds.includes(null) ? null : bounds.reduce((product: number, each) => product * (each ?? 0), 1);
  }
  return constantNumber(node);
}

/** The text of a constant of the type `text`; null for anything else. */
export function constantText(node: TreeNode): string | null {
  const bytes = node.tag === 'CONST' ? node.fields.get('constvalue') : null;
  return bytes instanceof Uint8Array ? Buffer.from(bytes.subarray(4)).toString('utf8') : null;
}

// SIMILAR TO wraps its pattern into a function that Postgres calls when it plans.
function constantPattern(node: TreeNode): string | null {
  const inner = node.tag === 'FUNCEXPR' ? node.children('args')[0] : node;
  return inner === undefined ? null : constantText(inner);
}

/** The bytes of a constant; null for NULL and for anything else. */
export function constantBytes(node: TreeNode): Uint8Array | null {
  const bytes = node.tag === 'CONST' && !node.isTrue('constisnull') ? node.fields.get('constvalue') : null;
  return bytes instanceof Uint8Array ? bytes : null;
}

/** The value of a constant of whole numbers; null for anything else. */
export function constantNumber(node: TreeNode): number | null {
  const bytes = constantBytes(node);
  if (bytes === null || bytes.length === 0 || bytes.length > 8) return null;
  const value = bytes.reduceRight((total, byte) => (total << 8n) | BigInt(byte), 0n);
  return Number(BigInt.asIntN(8 * bytes.length, value));
}
