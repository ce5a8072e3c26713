/** The rules for calls of functions, aggregates and window functions. */

import { constantBoundMax } from '../../limits.ts';
import { allowedSignatures } from '../../resolve/allowed-functions.ts';
import { isTotalWithin } from '../order/row-order.ts';
import { CONTEXT_FUNCTIONS } from '../rules/context-functions.ts';
import {
  BOUNDED_ARGUMENTS,
  ORDERED_AGGREGATES,
  ORDERED_WINDOWS,
  PATTERN_FUNCTIONS,
} from '../rules/operators.ts';
import { adviceOnFunction } from '../rules/refused-functions.ts';
import {
  fieldsAt,
  integerConstant,
  namesOf,
  nodeOf,
  nodesOf,
  numberAt,
  stringConstant,
  type TreeNode,
  textAt,
} from '../sql-tree.ts';
import { checkPattern } from './check-expression.ts';
import { type QueryContext, refuse, relationsOf, spotOf } from './query-context.ts';

/** Names of the built-in functions on the positive list; layer B2 tells their overloads apart. */
const ALLOWED_NAMES: ReadonlySet<string> = new Set(
  allowedSignatures().map((signature) => signature.slice(0, signature.indexOf('('))),
);

/** Checks one call. */
export function checkFunctionCall(node: TreeNode, context: QueryContext): void {
  const parts = namesOf(node.fields['funcname']);
  const name = parts.at(-1) ?? '';
  const schema = parts.length > 1 ? parts.slice(0, -1).join('.') : '';
  if (schema === context.contract) checkOwnCall(node, name, context);
  else if (schema === 'bucordo') checkContextCall(node, name, context);
  else if (schema === '' || schema === 'pg_catalog') checkBuiltIn(node, name, context);
  else {
    refuse(context, node, `${parts.join('.')}()`, {
      rule: 'foreign-function',
      message:
        'It is a function of another contract or schema, whose rights and text can change without this one.',
      remedy: "Copy what you need into this contract, or read the other contract's published view.",
    });
  }
  checkPerRow(node, context);
}

function checkOwnCall(node: TreeNode, name: string, context: QueryContext): void {
  if (context.functions.has(name)) {
    context.onCall(name, spotOf(node, context));
    checkRefusals(node, name, context);
    return;
  }
  refuse(context, node, `${context.contract}.${name}()`, {
    rule: 'unknown-function',
    message: `functions.sql has no function ${name}.`,
    remedy: 'Correct the name, or add the function.',
  });
}

// The receipt says what the first row that is refused was told.
function checkRefusals(node: TreeNode, name: string, context: QueryContext): void {
  if (!context.isPerManyRows || !context.refusing.has(name)) return;
  refuse(context, node, `${context.contract}.${name}() for every row of a query`, {
    rule: 'refusal-per-row',
    message:
      'It may refuse, and which of several rows is refused first, and so what the receipt says, depends on how the node reads them. ORDER BY comes too late.',
    remedy:
      'Call it in an assignment inside FOR … IN SELECT … ORDER BY key LOOP, or fix one row by a key in WHERE.',
  });
}

function checkContextCall(node: TreeNode, name: string, context: QueryContext): void {
  if (CONTEXT_FUNCTIONS.has(name)) return;
  refuse(context, node, `bucordo.${name}()`, {
    rule: 'system-function',
    message: 'It belongs to the system; contracts may not call it.',
    remedy: `Contracts may call ${[...CONTEXT_FUNCTIONS.keys()].map((each) => `bucordo.${each}`).join(', ')}.`,
  });
}

function checkBuiltIn(node: TreeNode, name: string, context: QueryContext): void {
  const advice = adviceOnFunction(name);
  if (advice !== null || !ALLOWED_NAMES.has(name)) {
    refuse(context, node, `${name}()`, advice ?? unknownFunction(name, context));
    return;
  }
  if (node.fields['func_variadic'] === true) {
    refuse(context, node, `${name}(VARIADIC …)`, {
      rule: 'variadic',
      message: 'The number of arguments would depend on the data.',
      remedy: 'Write the arguments one by one.',
    });
  }
  checkBounds(node, name, context);
  checkZone(node, name, context);
  if (name === 'format') checkFormat(node, context);
  if (PATTERN_FUNCTIONS.test(name)) checkPattern(argumentsOf(node)[1], node, context);
  if (node.fields['over'] !== undefined) checkWindow(node, name, context);
  else if (ORDERED_AGGREGATES.has(name)) checkAggregate(node, name, context);
}

function unknownFunction(
  name: string,
  context: QueryContext,
): { rule: string; message: string; remedy: string } {
  if (context.functions.has(name)) {
    return {
      rule: 'unqualified-name',
      message: 'A name without its schema means whatever the search path of a session finds first.',
      remedy: `Write ${context.contract}.${name}(…).`,
    };
  }
  return {
    rule: 'function',
    message: 'It is not among the functions that are known to give the same result on every node.',
    remedy:
      'Compute it with the functions that contracts may call; the README of @bucordo/contract lists them.',
  };
}

function argumentsOf(node: TreeNode): readonly unknown[] {
  return Array.isArray(node.fields['args']) ? node.fields['args'] : [];
}

// Rows and lengths that a number asks for are constants, so that nobody asks for billions.
function checkBounds(node: TreeNode, name: string, context: QueryContext): void {
  for (const index of BOUNDED_ARGUMENTS.get(name) ?? []) {
    const bound = boundOf(argumentsOf(node)[index]);
    if (bound !== null && bound <= constantBoundMax) continue;
    refuse(context, node, `${name}(…) without a constant bound`, {
      rule: 'unbounded',
      message: `The number can ask for more rows or characters than a node has memory, before any budget counts them.`,
      remedy: `Write a constant of at most ${constantBoundMax}, or least(n, ${constantBoundMax}), or a FOR loop, which the budget counts.`,
    });
    return;
  }
}

// 10, or ARRAY[10, 20], or least(n, 10).
function boundOf(value: unknown): number | null {
  const node = nodeOf(value);
  if (node?.kind === 'A_ArrayExpr') {
    const bounds = nodesOf(node.fields['elements']).map((each) =>
      integerConstant({ [each.kind]: each.fields }),
    );
    return bounds.includes(null) ? null : bounds.reduce((product: number, each) => product * (each ?? 0), 1);
  }
  if (node?.kind === 'MinMaxExpr' && textAt(node.fields, 'op') === 'IS_LEAST') {
    const bounds = nodesOf(node.fields['args']).map((each) => integerConstant({ [each.kind]: each.fields }));
    return bounds.find((bound) => bound !== null && bound <= constantBoundMax) ?? null;
  }
  return integerConstant(value);
}

// Time zones other than UTC come from a table that differs between machines.
function checkZone(node: TreeNode, name: string, context: QueryContext): void {
  if (name !== 'date_trunc' && name !== 'timezone') return;
  const zone = argumentsOf(node)[name === 'timezone' ? 0 : 2];
  if (stringConstant(zone) === 'UTC') return;
  refuse(context, node, name === 'timezone' ? 'AT TIME ZONE' : 'date_trunc()', {
    rule: 'time-zone',
    message:
      "Time zones come from the session and from the machine's tables, which change several times a year.",
    remedy:
      name === 'timezone'
        ? "Write AT TIME ZONE 'UTC'."
        : "Write date_trunc('day', moment, 'UTC') with the zone 'UTC'.",
  });
}

function checkFormat(node: TreeNode, context: QueryContext): void {
  const pattern = stringConstant(argumentsOf(node)[0]);
  if (pattern !== null && /%[0-9$*-]*I/.test(pattern)) {
    refuse(context, node, 'format() with %I', {
      rule: 'version-dependent',
      message: 'Which names are put in quotes depends on the keywords of the version.',
      remedy: 'Write %s or %L.',
    });
  }
  if (pattern !== null && !/%-?(\*|[0-9]+\$-?\*|[0-9$-]*[0-9]{4})/.test(pattern)) return;
  refuse(context, node, 'format()', {
    rule: 'unbounded',
    message: 'A pattern or width that is not constant can ask for gigabytes.',
    remedy: "Write a constant pattern with widths below 1000, such as format('%s of %s', a, b).",
  });
}

function checkAggregate(node: TreeNode, name: string, context: QueryContext): void {
  const sorts = node.fields['agg_order'];
  if (node.fields['agg_distinct'] === true && name !== 'jsonb_object_agg') return;
  const select = context.select ?? {};
  const order = {
    sorts,
    groups: Array.isArray(select['groupClause']) ? select['groupClause'] : [],
    values: argumentsOf(node),
  };
  if (sorts !== undefined && isTotalWithin(select, order, relationsOf(context))) return;
  refuse(context, node, `${name}(…)`, {
    rule: 'aggregate-without-order',
    message: 'The order of its elements depends on how the node happens to read the rows.',
    remedy: `Write ${name}(… ORDER BY …) with the columns of a key, or with all the values that are collected.`,
  });
}

/** Bit of the parser's frame options: ROWS, which counts rows and not ties. */
const FRAME_ROWS = 4;

function checkWindow(node: TreeNode, name: string, context: QueryContext): void {
  const over = fieldsAt(node.fields, 'over') ?? {};
  const select = context.select ?? {};
  const named = nodesOf(select['windowClause']).find(
    (window) => textAt(window.fields, 'name') === (textAt(over, 'name') || textAt(over, 'refname')),
  );
  const window = { ...(named?.fields ?? {}), ...over };
  const countsRows = ((numberAt(window, 'frameOptions') ?? 0) & FRAME_ROWS) !== 0;
  if (!ORDERED_WINDOWS.has(name) && !ORDERED_AGGREGATES.has(name) && !countsRows) return;
  const groups = Array.isArray(window['partitionClause']) ? window['partitionClause'] : [];
  const order = { sorts: window['orderClause'], groups, values: [] };
  if (window['orderClause'] !== undefined && isTotalWithin(select, order, relationsOf(context))) return;
  refuse(context, node, `${name}() OVER (…)`, {
    rule: 'window-without-order',
    message: 'Rows that the order leaves as ties are numbered as the node happens to read them.',
    remedy: 'Add the columns of a primary or unique key to the ORDER BY of the window.',
  });
}

// How often and in which order a query evaluates an expression is the planner's choice.
function checkPerRow(node: TreeNode, context: QueryContext): void {
  if (!context.isPerRow || !countsCalls(node, context)) return;
  const written = namesOf(node.fields['funcname']).join('.');
  refuse(context, node, `${written}() for every row of a query`, {
    rule: 'call-per-row',
    message:
      'It writes or counts, and how often and in which order a query calls it is the choice of its plan.',
    remedy: 'Call it in an assignment or in VALUES, in a FOR loop over the ordered rows.',
  });
}

/** Whether a node is a call whose number and order of evaluations can be seen. */
export function countsCalls(node: TreeNode, context: QueryContext): boolean {
  if (node.kind !== 'FuncCall') return false;
  const [schema = '', name] = namesOf(node.fields['funcname']);
  if (name === undefined) return false;
  if (schema === 'bucordo') return CONTEXT_FUNCTIONS.get(name)?.countsCalls === true;
  return schema === context.contract && context.writing.has(name);
}
