/**
 * `bucordo.run_block` and `bucordo.close_block` as SQL: the templates with one branch for every
 * function of the catalogue and one for every table. A branch checks who may call, casts the
 * arguments and calls; no statement is put together while a block runs.
 */

import { blockWrittenBytesMax, resultBytesMax, writtenBytesMax } from '@bucordo/protocol';
import type { CatalogueFunction } from '../chain/catalogue.ts';
import type { DispatchedFunction } from './contract-function.ts';
import type { ContractTable } from './contract-table.ts';
import { changeHashesSql, historySchema } from './history-sql.ts';
import { profileCheck, profileStatements } from './session-profile.ts';
import { fillTemplate, qualifiedName, quoteText, quoteTexts, readSql } from './sql-text.ts';
import { CATALOGUE_TABLES, SYSTEM_CONTRACT } from './system-contract.ts';

/** What executing a block is generated from. */
export interface BlockParts {
  readonly networkId: Uint8Array;
  /** The version of the rules by which blocks are executed. */
  readonly rules: number;
  /** The height of the block that last changed functions; 0 for those of the genesis. */
  readonly functionsHeight: number;
  readonly functions: readonly DispatchedFunction[];
  readonly tables: readonly ContractTable[];
}

/** Branches below which a plain CASE is faster than halving first. */
const CASE_BRANCHES_MAX = 6;

/** The statement that creates `bucordo.run_block`. */
export function runBlockSql(parts: BlockParts): string {
  const functions = parts.functions.toSorted((a, b) => a.number - b.number);
  return fillTemplate(readSql('template/run-block.sql'), {
    profileIsSet: profileCheck(),
    restoreProfile: indent(profileStatements(), 4),
    dispatch: indent(dispatch(functions, parts.rules), 10),
    rules: String(parts.rules),
    functionsHeight: String(parts.functionsHeight),
    writtenBytesMax: String(writtenBytesMax),
    blockWrittenBytesMax: String(blockWrittenBytesMax),
  });
}

/** The statement that creates `bucordo.close_block`. */
export function closeBlockSql(parts: BlockParts): string {
  return fillTemplate(readSql('template/close-block.sql'), {
    changes: indent(changes(parts.tables.filter((table) => table.contract !== SYSTEM_CONTRACT)), 2),
    systemChanges: indent(changes(parts.tables.filter((table) => table.contract === SYSTEM_CONTRACT)), 4),
    changeTag: tagHex('change'),
    stateTag: tagHex('state'),
    network: Buffer.from(parts.networkId).toString('hex'),
  });
}

function dispatch(functions: readonly DispatchedFunction[], rules: number): string {
  const number = 'this.calls[call_at - 2]';
  if (functions.length > CASE_BRANCHES_MAX) {
    const half = functions.length >> 1;
    const bound = functions[half]?.number ?? 0;
    return `IF ${number} < ${bound} THEN
${indent(dispatch(functions.slice(0, half), rules), 2)}
ELSE
${indent(dispatch(functions.slice(half), rules), 2)}
END IF;`;
  }
  const branches = functions.map(
    (each) => `WHEN ${each.number} THEN  -- ${each.contract}.${each.name}\n${indent(branch(each, rules), 2)}`,
  );
  return `CASE ${number}
${branches.join('\n')}
ELSE
  RAISE EXCEPTION USING ERRCODE = 'BC900', MESSAGE = 'function_unknown';
END CASE;`;
}

function branch(called: DispatchedFunction, rules: number): string {
  const call = `${qualifiedName(called.contract, called.name)}(${called.parameters.map(argument).join(', ')})`;
  const lines = called.returnsValue
    ? [
        `call_value := coalesce(to_jsonb(${call})::text, 'null');`,
        'result_bytes := result_bytes + octet_length(call_value) - 4;',
        `IF result_bytes > ${resultBytesMax} THEN`,
        `  RAISE EXCEPTION USING ERRCODE = 'BC900', MESSAGE = 'result_too_large', DETAIL = 'results of more than ${resultBytesMax} bytes';`,
        'END IF;',
        'IF call_count > 1 THEN',
        '  IF call_values IS NULL THEN',
        '    call_values := array_fill(NULL::text, ARRAY[call_count]);',
        '  END IF;',
        '  call_values[call_number] := call_value;',
        'END IF;',
      ]
    : [`returned_null := ${call} IS NULL;`];
  const mark = changesSystem(called) ? ['to_do := to_do | bucordo.system_bit();'] : [];
  return [...permission(called, rules), ...mark, ...lines].join('\n');
}

// All functions of the system but checkpoints, which every network has in numbers, change its shared tables.
function changesSystem(called: DispatchedFunction): boolean {
  return called.contract === SYSTEM_CONTRACT && called.name !== 'checkpoint';
}

function permission({ contract, name, roles, classes }: DispatchedFunction, rules: number): string[] {
  const needed = [
    ...(roles.length > 0 ? [`one of the roles ${roles.join(', ')}`] : []),
    ...(classes.length > 0 ? [`a member of the class ${classes.join(' or ')}`] : []),
  ];
  const conditions = [
    ...(roles.length > 0 ? [`this.roles && ${quoteTexts(roles)}`] : []),
    ...(classes.length > 0 ? [`this.member_class = ANY (${quoteTexts(classes)})`] : []),
  ];
  if (conditions.length === 0) return [];
  const words = quoteText(`${contract}.${name} asks for ${needed.join(' and ')}`);
  const detail = rules >= REFUSALS_TELL ? `, DETAIL = ${words}` : '';
  return [
    `IF NOT (${conditions.join(' AND ')}) THEN`,
    `  RAISE EXCEPTION USING ERRCODE = 'BC900', MESSAGE = 'not_permitted'${detail};`,
    'END IF;',
  ];
}

/** The rules from which on a receipt says which role or class was missing. */
const REFUSALS_TELL = 2;

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
  );${marksCatalogue(table) ? MARK_CATALOGUE : ''}
END IF;`;
  });
  return branches.join('\n');
}

// The counters cannot tell for certain, but a hash more can.
function marksCatalogue(table: ContractTable): boolean {
  return table.contract === SYSTEM_CONTRACT && CATALOGUE_TABLES.has(table.name);
}

const MARK_CATALOGUE = `
  catalogue_changed := catalogue_changed OR cardinality(change_hashes) > hashes_before;
  hashes_before := cardinality(change_hashes);`;

function tagHex(tag: string): string {
  return Buffer.from(`bucordo/${tag}/v1\0`, 'utf8').toString('hex');
}

function indent(text: string, columns: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(columns));
}
