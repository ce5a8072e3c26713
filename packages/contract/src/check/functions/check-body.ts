/** The rules for the control statements and variables of a PL/pgSQL body. */

import type { Construct, Expression, FunctionBody, Variable } from '../body/function-body.ts';
import type { Spot } from '../finding-list.ts';
import type { Relations } from '../order/from-list.ts';
import { hasTotalOrder, isSingleRow } from '../order/row-order.ts';
import { CATCHABLE_CONDITIONS, CONTRACT_CODE } from '../rules/operators.ts';
import type { Advice } from '../rules/refused-functions.ts';
import { MOMENT_LITERALS } from '../rules/sql-types.ts';
import { nodeOf, nodesOf, stringConstant, type TreeNode } from '../sql-tree.ts';
import { type HeaderContext, typeAdvice } from './check-header.ts';
import type { OwnFunction, OwnQuery } from './own-function.ts';
import { variableType } from './variable-type.ts';

/** Checks the body of one function, all but what its queries say inside. */
export function checkBody(each: OwnFunction, context: HeaderContext): void {
  const { body } = each;
  if (body === null) {
    checkSqlResult(each, context);
    return;
  }
  for (const construct of body.constructs) checkConstruct(construct, context);
  checkRaises(body, context);
  checkVariables(each, body.variables, context);
  const relations = { contract: context.manifest.name, schema: context.schema, common: new Map() };
  for (const query of each.queries) checkPlace(query, body, { ...context, relations });
}

const REFUSED_CONSTRUCTS: ReadonlyMap<Construct['kind'], (detail: string) => [string, Advice]> = new Map<
  Construct['kind'],
  (detail: string) => [string, Advice]
>([
  [
    'execute',
    () => [
      'EXECUTE',
      {
        rule: 'dynamic-sql',
        message: 'It runs a text as a statement, which no check has seen: the sandbox could be left.',
        remedy:
          'Write the statement itself; for a choice between tables write IF or CASE with a statement each.',
      },
    ],
  ],
  [
    'cursor',
    (detail) => [
      detail.toUpperCase(),
      {
        rule: 'cursor',
        message: 'A cursor keeps its place between statements and outlives the call.',
        remedy: 'Write FOR row IN SELECT … ORDER BY key LOOP … END LOOP.',
      },
    ],
  ],
  [
    'call',
    (detail) => [
      detail.toUpperCase(),
      {
        rule: 'statement',
        message: 'Procedures and anonymous blocks can end the transaction or run what no check has seen.',
        remedy: 'Write a function of the contract and PERFORM it.',
      },
    ],
  ],
  [
    'transaction',
    (detail) => [
      detail.toUpperCase(),
      {
        rule: 'transaction-control',
        message: 'The node ends transactions: one that ends itself would leave half of it behind.',
        remedy: 'Remove it; RAISE EXCEPTION undoes everything.',
      },
    ],
  ],
  [
    'option',
    (detail) => [
      detail === 'collate' ? 'COLLATE' : `#${detail}`,
      {
        rule: 'body-option',
        message: 'It changes how the body is read, unseen by those who approve its statements.',
        remedy: 'Remove it; name parameters as function_name.parameter where a column has the same name.',
      },
    ],
  ],
  [
    'alias',
    (detail) => [
      `${detail} ALIAS FOR …`,
      {
        rule: 'variable',
        message: 'Two names for one variable hide what changes.',
        remedy: 'Use the first name.',
      },
    ],
  ],
]);

function checkConstruct(construct: Construct, context: HeaderContext): void {
  const { kind, detail } = construct;
  const refused = REFUSED_CONSTRUCTS.get(kind)?.(detail);
  if (refused !== undefined) refuse(construct, refused[0], context, refused[1]);
  if (kind === 'raise') checkRaise(construct, context);
  if (kind === 'handler' && !CATCHABLE_CONDITIONS.has(detail)) {
    refuse(construct, `WHEN ${detail.toUpperCase()}`, context, {
      rule: 'handler',
      message:
        'It would also swallow errors of the machine, an exceeded budget or a cancelled call, so that nodes differ in what they did.',
      remedy: `Name the conditions that you expect: ${[...CATCHABLE_CONDITIONS].join(', ')}.`,
    });
  }
  if (kind === 'diagnostics' && detail !== 'row_count') {
    refuse(construct, `GET DIAGNOSTICS … = ${detail.toUpperCase()}`, context, {
      rule: 'diagnostics',
      message: "Texts and places of errors change with Postgres' version.",
      remedy: 'Only ROW_COUNT can be asked for.',
    });
  }
}

function checkRaise(construct: Construct, context: HeaderContext): void {
  const { detail } = construct;
  if (['debug', 'log', 'info', 'notice', 'warning'].includes(detail)) {
    refuse(construct, `RAISE ${detail.toUpperCase()}`, context, {
      rule: 'notice',
      message: 'Messages go to the log of one node; a flood of them fills its disk.',
      remedy: 'Remove it, or write a row of a table. RAISE EXCEPTION refuses the transaction.',
    });
  }
  if (detail === 'again') {
    refuse(construct, 'RAISE without a code', context, {
      rule: 'error-code',
      message: 'It passes on an error of Postgres, whose text and code change with its version.',
      remedy: "Write RAISE EXCEPTION 'text with %', value USING ERRCODE = 'BC101', or leave the handler out.",
    });
  }
  if (detail.startsWith('condition ')) {
    refuse(construct, `RAISE ${detail.slice('condition '.length)}`, context, code());
  }
  const state = /^sqlstate '(.*)'$/.exec(detail)?.[1];
  if (state !== undefined && !CONTRACT_CODE.test(state))
    refuse(construct, `SQLSTATE '${state}'`, context, code());
}

function code(): Advice {
  return {
    rule: 'error-code',
    message:
      'A refusal has a code of the contract, BC000 to BC899: other codes mean an error of the machine, or all become the same "failed".',
    remedy: "Write RAISE EXCEPTION 'text with %', value USING ERRCODE = 'BC101'.",
  };
}

// Each RAISE with the options that follow it up to the next one.
function checkRaises(body: FunctionBody, context: HeaderContext): void {
  const raises = body.constructs.filter(({ kind, detail }) => kind === 'raise' && detail === 'exception');
  raises.forEach((raise, index) => {
    const end = raises[index + 1]?.start ?? Number.MAX_SAFE_INTEGER;
    const own = <Part extends { start: number }>(part: Part): boolean =>
      part.start >= raise.start && part.start < end;
    const hasState = body.constructs.some(
      (part) => own(part) && part.kind === 'raise' && /^(sqlstate|condition) /.test(part.detail),
    );
    const options = body.expressions.filter((part) => own(part) && part.role === 'raise-option');
    const state = options.find(({ name }) => name === 'errcode');
    for (const option of options) checkOption(option, context);
    if (state === undefined && !hasState) refuse(raise, 'RAISE EXCEPTION without ERRCODE', context, code());
  });
}

const RAISE_OPTIONS: ReadonlySet<string> = new Set(['errcode', 'message', 'detail', 'hint']);

function checkOption(option: Expression, context: HeaderContext): void {
  if (!RAISE_OPTIONS.has(option.name)) {
    refuse(option, option.name.toUpperCase(), context, {
      rule: 'error-code',
      message: 'The receipt holds the code and the message, nothing else.',
      remedy: 'Put it into the message.',
    });
  }
  if (option.name !== 'errcode') return;
  const value = /^SELECT '(.*)'$/s.exec(option.sql)?.[1];
  if (value === undefined || !CONTRACT_CODE.test(value)) {
    refuse(option, `ERRCODE = ${option.sql.slice('SELECT '.length)}`, context, code());
  }
}

function checkVariables(each: OwnFunction, variables: readonly Variable[], context: HeaderContext): void {
  const known = new Map<string, string>(each.parameters.map(({ name, type }) => [name, type]));
  for (const variable of variables) {
    const isCounter = variable.typeStart === variable.start;
    const before = known.get(variable.name);
    // A counter of its own type hides nothing that means something else.
    if (before !== undefined && !(isCounter && before === 'int4')) {
      refuse(variable, variable.name, context, {
        rule: 'variable',
        message: 'The name is declared twice: which of the two is meant depends on the place.',
        remedy: 'Give it another name.',
      });
    }
    known.set(variable.name, isCounter ? 'int4' : variableType(variable.type));
    if (!isCounter) checkVariableType(variable, context);
  }
}

function checkVariableType(variable: Variable, context: HeaderContext): void {
  const construct = `${variable.name} ${variable.type}`;
  if (/%\s*(type|rowtype)/i.test(variable.type)) {
    refuse({ start: variable.typeStart }, construct, context, {
      rule: 'type',
      message: 'The type would change with the table, without anybody approving the function again.',
      remedy: 'Write the type itself; for a row write the name of the table, or record.',
    });
    return;
  }
  if (variable.type.toLowerCase() === 'record') return;
  const advice = typeAdvice(variableType(variable.type), context);
  if (advice !== null) refuse({ start: variable.typeStart }, construct, context, advice);
}

interface PlaceContext extends HeaderContext {
  readonly relations: Relations;
}

// What a query may be depends on where it stands.
function checkPlace({ expression, node }: OwnQuery, body: FunctionBody, context: PlaceContext): void {
  if (expression === null) return;
  const { role, into } = expression;
  if (!WHOLE_STATEMENTS.has(role)) checkValue(expression, node, context);
  if (role === 'for-query') checkForQuery(expression, node, context);
  if (into !== null && !into.isStrict && node.kind === 'SelectStmt') checkInto(into.start, node, context);
  if (role === 'initial' || role === 'assignment-value') checkMoment(expression, node, { body, context });
}

/** Roles of whole statements; the others are expressions of one value. */
const WHOLE_STATEMENTS: ReadonlySet<Expression['role']> = new Set([
  'for-query',
  'statement',
  'perform',
  'return-query',
]);

// n := column FROM table: PL/pgSQL takes it as a query.
function checkValue(expression: Expression, node: TreeNode, context: PlaceContext): void {
  if (node.kind !== 'SelectStmt' || isSingleRow(node.fields, context.relations)) return;
  refuse(expression, 'a value FROM many rows', context, {
    rule: 'into-without-key',
    message: 'When several rows match, whether it fails depends on when the node finds the second one.',
    remedy: 'Write variable := (SELECT … FROM … WHERE key = …), with a primary or unique key fixed.',
  });
}

function checkForQuery(expression: Expression, node: TreeNode, context: PlaceContext): void {
  if (node.kind !== 'SelectStmt') {
    refuse(expression, 'FOR … IN a writing statement', context, {
      rule: 'loop-without-order',
      message: 'It visits the changed rows in the order in which the node happens to keep them.',
      remedy: 'Loop over SELECT … ORDER BY key and change one row at a time.',
    });
  } else if (!hasTotalOrder(node.fields, context.relations)) {
    refuse(expression, 'FOR … IN SELECT without order', context, {
      rule: 'loop-without-order',
      message: 'The loop visits the rows in the order in which the node happens to keep them.',
      remedy: 'Add ORDER BY with the columns of a primary or unique key of each table that is read.',
    });
  }
}

function checkInto(offset: number, node: TreeNode, context: PlaceContext): void {
  if (isSingleRow(node.fields, context.relations) || hasTotalOrder(node.fields, context.relations)) return;
  // LIMIT without order is refused for itself.
  if (node.fields['limitCount'] !== undefined) return;
  refuse({ start: offset }, 'SELECT … INTO of many rows', context, {
    rule: 'into-without-key',
    message: 'When several rows match, which one is taken depends on how the node happens to keep them.',
    remedy:
      'Fix a primary or unique key in WHERE, write INTO STRICT, take min(…) or max(…), or add a total ORDER BY with LIMIT 1.',
  });
}

// t timestamptz := 'now'
function checkMoment(
  expression: Expression,
  node: TreeNode,
  { body, context }: { readonly body: FunctionBody; readonly context: HeaderContext },
): void {
  const variable = body.variables.find(({ name }) => name === expression.name.toLowerCase());
  const form = variable === undefined ? undefined : MOMENT_LITERALS.get(variableType(variable.type));
  const [target] = nodesOf(node.fields['targetList']);
  const literal = nodeOf(target?.fields['val']) === null ? null : stringConstant(target?.fields['val']);
  if (form === undefined || literal === null || form.test(literal)) return;
  refuse(expression, `'${literal}'`, context, {
    rule: 'moment-cast',
    message: "Such a text is cast to a moment: 'now', 'today' and zones read the node's clock and settings.",
    remedy:
      "Write bucordo.block_time() or bucordo.timestamp_utc(text), or a literal like '2026-01-31T12:00:00Z' ('2026-01-31' for a date).",
  });
}

// The first row of the last SELECT is the result of a function in SQL.
function checkSqlResult(each: OwnFunction, context: HeaderContext): void {
  const last = each.queries.at(-1);
  if (each.result === 'void' || each.result.startsWith('SETOF ') || last?.node.kind !== 'SelectStmt') return;
  if (each.parameters.some(({ mode }) => mode === 'table')) return;
  const relations = { contract: context.manifest.name, schema: context.schema, common: new Map() };
  if (isSingleRow(last.node.fields, relations) || hasTotalOrder(last.node.fields, relations)) return;
  refuse({ start: last.fragment.start }, 'the last SELECT of many rows', context, {
    rule: 'into-without-key',
    message: 'The function returns its first row, which depends on how the node happens to keep them.',
    remedy: 'Fix a primary or unique key in WHERE, or add a total ORDER BY with LIMIT 1.',
  });
}

function refuse(
  { start }: { readonly start: number },
  construct: string,
  { source, findings }: HeaderContext,
  advice: Advice,
): void {
  const spot: Spot = { source, offset: start };
  findings.add(spot, construct, advice);
}
