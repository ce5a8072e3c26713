/**
 * Where members' databases differ, and where a database differs from the manifest of a contract. Pure:
 * what the nodes told goes in, differences come out, each with the object and the members.
 */
import type { ContractInterface } from '@bucordo/contract';

/** An object as a node tells it. */
interface ReflectedObject {
  readonly kind: string;
  readonly name: string;
  readonly definition: string;
}

/** What one member's node told. */
export interface MemberReflection {
  readonly member: string;
  readonly reflection: {
    readonly contracts: readonly { readonly name: string; readonly version: string; readonly hash: string }[];
    readonly objects: readonly ReflectedObject[];
  };
}

/** One form of an object, and who has it. */
export interface Side {
  readonly members: readonly string[];
  /** Null: they do not have the object. */
  readonly definition: string | null;
}

/** An object that is not the same everywhere. */
export interface Difference {
  /** `function`, `column` …, or `contract` for the document itself. */
  readonly kind: string;
  readonly name: string;
  /** Two or more; the form that most members have comes first. */
  readonly sides: readonly Side[];
}

/** All differences between members, by kind and name. */
export function compareReflections(members: readonly MemberReflection[]): Difference[] {
  const forms = new Map<string, Map<string, string>>();
  for (const { member, reflection } of members) {
    const contracts = reflection.contracts.map((each) => ({
      kind: 'contract',
      name: each.name,
      definition: `${each.version}, document ${each.hash}`,
    }));
    for (const { kind, name, definition } of [...contracts, ...reflection.objects]) {
      const key = `${kind} ${name}`;
      const known = forms.get(key) ?? new Map();
      known.set(member, definition);
      forms.set(key, known);
    }
  }
  const names = members.map(({ member }) => member);
  return [...forms]
    .map(([key, definitions]) => {
      const [kind = ''] = key.split(' ', 1);
      return { kind, name: key.slice(kind.length + 1), sides: sidesOf(names, definitions) };
    })
    .filter(({ sides }) => sides.length > 1)
    .sort((one, two) => (`${one.kind} ${one.name}` < `${two.kind} ${two.name}` ? -1 : 1));
}

function sidesOf(members: readonly string[], definitions: ReadonlyMap<string, string>): Side[] {
  const sides = new Map<string | null, string[]>();
  for (const member of members) {
    const definition = definitions.get(member) ?? null;
    sides.set(definition, [...(sides.get(definition) ?? []), member]);
  }
  return [...sides]
    .map(([definition, having]) => ({ definition, members: having }))
    .sort((one, two) => two.members.length - one.members.length);
}

/** What a contract's document promises and the database of `member` does not keep. */
export function compareWithManifest(
  { member, reflection }: MemberReflection,
  contract: ContractInterface,
): Difference[] {
  const found = new Map(reflection.objects.map((each) => [`${each.kind} ${each.name}`, each.definition]));
  const expected = expectedObjects(contract);
  const missing = expected.filter(({ kind, name, begins }) => {
    const definition = found.get(`${kind} ${name}`);
    return definition === undefined || !definition.startsWith(begins);
  });
  const prefix = `${contract.name}.`;
  const promised = new Set(expected.map(({ kind, name }) => `${kind} ${name}`));
  const extra = reflection.objects.filter(
    ({ kind, name }) =>
      (kind === 'callable' || kind === 'table') &&
      name.startsWith(prefix) &&
      !promised.has(`${kind} ${name}`),
  );
  return [
    ...missing.map(({ kind, name, begins }) =>
      manifestDifference({
        kind,
        name,
        manifest: begins,
        member,
        catalogue: found.get(`${kind} ${name}`) ?? null,
      }),
    ),
    ...extra.map(({ kind, name, definition }) =>
      manifestDifference({ kind, name, manifest: null, member, catalogue: definition }),
    ),
  ];
}

function manifestDifference(facts: {
  kind: string;
  name: string;
  manifest: string | null;
  member: string;
  catalogue: string | null;
}): Difference {
  const { kind, name, manifest, member, catalogue } = facts;
  return {
    kind,
    name,
    sides: [
      { members: ['the approved document'], definition: manifest },
      { members: [member], definition: catalogue },
    ],
  };
}

/** An object and how its definition begins. */
interface ExpectedObject {
  readonly kind: string;
  readonly name: string;
  readonly begins: string;
}

function expectedObjects({ name: contract, functions, tables }: ContractInterface): ExpectedObject[] {
  return [
    ...functions.map(({ name, parameters }) => ({
      kind: 'callable',
      name: `${contract}.${name}`,
      begins: `(${parameters.map((each) => `${each.name} ${each.type}`).join(', ')})`,
    })),
    ...tables.flatMap(({ name, columns }) => [
      { kind: 'table', name: `${contract}.${name}`, begins: 'permanent' },
      ...columns.map((column) => ({
        kind: 'column',
        name: `${contract}.${name}.${column.name}`,
        begins: spokenType(column.type),
      })),
    ]),
  ];
}

/** How Postgres speaks of a type in descriptions. */
function spokenType(type: string): string {
  return SPOKEN.get(type.replace('[]', '')) ?? type.replace('[]', '');
}

const SPOKEN: ReadonlyMap<string, string> = new Map([
  ['bool', 'boolean'],
  ['int2', 'smallint'],
  ['int4', 'integer'],
  ['int8', 'bigint'],
  ['timestamptz', 'timestamp with time zone'],
]);
