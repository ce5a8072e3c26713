/**
 * `bucordo.execute_block` as SQL: the template with one branch for every function of the catalogue.
 * A branch checks who may call, casts the arguments and calls; no statement is put together while
 * a block runs.
 */

import type { CatalogueFunction } from '../chain/catalogue.ts';
import type { ContractTable } from './contract-table.ts';
import { changeHashesSql, historySchema } from './history-sql.ts';
import { profileCheck, profileStatements } from './session-profile.ts';
import { fillTemplate, qualifiedName, quoteText, quoteTexts, readSql } from './sql-text.ts';

/** A function with what only the dispatcher needs to know. */
export interface DispatchedFunction extends CatalogueFunction {
  readonly returnsValue: boolean;
}

/** What `execute_block` is generated from. */
export interface ExecuteBlockParts {
  readonly networkId: Uint8Array;
  readonly functions: readonly DispatchedFunction[];
  readonly tables: readonly ContractTable[];
}

/** Branches below which a plain CASE is faster than halving first. */
const CASE_BRANCHES_MAX = 6;

/** The statement that creates `bucordo.execute_block`. */
export function executeBlockSql(parts: ExecuteBlockParts): string {
  const functions = parts.functions.toSorted((a, b) => a.number - b.number);
  return fillTemplate(readSql('template/execute-block.sql'), {
    profileIsSet: profileCheck(),
    restoreProfile: indent(profileStatements(), 4),
    dispatch: indent(dispatch(functions), 10),
    changes: indent(changes(parts.tables), 2),
    changeTag: tagHex('change'),
    stateTag: tagHex('state'),
    network: Buffer.from(parts.networkId).toString('hex'),
  });
}

function dispatch(functions: readonly DispatchedFunction[]): string {
  const number = 'this.calls[call_at - 2]';
  if (functions.length > CASE_BRANCHES_MAX) {
    const half = functions.length >> 1;
    const bound = functions[half]?.number ?? 0;
    return `IF ${number} < ${bound} THEN
${indent(dispatch(functions.slice(0, half)), 2)}
ELSE
${indent(dispatch(functions.slice(half)), 2)}
END IF;`;
  }
  const branches = functions.map(
    (each) => `WHEN ${each.number} THEN  -- ${each.contract}.${each.name}\n${indent(branch(each), 2)}`,
  );
  return `CASE ${number}
${branches.join('\n')}
ELSE
  RAISE EXCEPTION USING ERRCODE = 'BC900', MESSAGE = 'function_unknown';
END CASE;`;
}

function branch(called: DispatchedFunction): string {
  const call = `${qualifiedName(called.contract, called.name)}(${called.parameters.map(argument).join(', ')})`;
  const lines = called.returnsValue
    ? [
        `call_value := coalesce(to_jsonb(${call})::text, 'null');`,
        'IF call_count > 1 THEN',
        '  IF call_values IS NULL THEN',
        '    call_values := array_fill(NULL::text, ARRAY[call_count]);',
        '  END IF;',
        '  call_values[call_number] := call_value;',
        'END IF;',
      ]
    : [`returned_null := ${call} IS NULL;`];
  return [...permission(called), ...lines].join('\n');
}

function permission(called: DispatchedFunction): string[] {
  const conditions = [
    ...(called.roles.length > 0 ? [`this.roles && ${quoteTexts(called.roles)}`] : []),
    ...(called.classes.length > 0 ? [`this.member_class = ANY (${quoteTexts(called.classes)})`] : []),
  ];
  if (conditions.length === 0) return [];
  return [
    `IF NOT (${conditions.join(' AND ')}) THEN`,
    "  RAISE EXCEPTION USING ERRCODE = 'BC900', MESSAGE = 'not_permitted';",
    'END IF;',
  ];
}

// The grammar of arguments was checked before; a JSON null is SQL NULL for every type.
function argument(parameter: CatalogueFunction['parameters'][number]): string {
  const key = quoteText(parameter.name);
  switch (parameter.type) {
    case 'text':
      return `arguments ->> ${key}`;
    case 'bytea':
      return `decode(arguments ->> ${key}, 'hex')`;
    case 'jsonb':
      return `nullif(arguments -> ${key}, 'null'::jsonb)`;
    case 'text[]':
      return `bucordo.text_array(arguments -> ${key})`;
    case 'bytea[]':
      return `bucordo.bytea_array(arguments -> ${key})`;
    case 'jsonb[]':
      return `bucordo.jsonb_array(arguments -> ${key})`;
    default:
      return parameter.type.endsWith('[]')
        ? `bucordo.text_array(arguments -> ${key})::${parameter.type}`
        : `(arguments ->> ${key})::${parameter.type}`;
  }
}

// The counters may still hold changes of earlier blocks, never miss one of this block.
function changes(tables: readonly ContractTable[]): string {
  const branches = tables.map((table) => {
    const history = quoteText(qualifiedName(historySchema(table.contract), table.name));
    return `IF NOT changes_counted OR pg_stat_get_xact_tuples_inserted(${history}::regclass) > 0 THEN
  change_hashes := change_hashes || ARRAY(
${indent(changeHashesSql(table), 4)}
  );
END IF;`;
  });
  return branches.join('\n');
}

function tagHex(tag: string): string {
  return Buffer.from(`bucordo/${tag}/v1\0`, 'utf8').toString('hex');
}

function indent(text: string, columns: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(columns));
}
