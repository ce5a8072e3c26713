/**
 * Resolves the functions of a contract: each of their statements, the shapes of their records, and
 * the conversions that PL/pgSQL makes without a word when it assigns.
 */

import type { Finding } from '../check/finding.ts';
import { ambiguousName } from './ambiguous-names.ts';
import type { Catalogue } from './catalogue.ts';
import { type Conversion, resolveConversions } from './conversions.ts';
import { type Excerpt, wordsInMessage } from './excerpt.ts';
import { type ResultColumn, resultColumns } from './expression-type.ts';
import type { FunctionFacts } from './function-facts.ts';
import type {
  FunctionHead,
  FunctionProgram,
  FunctionText,
  ProgramStatement,
  Target,
} from './function-program.ts';
import { ambiguity, missingField, noArray, otherRows, writeOfReader } from './never-runs.ts';
import type { TreeNode } from './node-tree.ts';
import { DELETE, INSERT, UPDATE } from './query-rows.ts';
import { readProgram } from './read-program.ts';
import { findingAt, type Objection, type ResolvedStatement } from './resolved-statement.ts';
import { columnsOfRow, rowMismatch, rowTypesOf } from './result-rows.ts';
import { attempt, quoteName, type ScratchDatabase, type SqlRefusal } from './scratch-database.ts';
import { sqlProgram } from './sql-program.ts';
import { type Answer, asRole, type Question, resolveStatements, THROWAWAY_SCHEMA } from './throwaway.ts';

/** What is needed to resolve. */
export interface Resolving {
  readonly scratch: ScratchDatabase;
  /** The role under which texts of the contract run; null: as the session's own. */
  readonly role: string | null;
  readonly catalogue: Catalogue;
  /** Functions as Postgres created them, by name. */
  readonly facts: ReadonlyMap<string, FunctionFacts>;
}

/** Statements that were resolved, and findings about those that were not. */
export interface ResolvedFunctions {
  readonly statements: readonly ResolvedStatement[];
  readonly findings: readonly Finding[];
  /** Names of the functions that have a RAISE of their own. */
  readonly refusing: ReadonlySet<string>;
}

/** Resolves all functions in a few round trips. */
export async function resolveFunctions(
  resolving: Resolving,
  texts: readonly FunctionText[],
): Promise<ResolvedFunctions> {
  const work = new FunctionsResolver(resolving);
  for (const text of texts) work.add(text);
  await work.resolve();
  return work;
}

/** A statement on its way. */
interface Pending {
  readonly work: Work;
  readonly statement: ProgramStatement;
}

/** A function and what is known of its records so far. */
interface Work {
  readonly program: FunctionProgram;
  readonly isPositional: boolean;
  /** Types of the records whose shape is known; every other variable has its declared type. */
  readonly shapes: Map<string, Shape>;
}

interface Shape {
  readonly type: string;
  readonly columns: readonly ResultColumn[];
}

/** Commands that change rows. */
const WRITES: ReadonlySet<number> = new Set([INSERT, UPDATE, DELETE]);

class FunctionsResolver implements ResolvedFunctions {
  readonly statements: ResolvedStatement[] = [];
  readonly findings: Finding[] = [];
  readonly refusing = new Set<string>();
  readonly #resolving: Resolving;
  readonly #conversions: Conversion[] = [];
  /** What is assigned to, looked at when all shapes of records are known. */
  readonly #fields: (Pending & { readonly name: string })[] = [];
  #pending: Pending[] = [];
  #shapeCount = 0;

  constructor(resolving: Resolving) {
    this.#resolving = resolving;
  }

  add(text: FunctionText): void {
    const facts = this.#resolving.facts.get(text.name);
    if (facts === undefined) return;
    if (facts.body.length > 0) {
      const excerpt = { source: text.source, start: text.start, text: text.statement };
      for (const tree of facts.body) {
        this.statements.push({
          functionName: text.name,
          excerpt,
          tree,
          sql: text.statement,
          mayStop: !facts.returnsSet,
        });
      }
      return;
    }
    const parsed =
      text.language === 'plpgsql' ? readProgram(text, headOf(facts)) : { ok: sqlProgram(text, facts) };
    if ('error' in parsed) {
      const excerpt = { source: text.source, start: text.bodyStart, text: text.body };
      this.#refuse(excerpt, 'syntax', 'body', parsed.error.message, 'Correct the body.');
      return;
    }
    const program = parsed.ok;
    if (program.refuses) this.refusing.add(program.name);
    for (const { excerpt, construct, reason } of program.unknown) {
      this.#refuse(
        excerpt,
        'unknown-construct',
        construct,
        reason,
        'Write it in another way: assign in the body, with names of their own.',
      );
    }
    for (const { excerpt, objection } of program.deadEnds) this.findings.push(findingAt(excerpt, objection));
    const work: Work = { program, isPositional: text.language !== 'plpgsql', shapes: new Map() };
    this.#pending.push(...program.statements.map((statement) => ({ work, statement })));
  }

  async resolve(): Promise<void> {
    while (this.#pending.length > 0) {
      const named = this.#pending.filter(
        ({ work, statement }) => unknownRecords(work, statement.sql).length === 0,
      );
      // A table may be named like a record: then what fills the record is tried without it.
      const ready =
        named.length > 0
          ? named
          : this.#pending.filter(({ work, statement }) => fillsUnknown(work, statement));
      if (ready.length === 0) break;
      this.#pending = this.#pending.filter((each) => !ready.includes(each));
      await this.#round(ready);
    }
    for (const { work, statement } of this.#pending) {
      const name = unknownRecords(work, statement.sql)[0] ?? '';
      this.#refuse(
        statement.excerpt,
        'record',
        `record ${name}`,
        'no query fills it, so its columns are not known',
        'Declare it with the type of a table, or fill it by SELECT INTO or a FOR loop.',
        [name],
      );
    }
    for (const { work, statement, name } of this.#fields)
      if (this.#lacksField(work, name)) this.#fails(statement, missingField(name));
    const { scratch, role, catalogue } = this.#resolving;
    const { statements, findings } = await resolveConversions(this.#conversions, catalogue, (questions) =>
      resolveStatements(scratch, role, questions),
    );
    this.statements.push(...statements);
    this.findings.push(...findings);
  }

  async #round(ready: readonly Pending[]): Promise<void> {
    const parameters = new Map<Work, Question['parameters']>();
    const questions = ready.map(({ work, statement }): Question => {
      const known = parameters.get(work) ?? parametersOf(work);
      parameters.set(work, known);
      return {
        functionName: work.program.name,
        parameters: known,
        isPositional: work.isPositional,
        sql: statement.sql,
      };
    });
    const answers = await resolveStatements(this.#resolving.scratch, this.#resolving.role, questions);
    for (const [index, pending] of ready.entries()) {
      const answer = answers[index];
      const question = questions[index];
      if (answer === undefined || question === undefined) continue;
      await this.#answered(pending, answer);
      if ('tree' in answer) await this.#reached(pending, question, answer.tree);
    }
  }

  async #answered({ work, statement }: Pending, answer: Answer): Promise<void> {
    if ('refusal' in answer) {
      this.#refuse(
        statement.excerpt,
        'unresolved',
        statement.sql.replace(/\s+/g, ' ').slice(0, 60),
        `Postgres: ${answer.refusal.message}`,
        'Correct it: every name with its schema, every value of a type that fits.',
        wordsInMessage(answer.refusal.message),
      );
      return;
    }
    const { excerpt, mayStop, handlers, target } = statement;
    this.statements.push({
      functionName: work.program.name,
      excerpt,
      tree: answer.tree,
      sql: statement.sql,
      mayStop,
      ...(handlers.length === 0 ? {} : { handlers: [handlers] }),
    });
    if (target !== null) await this.#assigned(work, statement, target, answer.tree);
  }

  // What Postgres finds only when it comes there: names of two meanings, and writes of a function that may not.
  async #reached({ work, statement }: Pending, question: Question, tree: TreeNode): Promise<void> {
    const { scratch, role, catalogue, facts } = this.#resolving;
    const refusing = async (asked: Question): Promise<SqlRefusal | null> => {
      const [answer] = await resolveStatements(scratch, role, [asked]);
      return answer !== undefined && 'refusal' in answer ? answer.refusal : null;
    };
    const name = await ambiguousName(question, statement.names, catalogue, refusing);
    if (name !== null) this.#fails(statement, ambiguity(name));
    const isWrite = WRITES.has(tree.number('commandType'));
    if (isWrite && facts.get(work.program.name)?.isVolatile === false)
      this.#fails(statement, writeOfReader());
  }

  #fails(statement: ProgramStatement, objection: Objection): void {
    this.findings.push(findingAt(statement.excerpt, objection));
  }

  async #assigned(work: Work, statement: ProgramStatement, target: Target, tree: TreeNode): Promise<void> {
    const columns = resultColumns(tree, this.#resolving.catalogue);
    const convert = (from: number, to: string): void => {
      this.#conversions.push({ functionName: work.program.name, excerpt: statement.excerpt, from, to });
    };
    switch (target.kind) {
      case 'result': {
        const facts = this.#resolving.facts.get(work.program.name);
        const first = columns[0];
        const isPlain = facts !== undefined && !facts.isCompositeResult && facts.result !== 'void';
        if (isPlain && first !== undefined) convert(first.type, facts.result);
        return;
      }
      case 'variables':
        for (const [index, name] of target.names.entries()) {
          const column = columns[index];
          this.#fields.push({ work, statement, name });
          const type = column === undefined ? null : this.#typeOf(work, name);
          if (column !== undefined && type !== null) convert(column.type, type);
        }
        return;
      case 'elements': {
        const array = this.#resolving.catalogue.type(columns[0]?.type ?? 0);
        const type = this.#typeOf(work, target.name);
        if (array?.element === 0) this.#fails(statement, noArray(array.sql));
        else if (array !== undefined && type !== null) convert(array.element, type);
        return;
      }
      case 'rows':
        this.#returned(work, statement, columns, target.isOne);
        return;
      case 'row':
        await this.#rowAssigned(work, statement, target.name, columns, convert);
        return;
      default:
        target satisfies never;
    }
  }

  #returned(work: Work, statement: ProgramStatement, columns: readonly ResultColumn[], isOne: boolean): void {
    const { catalogue, facts } = this.#resolving;
    const head = facts.get(work.program.name);
    const wanted = head === undefined ? null : rowTypesOf(head, catalogue);
    const found = isOne ? columnsOfRow(columns, work.shapes, catalogue) : columns;
    const reason = wanted === null || found === null ? null : rowMismatch(found, wanted, catalogue);
    if (reason !== null) this.#fails(statement, otherRows(reason));
  }

  async #rowAssigned(
    work: Work,
    statement: ProgramStatement,
    name: string,
    columns: readonly ResultColumn[],
    convert: (from: number, to: string) => void,
  ): Promise<void> {
    const declared = work.program.variables.find((each) => each.name === name)?.type;
    if (declared !== 'record') {
      const fields = this.#fieldsOf(declared ?? '');
      const isWhole =
        columns.length === 1 && this.#resolving.catalogue.type(columns[0]?.type ?? 0)?.isComposite === true;
      for (const [index, field] of fields.entries()) {
        const column = columns[index];
        if (column !== undefined && !isWhole) convert(column.type, field.sql);
      }
      return;
    }
    const before = work.shapes.get(name);
    if (before === undefined) {
      await this.#shape(work, statement, name, columns);
    } else if (shapeText(before.columns) !== shapeText(columns)) {
      this.#refuse(
        statement.excerpt,
        'record',
        `record ${name}`,
        'it is filled with rows of different columns',
        'Use a variable of its own for each.',
        [name],
      );
    }
  }

  async #shape(
    work: Work,
    statement: ProgramStatement,
    name: string,
    columns: readonly ResultColumn[],
  ): Promise<void> {
    this.#shapeCount += 1;
    const type = `${THROWAWAY_SCHEMA}.${quoteName(`record ${this.#shapeCount}`)}`;
    const list = columns.map((column, index) => {
      const sql = this.#resolving.catalogue.type(column.type)?.sql ?? 'pg_catalog.text';
      return `${quoteName(column.name === '' || column.name === '?column?' ? `column${index + 1}` : column.name)} ${sql}`;
    });
    const refusal = await attempt(
      this.#resolving.scratch,
      asRole(this.#resolving.role, `CREATE TYPE ${type} AS (${list.join(', ')})`),
    );
    if (refusal === null) work.shapes.set(name, { type, columns });
    else
      this.#refuse(
        statement.excerpt,
        'record',
        `record ${name}`,
        `Postgres: ${refusal.message}`,
        'Give each column a name of its own.',
        [name],
      );
  }

  /** The type of a variable or of a field of one, as SQL; null when nothing is converted. */
  #typeOf(work: Work, name: string): string | null {
    const plain = work.program.variables.find((each) => each.name === name);
    if (plain !== undefined) return plain.type === 'record' ? null : plain.type;
    const [record = '', field = ''] = name.replace(/\[\]$/, '').split('.');
    const declared = work.program.variables.find((each) => each.name === record)?.type ?? '';
    const found = this.#fieldsOf(declared).find((each) => each.name === field);
    if (found === undefined) return null;
    return name.endsWith('[]') ? found.sql.replace(/\[\]$/, '') : found.sql;
  }

  #lacksField(work: Work, name: string): boolean {
    const [record = '', field, ...others] = name.replace(/\[\]$/, '').split('.');
    if (field === undefined || others.length > 0) return false;
    const declared = work.program.variables.find((each) => each.name === record)?.type ?? '';
    const fields = work.shapes.get(record)?.columns ?? this.#fieldsOf(declared);
    const isKnown = fields.length > 0 || declared === 'record';
    return isKnown && !fields.some((each) => each.name === field);
  }

  #fieldsOf(type: string): readonly { readonly name: string; readonly sql: string }[] {
    const [schema = '', name = ''] = type.replaceAll('"', '').split('.');
    return this.#resolving.catalogue.relations(schema).find((each) => each.name === name)?.columns ?? [];
  }

  #refuse(
    excerpt: Excerpt,
    rule: string,
    construct: string,
    message: string,
    remedy: string,
    words: readonly string[] = [],
  ): void {
    this.findings.push(findingAt(excerpt, { rule, construct, message, remedy, words }));
  }
}

function headOf(facts: FunctionFacts): FunctionHead {
  return {
    parameters: new Map(facts.parameters.map(({ name, sql }) => [name, sql])),
    result: facts.isCompositeResult || facts.result === 'void' ? null : facts.result,
    hasRows: facts.isCompositeResult,
    mustReturn:
      facts.result !== 'void' && !facts.returnsSet && facts.parameters.every((each) => each.isInput),
  };
}

function parametersOf(work: Work): Question['parameters'] {
  return work.program.variables.flatMap(({ name, type }) => {
    if (type !== 'record') return [{ name, type }];
    const shape = work.shapes.get(name.split('.').at(-1) ?? name);
    return shape === undefined ? [] : [{ name, type: shape.type }];
  });
}

/** Records that a statement names and whose shape is not known yet. */
function unknownRecords(work: Work, sql: string): readonly string[] {
  const unknown = work.program.variables.filter(
    ({ name, type }) => type === 'record' && !work.shapes.has(name.split('.').at(-1) ?? name),
  );
  if (unknown.length === 0) return [];
  const words = new Set(sql.toLowerCase().match(/(?<!\.\s*)[\p{L}_][\p{L}\p{N}_$]*/gu) ?? []);
  return unknown
    .map(({ name }) => name)
    .filter((name) => words.has(name.toLowerCase()) || sql.includes(quoteName(name)));
}

function fillsUnknown(work: Work, { target }: ProgramStatement): boolean {
  if (target?.kind !== 'row' || work.shapes.has(target.name)) return false;
  return work.program.variables.some(({ name, type }) => name === target.name && type === 'record');
}

function shapeText(columns: readonly ResultColumn[]): string {
  return columns.map(({ name, type }) => `${name} ${type}`).join(', ');
}
