import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as sample from '../test/samples.ts';
import {
  type ContractDocument,
  completeContract,
  contractHash,
  decodeContractDocument,
  encodeContractDocument,
} from './contract-document.ts';
import { DecodeError } from './decode-error.ts';
import { toHex } from './hex.ts';
import { columnsMax, contractBytesMax, migrationsMax, readersMax, tablesMax } from './limits.ts';
import { fromUtf8, toUtf8 } from './text.ts';

const text = fromUtf8(sample.contractBytes);
const replaced = (from: string, to: string): Uint8Array => {
  if (!text.includes(from)) {
    throw new Error(`the sample has no ${from}`);
  }
  return toUtf8(text.replace(from, to));
};
const changed = (part: Partial<ContractDocument>): Uint8Array =>
  encodeContractDocument({ ...sample.contract, ...part });

function refusal(document: Uint8Array): string {
  try {
    decodeContractDocument(document);
  } catch (error) {
    return error instanceof DecodeError ? error.message : `not a DecodeError: ${String(error)}`;
  }
  return 'taken';
}

describe('contract document', () => {
  it('reads every part that it writes', () => {
    expect(decodeContractDocument(sample.contractBytes)).toEqual(sample.contract);
    expect(text.endsWith('}\n')).toBe(true);
    expect(Object.keys(JSON.parse(text))).toEqual([
      'bucordo_contract',
      'name',
      'version',
      'functions',
      'views',
      'uses',
      'readers',
      'scans',
      'schema',
      'source',
      'migrations',
    ]);
  });

  it('is the same for parts that are empty and parts that are absent', () => {
    const { name, version, functions, schema, source } = sample.contract;
    const short = { source, schema, functions, version, name };
    const complete = completeContract(short);
    expect(complete).toEqual({
      ...short,
      views: {},
      uses: {},
      readers: [],
      scans: {},
      migrations: [],
    });
    expect(toHex(contractHash(encodeContractDocument(short)))).toBe(
      toHex(contractHash(encodeContractDocument(complete))),
    );
  });

  it('has another hash for every other byte of the SQL', () => {
    const hashes = ['-- a', '-- b', '-- a ', ''].map((source) => toHex(contractHash(changed({ source }))));
    expect(new Set(hashes).size).toBe(4);
  });

  it('takes any text in its SQL and gives it back', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 200 }).filter((any) => !any.includes('\0')),
        (any) => {
          const contract = { ...sample.contract, schema: any, migrations: [{ from: '0.0.1', sql: any }] };
          expect(decodeContractDocument(encodeContractDocument(contract))).toEqual(contract);
        },
      ),
    );
  });

  it.each<[string, string, string, string]>([
    ['an unknown key', '"name": "purchasing"', '"name": "purchasing",\n  "x": 1', 'unknown key "x"'],
    [
      'an unknown key in a view',
      '"open_order": {',
      '"open_order": {\n      "x": 1,',
      'views.open_order has an unknown key',
    ],
    ['another version of the format', '"bucordo_contract": 1', '"bucordo_contract": 2', 'bucordo_contract'],
    ['a space more', '"version": ', '"version":  ', 'not written in the one form'],
    ['no line end', '}\n', '}', 'not written in the one form'],
    ['an escape for a letter', 'CREATE', '\\u0043REATE', 'not written in the one form'],
    ['a repeated key', '"uses": {', '"uses": {},\n  "uses": {', 'not strict JSON'],
    ['a reserved name', '"name": "purchasing"', '"name": "bucordo"', 'reserved'],
    ['a name like a readers’ schema', '"name": "purchasing"', '"name": "a_read"', 'reserved'],
    ['a bad version', '"1.1.0"', '"1.1"', 'version "1.1"'],
    ['a bad version to migrate from', '"from": "1.0.0"', '"from": "1.0"', 'version "1.0"'],
    ['a view for nobody', '[\n        "*"\n      ]', '[]', 'views.order_count.contracts'],
    ['a view for a pattern', '"*"', '"pay*"', 'views.order_count.contracts[0]'],
    ['a wildcard where views are named', '"product"', '"*"', 'uses.catalogue[0]'],
    ['a use of itself', '"catalogue"', '"purchasing"', 'views of itself'],
    ['a use of no view', '[\n      "product"\n    ]', '[]', 'uses.catalogue'],
    ['a rule of no column', '[\n        "order_id",\n        "placed"\n      ]', '[]', 'readers[1].columns'],
    ['an empty predicate', '"placed >= \'2026-01-01\'"', '""', 'readers[1].rows'],
    ['a scan of nothing', '"order_header": 500', '"order_header": 0', 'scans.note.order_header'],
    ['a scan without a bound', '"order_header": 500', '"order_header": 1000001', 'scans.note.order_header'],
    ['a prototype for a key', '"open_order"', '"__proto__"', '__proto__'],
    ['a list for an object', '"uses": {', '"uses": [], "y": {', 'unknown key "y"'],
  ])('refuses %s and says where', (_, from, to, message) => {
    expect(refusal(replaced(from, to))).toContain(message);
  });

  it('refuses two migrations from one version', () => {
    const twice = [...sample.contract.migrations, ...sample.contract.migrations];
    expect(refusal(changed({ migrations: twice }))).toContain('two migrations from the same version');
  });

  it('refuses keys in another order', () => {
    const { bucordo_contract: format, ...rest } = JSON.parse(text);
    const document = toUtf8(`${JSON.stringify({ ...rest, bucordo_contract: format }, null, 2)}\n`);
    expect(refusal(document)).toContain('not written in the one form');
  });

  it('takes as many bytes as it may have and not one more', () => {
    const room = contractBytesMax - changed({ source: '' }).length;
    expect(decodeContractDocument(changed({ source: 'x'.repeat(room) })).source.length).toBe(room);
    expect(refusal(changed({ source: 'x'.repeat(room + 1) }))).toContain(`above ${contractBytesMax}`);
  });

  it('takes as many entries as it may have and not one more', () => {
    const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `t${index}`);
    const scans = (count: number) => ({ note: Object.fromEntries(names(count).map((name) => [name, 1])) });
    const views = (count: number) =>
      Object.fromEntries(names(count).map((name) => [name, { contracts: ['*'] }]));
    const readers = (count: number) => names(count).map((table) => ({ table, roles: [], classes: [] }));
    const columns = (count: number) => [{ table: 't', roles: [], classes: [], columns: names(count) }];
    const migrations = (count: number) =>
      names(count).map((name) => ({ from: `1.0.${name.slice(1)}`, sql: '' }));
    const judged = [
      [changed({ scans: scans(tablesMax) }), changed({ scans: scans(tablesMax + 1) })],
      [changed({ views: views(tablesMax) }), changed({ views: views(tablesMax + 1) })],
      [changed({ readers: columns(columnsMax) }), changed({ readers: columns(columnsMax + 1) })],
      [changed({ readers: readers(readersMax) }), changed({ readers: readers(readersMax + 1) })],
      [
        changed({ migrations: migrations(migrationsMax) }),
        changed({ migrations: migrations(migrationsMax + 1) }),
      ],
    ].map((pair) => pair.map((document) => refusal(document) === 'taken'));
    expect(judged).toEqual(judged.map(() => [true, false]));
  });
});
