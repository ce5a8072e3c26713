/**
 * Where the parts of tables are written in `schema.sql`: a column or constraint is looked for in the
 * statement that makes it, whether that is CREATE TABLE or ALTER TABLE, so that a finding about it points there.
 */

import type { SourceText } from '../check/source-text.ts';
import type { ParsedStatement } from '../check/sql-parser.ts';
import {
  descendants,
  type Fields,
  fieldsAt,
  namesOf,
  nodeOf,
  nodesOf,
  numberAt,
  textAt,
} from '../check/sql-tree.ts';
import { type Excerpt, wholeText } from './excerpt.ts';
import type { ConstraintFacts } from './table-facts.ts';

/** A part of a table as it is written. */
interface Piece {
  readonly table: string;
  readonly kind: 'relation' | 'index' | 'column' | 'value' | 'constraint';
  /** Of the column, index or constraint; empty for a constraint without one. */
  readonly name: string;
  /** As `pg_constraint.contype`. */
  readonly constraintKind: string;
  /** Columns that the constraint names, sorted. */
  readonly columns: readonly string[];
  readonly excerpt: Excerpt;
}

/** The places of one text. */
export class WrittenPlaces {
  readonly #source: SourceText;
  readonly #pieces: Piece[] = [];

  constructor(source: SourceText, statements: readonly ParsedStatement[]) {
    this.#source = source;
    for (const statement of statements) this.#read(statement);
  }

  /** The statement that makes a table or view; the whole text when there is none. */
  relation(name: string): Excerpt {
    const found = this.#pieces.find((each) => each.kind === 'relation' && each.table === name);
    return found?.excerpt ?? wholeText(this.#source);
  }

  /** Where an index is written; the table's place when it belongs to a constraint. */
  index(table: string, name: string): Excerpt {
    return (
      this.#named('index', table, name) ?? this.#named('constraint', table, name) ?? this.relation(table)
    );
  }

  /** Where a column is written. */
  column(table: string, name: string): Excerpt {
    return this.#named('column', table, name) ?? this.relation(table);
  }

  /** Where the default or the expression of a column is written. */
  value(table: string, column: string): Excerpt {
    return this.#named('value', table, column) ?? this.column(table, column);
  }

  /** Where a constraint is written that names these columns. */
  constraint(table: string, facts: ConstraintFacts, columns: readonly string[]): Excerpt {
    const sorted = [...columns].sort().join();
    const unnamed = this.#pieces.find(
      (each) =>
        each.kind === 'constraint' &&
        each.table === table &&
        each.name === '' &&
        each.constraintKind === facts.kind &&
        each.columns.join() === sorted,
    );
    return this.#named('constraint', table, facts.name) ?? unnamed?.excerpt ?? this.relation(table);
  }

  #named(kind: Piece['kind'], table: string, name: string): Excerpt | null {
    const found = this.#pieces.find(
      (each) => each.kind === kind && each.table === table && each.name === name && name !== '',
    );
    return found?.excerpt ?? null;
  }

  #read({ tree, start, end }: ParsedStatement): void {
    const node = nodeOf(tree);
    if (node === null) return;
    const { kind, fields } = node;
    const relation = fieldsAt(fields, kind === 'ViewStmt' ? 'view' : 'relation') ?? {};
    const table = textAt(relation, 'relname');
    const excerpt = this.#excerpt(start, end);
    if (kind === 'CreateStmt' || kind === 'ViewStmt') this.#add({ table, kind: 'relation', excerpt });
    if (kind === 'IndexStmt') this.#add({ table, kind: 'index', name: textAt(fields, 'idxname'), excerpt });
    if (kind !== 'CreateStmt' && kind !== 'AlterTableStmt') return;
    const elements = kind === 'CreateStmt' ? nodesOf(fields['tableElts']) : [];
    const commands = nodesOf(fields['cmds']).map((each) => each.fields);
    const added = commands.flatMap((command) => nodeOf(command['def']) ?? []);
    const parts = [...elements, ...added].filter(
      (each) => each.kind === 'ColumnDef' || each.kind === 'Constraint',
    );
    const cuts = parts
      .flatMap((each) => [each.fields, ...ownConstraints(each.fields)])
      .flatMap((each) => numberAt(each, 'location') ?? []);
    const excerptFrom = (part: Fields, among: readonly number[]): Excerpt => {
      const at = numberAt(part, 'location') ?? start;
      return this.#excerpt(at, Math.min(end, ...among.filter((cut) => cut > at)));
    };
    const tops = parts.flatMap((each) => numberAt(each.fields, 'location') ?? []);
    for (const part of parts) {
      if (part.kind === 'Constraint') {
        this.#constraint(table, part.fields, null, excerptFrom(part.fields, tops));
        continue;
      }
      const name = textAt(part.fields, 'colname');
      this.#add({ table, kind: 'column', name, excerpt: excerptFrom(part.fields, tops) });
      for (const own of ownConstraints(part.fields))
        this.#constraint(table, own, name, excerptFrom(own, cuts));
    }
    for (const command of commands) {
      if (textAt(command, 'subtype') !== 'AT_ColumnDefault') continue;
      this.#add({ table, kind: 'value', name: textAt(command, 'name'), excerpt });
    }
  }

  #constraint(table: string, fields: Fields, column: string | null, excerpt: Excerpt): void {
    const written = textAt(fields, 'contype');
    if (column !== null && VALUES.has(written)) {
      this.#add({ table, kind: 'value', name: column, excerpt });
      return;
    }
    const expression = nodeOf(fields['raw_expr']);
    const keys = [...namesOf(fields['keys']), ...namesOf(fields['fk_attrs'])];
    const own = keys.length > 0 || column === null ? keys : [column];
    const columns =
      expression === null
        ? own
        : [...descendants(expression)]
            .filter(({ kind }) => kind === 'ColumnRef')
            .flatMap((each) => namesOf(each.fields['fields']).at(-1) ?? []);
    this.#add({
      table,
      kind: 'constraint',
      name: textAt(fields, 'conname'),
      constraintKind: CONSTRAINT_KINDS.get(written) ?? '',
      columns: [...new Set(columns)].sort(),
      excerpt,
    });
  }

  #add(piece: Pick<Piece, 'table' | 'kind' | 'excerpt'> & Partial<Piece>): void {
    this.#pieces.push({ name: '', constraintKind: '', columns: [], ...piece });
  }

  #excerpt(start: number, end: number): Excerpt {
    const source = this.#source;
    return { source, start: source.slice(0, start).length, text: source.slice(start, end) };
  }
}

// Constraints of a column, without the words about when they are checked, which belong to the one before.
function ownConstraints(column: Fields): readonly Fields[] {
  return nodesOf(column['constraints'])
    .map((each) => each.fields)
    .filter((each) => !textAt(each, 'contype').startsWith('CONSTR_ATTR'));
}

const VALUES: ReadonlySet<string> = new Set(['CONSTR_DEFAULT', 'CONSTR_GENERATED']);

const CONSTRAINT_KINDS: ReadonlyMap<string, string> = new Map([
  ['CONSTR_CHECK', 'c'],
  ['CONSTR_FOREIGN', 'f'],
  ['CONSTR_PRIMARY', 'p'],
  ['CONSTR_UNIQUE', 'u'],
  ['CONSTR_EXCLUSION', 'x'],
]);
