/**
 * Lets Postgres resolve statements without running them: each group becomes the body of a throwaway
 * function in `BEGIN ATOMIC`, with every variable as a typed parameter, and the resolved trees are
 * read from the catalogue.
 */

import { readNodeTree, type TreeNode, topNodes } from './node-tree.ts';
import { attempt, quoteName, type ScratchDatabase, type SqlRefusal } from './scratch-database.ts';

/** The schema in which throwaway functions and types are made. */
export const THROWAWAY_SCHEMA = 'bucordo_check';

/** Parameters that a function may have, less than Postgres' 100. */
const PARAMETERS_MAX = 95;

/** A statement that Postgres shall resolve. */
export interface Question {
  /** The name under which its parameters may be qualified: that of the contract's function. */
  readonly functionName: string;
  readonly parameters: readonly { readonly name: string; readonly type: string }[];
  /** Whether parameters are meant by their places too (`$1`), so that none may be left out. */
  readonly isPositional: boolean;
  readonly sql: string;
}

/** What Postgres answers: the resolved statement, or why it refuses, with the place in the question's SQL. */
export type Answer = { readonly tree: TreeNode } | { readonly refusal: SqlRefusal };

interface Group {
  readonly head: Question;
  readonly questions: readonly Question[];
  readonly sql: string;
}

/** Resolves `questions`; the answers stand in their order. Neighbours of the same function share one round trip. */
export async function resolveStatements(
  scratch: ScratchDatabase,
  role: string | null,
  questions: readonly Question[],
): Promise<readonly Answer[]> {
  const answers = new Map<Question, Answer>();
  const groups = groupsOf(questions);
  if (!(await tryGroups(scratch, role, groups, answers))) {
    for (const group of groups) {
      if (await tryGroups(scratch, role, [group], answers)) continue;
      for (const question of group.questions) await askAlone(scratch, role, question, answers);
    }
  }
  return questions.map((question) => answers.get(question) ?? { refusal: NO_ANSWER });
}

const NO_ANSWER: SqlRefusal = { sqlstate: '42601', message: 'it is not one statement', offset: null };

function groupsOf(questions: readonly Question[]): readonly Group[] {
  const groups: Question[][] = [];
  for (const question of questions) {
    const last = groups.at(-1);
    const head = last?.[0];
    if (last !== undefined && head !== undefined && isSameFunction(head, question)) last.push(question);
    else groups.push([question]);
  }
  return groups.flatMap((group) => groupOf(group));
}

function isSameFunction(a: Question, b: Question): boolean {
  return (
    a.functionName === b.functionName && a.parameters === b.parameters && a.isPositional === b.isPositional
  );
}

function groupOf(questions: readonly Question[]): readonly Group[] {
  const head = questions[0];
  if (head === undefined) return [];
  const body = questions.map((each) => each.sql);
  const parameters = head.isPositional ? head.parameters : named(head.parameters, body);
  if (parameters.length > PARAMETERS_MAX && questions.length > 1)
    return questions.flatMap((each) => groupOf([each]));
  const list = parameters.map(({ name, type }) => `${name === '' ? '' : quoteName(name)} ${type}`).join(', ');
  const sql = body.map((each) => `${each}\n;`).join('\n');
  return [{ head, questions, sql: `(${list}) RETURNS void BEGIN ATOMIC ${sql} END` }];
}

// Only parameters that the statements name: a function may have a hundred of them, a contract's more.
function named(
  parameters: readonly { readonly name: string; readonly type: string }[],
  body: readonly string[],
): readonly { readonly name: string; readonly type: string }[] {
  const words = new Set(body.flatMap((sql) => sql.toLowerCase().match(/[\p{L}_][\p{L}\p{N}_$]*/gu) ?? []));
  return parameters.filter(({ name }) => words.has(name.toLowerCase()) || !/^[a-z_]\w*$/.test(name));
}

async function tryGroups(
  scratch: ScratchDatabase,
  role: string | null,
  groups: readonly Group[],
  answers: Map<Question, Answer>,
): Promise<boolean> {
  if (groups.length === 0) return true;
  const create = groups.map(({ head, sql }, index) => {
    const name = `${THROWAWAY_SCHEMA}.${quoteName(head.functionName)}`;
    return `CREATE FUNCTION ${name} ${sql}; ALTER FUNCTION ${name} RENAME TO ${quoteName(throwawayName(index))};`;
  });
  if ((await attempt(scratch, asRole(role, create.join('\n')))) !== null) return false;
  const bodies = await readBodies(scratch);
  for (const [index, group] of groups.entries()) {
    const trees = topNodes(readNodeTree(bodies.get(throwawayName(index)) ?? '()'));
    if (trees.length !== group.questions.length) return false;
    for (const [place, question] of group.questions.entries()) {
      const tree = trees[place];
      if (tree !== undefined) answers.set(question, { tree });
    }
  }
  return true;
}

async function askAlone(
  scratch: ScratchDatabase,
  role: string | null,
  question: Question,
  answers: Map<Question, Answer>,
): Promise<void> {
  const groups = groupOf([question]);
  if (await tryGroups(scratch, role, groups, answers)) return;
  const name = `${THROWAWAY_SCHEMA}.${quoteName(question.functionName)}`;
  const text = asRole(role, `CREATE FUNCTION ${name} ${groups[0]?.sql ?? ''}`);
  const refusal = (await attempt(scratch, text)) ?? NO_ANSWER;
  const before = [...text.slice(0, text.lastIndexOf(question.sql))].length;
  const offset = refusal.offset === null ? null : refusal.offset - before;
  answers.set(question, { refusal: { ...refusal, offset } });
}

/** Statements as they run under `role`, which owns nothing else. */
export function asRole(role: string | null, sql: string): string {
  return role === null ? sql : `SET LOCAL ROLE ${quoteName(role)}; ${sql}\n; RESET ROLE`;
}

function throwawayName(index: number): string {
  return `throwaway ${index}`;
}

/** Reads the bodies of the throwaway functions and drops them. */
async function readBodies(scratch: ScratchDatabase): Promise<ReadonlyMap<string, string>> {
  const { rows } = await scratch.query(
    `SELECT p.proname::pg_catalog.text AS name, p.prosqlbody::pg_catalog.text AS body,
            p.oid::pg_catalog.regprocedure::pg_catalog.text AS signature
       FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
      WHERE n.nspname = $1
      ORDER BY p.oid`,
    [THROWAWAY_SCHEMA],
  );
  if (rows.length > 0) {
    await scratch.query(`DROP FUNCTION ${rows.map((row) => String(row['signature'])).join(', ')}`);
  }
  return new Map(rows.map((row) => [String(row['name']), String(row['body'])]));
}
