/** The function that a load calls, as it stands on the chain, and whether its identity may call it. */
import type { Client } from '@bucordo/client';
import { isParameterType, type Parameter } from '@bucordo/protocol';
import { CommandError, notFoundError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { exitRejected } from '../exit-codes.ts';

/** Who asks, and what. */
export interface LoadedFunction {
  readonly contract: string;
  readonly function: string;
  /** `member/name`; signs the query, too. */
  readonly identity: string;
  readonly timeoutMs: number;
}

/** The parameters of the function. An error when there is none that can be called, or this identity may not call it. */
export async function readLoadedFunction(
  client: Client,
  { contract, function: fn, identity, timeoutMs }: LoadedFunction,
): Promise<readonly Parameter[]> {
  const { values } = await client.query(
    `SELECT f.name, pg_catalog.to_jsonb(f.parameter_names)::text, pg_catalog.to_jsonb(f.parameter_types)::text,
            pg_catalog.to_jsonb(f.roles)::text, pg_catalog.to_jsonb(f.classes)::text,
            pg_catalog.to_jsonb(bucordo.reader_roles())::text, bucordo.reader_class()
       FROM bucordo.function AS f WHERE f.contract = $1 AND NOT f.is_retired ORDER BY f.name`,
    [contract],
    { timeoutMs },
  );
  const found = values.find(([name]) => name === fn);
  if (found === undefined) {
    const names = values.map(([name]) => name).join(', ');
    throw notFoundError(
      `the network has no function ${contract}.${fn}`,
      names === ''
        ? `It runs no contract ${contract}; what it runs: ${commandLine('network', 'show')}`
        : `${contract} has ${names}.`,
    );
  }
  const [, names, types, roles, classes, own] = found.map((cell) => listOf(cell ?? '[]'));
  requireAllowed({ name: `${contract}.${fn}`, identity }, [
    ['role', roles ?? [], (own ?? []).filter((role) => role !== '')],
    ['class', classes ?? [], [found[6] ?? '']],
  ]);
  return (names ?? []).map((name, index) => ({ name, type: typeOf(types?.[index] ?? '') }));
}

function requireAllowed(
  { name, identity }: { readonly name: string; readonly identity: string },
  rights: readonly (readonly [kind: string, needed: readonly string[], held: readonly string[]])[],
): void {
  for (const [kind, needed, held] of rights) {
    if (needed.length === 0 || needed.some((each) => held.includes(each))) continue;
    const has = held.length === 0 ? `no ${kind}` : `the ${kind} ${held.join(', ')}`;
    throw new CommandError(
      {
        code: 'not_permitted',
        exitCode: exitRejected,
        hint: 'Sign as somebody who may: --as member/name. Nothing was sent.',
      },
      `${name} asks for the ${kind} ${needed.join(' or ')}; ${identity} has ${has}`,
    );
  }
}

function listOf(text: string): readonly string[] {
  if (!text.startsWith('[')) return [];
  const value: unknown = JSON.parse(text);
  return Array.isArray(value) ? value.map(String) : [];
}

function typeOf(text: string): Parameter['type'] {
  if (isParameterType(text)) return text;
  throw new Error(`the node names the unknown type ${text}`);
}
