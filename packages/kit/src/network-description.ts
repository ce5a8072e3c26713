/**
 * Who takes part in the tests of a contract: members with their classes and identities with their
 * roles, the contracts that are there besides the tested one, and when it all begins. Written once
 * in `tests/network.json`, or told by the test files themselves; all of it together is one network.
 */

import { TestError, type TestPlace } from './test-error.ts';

/** A member of the tests' network. */
export interface TestMember {
  readonly class: string;
  /** Roles by the name of the identity. */
  readonly identities: Readonly<Record<string, readonly string[]>>;
}

/** What `tests/network.json` says; every part may be left out. */
export interface NetworkDescription {
  readonly members?: Readonly<Record<string, TestMember>>;
  /** Folders of contracts that the tested one uses, from the contract's folder, installed before it. */
  readonly contracts?: readonly string[];
  /** Time before the first block, `YYYY-MM-DDThh:mm:ssZ`. */
  readonly time?: string;
  /** Folder of the version before, from the contract's folder: its migration is run on rows. */
  readonly previous?: string;
}

/** Time before the first block unless the tests say otherwise. */
const BEGIN = '2026-01-01T00:00:00Z';

const NAME = /^[a-z][a-z0-9-]*$/;

/** The parts that description and files told, put together. */
export class NetworkPlan {
  readonly #members: Map<string, { class: string; identities: Map<string, readonly string[]> }> = new Map();
  readonly contracts: string[] = [];
  time: string = BEGIN;
  previous: string | null = null;

  /** Adds what a file says. A member keeps its class and an identity its roles, or a {@link TestError} is thrown. */
  add(description: NetworkDescription, place: TestPlace): void {
    const { members = {}, contracts = [], time, previous } = description;
    for (const [member, { class: memberClass, identities }] of Object.entries(members)) {
      for (const [name, roles] of Object.entries(identities)) {
        this.addIdentity({ identity: `${member}/${name}`, memberClass, roles }, place);
      }
    }
    this.contracts.push(...contracts.filter((folder) => !this.contracts.includes(folder)));
    if (time !== undefined) this.time = time;
    if (previous !== undefined) this.previous = previous;
  }

  /** Adds one identity, and its member where it is new. */
  addIdentity(
    told: { identity: string; memberClass: string; roles: readonly string[] },
    place: TestPlace,
  ): void {
    const [memberId = '', name = '', ...rest] = told.identity.split('/');
    const isTaken = name === 'node' || name === 'kit-admin';
    if (!NAME.test(memberId) || !NAME.test(name) || rest.length > 0 || isTaken) {
      throw new TestError(`${told.identity} is no identity of the form member/name`, {
        place,
        hint: 'Small letters, digits and hyphens; `node` and `kit-admin` are the kit’s own.',
      });
    }
    const member = this.#members.get(memberId) ?? { class: told.memberClass, identities: new Map() };
    const known = member.identities.get(name);
    const differs = known !== undefined && known.join() !== told.roles.join();
    if (member.class !== told.memberClass || differs) {
      throw new TestError(`${told.identity} is declared twice, with another class or other roles`, {
        place,
        hint: 'All tests of a contract share one network: declare it the same everywhere, or in tests/network.json alone.',
      });
    }
    member.identities.set(name, told.roles);
    this.#members.set(memberId, member);
  }

  /** The members, in the order of their ids, and their identities in the order of their names. */
  get members(): readonly [member: string, facts: TestMember][] {
    const members = [...this.#members].sort(byName);
    return members.map(([member, { class: memberClass, identities }]) => [
      member,
      { class: memberClass, identities: Object.fromEntries([...identities].sort(byName)) },
    ]);
  }
}

function byName([one]: readonly [string, unknown], [two]: readonly [string, unknown]): number {
  return one < two ? -1 : 1;
}

/** Reads the text of `tests/network.json`. Throws a {@link TestError} that names the key. */
export function parseNetworkDescription(text: string, file: string): NetworkDescription {
  const place = { file, line: 1 };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TestError(`no JSON: ${error instanceof Error ? error.message : String(error)}`, { place });
  }
  const refuse = (reason: string): TestError => new TestError(reason, { place, hint: EXAMPLE });
  if (!isObject(value)) throw refuse('not a JSON object');
  const { members = {}, contracts = [], time, previous, ...rest } = value;
  const unknown = Object.keys(rest);
  if (unknown.length > 0) throw refuse(`unknown key ${unknown.join(', ')}`);
  if (!isObject(members)) throw refuse('members is no object');
  if (!isTexts(contracts)) throw refuse('contracts is no list of folders');
  if (time !== undefined && (typeof time !== 'string' || Number.isNaN(Date.parse(time))))
    throw refuse('time is no time like 2026-01-01T00:00:00Z');
  if (previous !== undefined && typeof previous !== 'string') throw refuse('previous is no folder');
  const read = Object.entries(members).map(([id, member]) => [id, memberOf(id, member, refuse)] as const);
  return {
    members: Object.fromEntries(read),
    contracts,
    ...(time === undefined ? {} : { time }),
    ...(previous === undefined ? {} : { previous }),
  };
}

const EXAMPLE =
  'Example: { "members": { "buyer": { "class": "buyer", "identities": { "alice": ["purchaser"] } } } }';

function memberOf(id: string, value: unknown, refuse: (reason: string) => TestError): TestMember {
  if (!isObject(value)) throw refuse(`members.${id} is no object`);
  const { class: memberClass, identities = {}, ...rest } = value;
  if (Object.keys(rest).length > 0)
    throw refuse(`members.${id} has the unknown key ${Object.keys(rest).join(', ')}`);
  if (typeof memberClass !== 'string') throw refuse(`members.${id} has no class`);
  if (!isObject(identities)) throw refuse(`members.${id}.identities is no object`);
  const read = Object.entries(identities).map(([name, roles]) => {
    if (!isTexts(roles)) throw refuse(`members.${id}.identities.${name} is no list of roles`);
    return [name, roles] as const;
  });
  return { class: memberClass, identities: Object.fromEntries(read) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
