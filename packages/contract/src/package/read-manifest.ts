/**
 * Reads `contract.json` strictly: unknown keys, values of another kind and names that Postgres or the
 * protocol would refuse are findings with their place. `manifest.schema.json` says the same for
 * editors.
 */

import { contractNameBytesMax, isReservedContractName } from '@bucordo/protocol';
import type { Finding } from '../check/finding.ts';
import { FindingList } from '../check/finding-list.ts';
import { SourceText } from '../check/source-text.ts';
import { manifestBytesMax } from '../limits.ts';
import { type JsonEntry, JsonTextError, type JsonValue, readJson } from './json-text.ts';
import type { Manifest, ManifestFunction, ManifestReader, ManifestView } from './manifest.ts';

/** A manifest, or what is wrong with the text. */
export type ManifestResult = { readonly manifest: Manifest } | { readonly findings: readonly Finding[] };

/** Reads the text of a manifest. */
export function readManifest(file: string, text: string): ManifestResult {
  const reader = new ManifestTextReader(new SourceText(file, text));
  const manifest = reader.read();
  return reader.findings.isEmpty && manifest !== null ? { manifest } : { findings: reader.findings.all };
}

/** Names of SQL, of roles and classes, and of versions. */
export const IDENTIFIER: RegExp = /^[a-z][a-z0-9_]{0,62}$/;
const LABEL = /^[a-z][a-z0-9_-]{0,62}$/;
const VERSION = /^[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}$/;

/** Most rows that a declared scan may name. */
const scanRowsMax = 1_000_000;

const KEYS: readonly string[] = [
  '$schema',
  'name',
  'version',
  'functions',
  'views',
  'uses',
  'readers',
  'scans',
];

class ManifestTextReader {
  readonly findings: FindingList = new FindingList();
  readonly #source: SourceText;

  constructor(source: SourceText) {
    this.#source = source;
  }

  read(): Manifest | null {
    if (this.#source.bytes.length > manifestBytesMax) {
      this.#refuse(
        0,
        `${this.#source.bytes.length} bytes`,
        `A manifest has at most ${manifestBytesMax} bytes.`,
        'Divide the contract into several.',
      );
      return null;
    }
    try {
      return this.#manifest(readJson(this.#source.text));
    } catch (error) {
      if (!(error instanceof JsonTextError)) throw error;
      this.#refuse(error.at, 'the JSON', `It cannot be read: ${error.message}.`, 'Correct it.');
      return null;
    }
  }

  #manifest(value: JsonValue): Manifest {
    const entries = this.#object(value, 'the manifest', KEYS);
    for (const key of ['name', 'version', 'functions']) {
      if (!entries.has(key)) this.#refuse(value.at, 'the manifest', `It has no "${key}".`, EXAMPLE);
    }
    const name = this.#named(
      entries.get('name'),
      IDENTIFIER,
      'a name of a-z, 0-9 and _ that begins with a letter',
    );
    if (isReservedContractName(name)) {
      this.#refuse(
        entries.get('name')?.value.at ?? 0,
        `"${name}"`,
        `It is reserved, or longer than ${contractNameBytesMax}.`,
        'Choose another name: not bucordo…, private, public, pg_…, …_history or …_read.',
      );
    }
    return {
      name,
      version: this.#named(entries.get('version'), VERSION, 'of the form 1.2.3'),
      functions: this.#record(entries.get('functions'), (each) => this.#permission(each)),
      views: this.#record(entries.get('views'), (each) => this.#view(each)),
      uses: this.#record(entries.get('uses'), (each) => this.#names(each, IDENTIFIER, 1)),
      readers: this.#list(entries.get('readers')?.value).map((each) => this.#rule(each)),
      scans: this.#record(entries.get('scans'), (each) => this.#record(each, (rows) => this.#rows(rows))),
    };
  }

  #permission({ key, value }: JsonEntry): ManifestFunction {
    const entries = this.#object(value, `"${key}"`, ['roles', 'classes']);
    return {
      roles: this.#names(entries.get('roles'), LABEL),
      classes: this.#names(entries.get('classes'), LABEL),
    };
  }

  #view({ key, value }: JsonEntry): ManifestView {
    const entries = this.#object(value, `"${key}"`, ['contracts']);
    if (!entries.has('contracts')) {
      this.#refuse(
        value.at,
        `"${key}"`,
        'It does not say who may read the view.',
        'Write { "contracts": ["*"] } for all contracts, or their names.',
      );
    }
    return { contracts: this.#names(entries.get('contracts'), /^(\*|[a-z][a-z0-9_]{0,62})$/, 1) };
  }

  #rule(value: JsonValue): ManifestReader {
    const entries = this.#object(value, 'a rule of "readers"', [
      'table',
      'classes',
      'roles',
      'columns',
      'rows',
    ]);
    if (!entries.has('table'))
      this.#refuse(value.at, 'a rule of "readers"', 'It names no table.', 'Write { "table": "…", … }.');
    const columns = entries.get('columns');
    const rows = entries.get('rows');
    return {
      table: this.#named(entries.get('table'), IDENTIFIER, 'the name of a table'),
      classes: this.#names(entries.get('classes'), LABEL),
      roles: this.#names(entries.get('roles'), LABEL),
      ...(columns === undefined ? {} : { columns: this.#names(columns, IDENTIFIER, 1) }),
      ...(rows === undefined ? {} : { rows: this.#named(rows, /\S/, 'a predicate of SQL') }),
    };
  }

  #rows({ key, value }: JsonEntry): number {
    if (
      value.kind === 'number' &&
      Number.isInteger(value.number) &&
      value.number >= 1 &&
      value.number <= scanRowsMax
    ) {
      return value.number;
    }
    this.#refuse(
      value.at,
      `"${key}"`,
      'It is not a number of rows.',
      `Write a whole number from 1 to ${scanRowsMax}.`,
    );
    return 1;
  }

  #object(value: JsonValue, what: string, known: readonly string[]): ReadonlyMap<string, JsonEntry> {
    if (value.kind !== 'object') {
      this.#refuse(value.at, what, 'It is not an object.', 'Write { … }.');
      return new Map();
    }
    for (const { key, at } of value.entries) {
      if (known.includes(key)) continue;
      this.#refuse(
        at,
        `"${key}"`,
        `${what} has no such key; misspelt, it would open or close a door unseen.`,
        `Known are ${known.filter((each) => each !== '$schema').join(', ')}.`,
      );
    }
    return new Map(value.entries.map((entry) => [entry.key, entry]));
  }

  #record<Value>(
    entry: JsonEntry | undefined,
    read: (entry: JsonEntry) => Value,
  ): Readonly<Record<string, Value>> {
    if (entry === undefined) return {};
    if (entry.value.kind !== 'object') {
      this.#refuse(entry.value.at, `"${entry.key}"`, 'It is not an object.', 'Write { "name": … }.');
      return {};
    }
    for (const { key, at } of entry.value.entries) {
      if (!IDENTIFIER.test(key))
        this.#refuse(at, `"${key}"`, 'It is no name of SQL.', 'Write a-z, then up to 62 of a-z, 0-9 and _.');
    }
    return Object.fromEntries(entry.value.entries.map((each) => [each.key, read(each)]));
  }

  #names(entry: JsonEntry | undefined, form: RegExp, least: number = 0): readonly string[] {
    if (entry === undefined) return [];
    const names = this.#list(entry.value).map((each) => {
      if (each.kind === 'text' && form.test(each.text)) return each.text;
      this.#refuse(
        each.at,
        `an entry of "${entry.key}"`,
        'It is not a name.',
        'Write a-z, then up to 62 of a-z, 0-9, _ (and - for roles and classes).',
      );
      return '';
    });
    if (names.length < least)
      this.#refuse(
        entry.value.at,
        `"${entry.key}"`,
        'It is empty.',
        'Name at least one, or leave the key out.',
      );
    if (new Set(names).size < names.length)
      this.#refuse(entry.value.at, `"${entry.key}"`, 'It names something twice.', 'Name each once.');
    return names;
  }

  #list(value: JsonValue | undefined): readonly JsonValue[] {
    if (value === undefined) return [];
    if (value.kind === 'list') return value.items;
    this.#refuse(value.at, 'a value', 'It is not a list.', 'Write [ … ].');
    return [];
  }

  #named(entry: JsonEntry | undefined, form: RegExp, what: string): string {
    if (entry === undefined) return '';
    const { key, value } = entry;
    if (value.kind === 'text' && form.test(value.text)) return value.text;
    this.#refuse(value.at, `"${key}"`, `It is not ${what}.`, 'Correct it.');
    return '';
  }

  #refuse(at: number, construct: string, message: string, remedy: string): void {
    const offset = Buffer.byteLength(this.#source.text.slice(0, at));
    this.findings.add({ source: this.#source, offset }, construct, { rule: 'manifest', message, remedy });
  }
}

const EXAMPLE =
  'Example: { "name": "notes", "version": "1.0.0", "functions": { "add_note": { "roles": ["writer"] } } }.';
