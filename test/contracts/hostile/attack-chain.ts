/**
 * Runs hostile cases through the real executor with no checker before it: each case is a function of
 * the contract `trial`, installed as a genesis installs it, and called in a block of its own.
 */

import type { GenesisContract } from '@bucordo/protocol';
import type pg from 'pg';
import type { Executor } from '../../../packages/node/src/execution/executor.ts';
import { Fault } from '../../../packages/node/src/fault.ts';
import { connect } from '../../../packages/node/src/postgres/connection.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';
import { TestChain } from '../../support/test-chain.ts';
import { attackSource, type HostileCase, TRIAL_FILL, TRIAL_SCHEMA } from './hostile-case.ts';

/** How an attack ended. */
export interface AttackOutcome {
  /** The code of the receipt; null when the call was carried out. */
  readonly code: string | null;
  /** What Postgres said, for the node's own eyes. */
  readonly sqlstate: string;
  readonly detail: string;
}

/** The contract that the attacks are after. */
const SECRET: GenesisContract = {
  name: 'secret',
  version: '1.0.0',
  functions: { publish: { roles: [], classes: [] } },
  schema: `CREATE TABLE secret.paper (id int4 PRIMARY KEY, content text NOT NULL);`,
  source: `
    CREATE FUNCTION secret.whisper(wanted int4) RETURNS text LANGUAGE plpgsql AS $$
    BEGIN
      RETURN (SELECT p.content FROM secret.paper AS p WHERE p.id = wanted);
    END $$;
    CREATE FUNCTION secret.publish(id int4) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO secret.paper (id, content) VALUES (publish.id, 'top secret');
    END $$;`,
};

/** A chain with attacks installed. */
export class AttackChain {
  /** Why an attack, by its index, could not even be installed. */
  readonly refused: ReadonlyMap<number, string>;
  readonly #chain: TestChain;
  readonly #executor: Executor;
  readonly #database: TestDatabase;
  readonly #superuser: pg.Client;

  private constructor(founding: Founding, executor: Executor, superuser: pg.Client) {
    this.refused = founding.refused;
    this.#chain = founding.chain;
    this.#database = founding.database;
    this.#executor = executor;
    this.#superuser = superuser;
  }

  /** Founds a network whose contract `trial` has the function `attack_<index>` for each case that can be installed. */
  static async found(attacks: readonly HostileCase[]): Promise<AttackChain> {
    const founding: Founding = {
      chain: chainOf(attacks, new Map()),
      database: await freshDatabase(),
      refused: new Map(),
    };
    const executor = await install(founding, attacks);
    const founded = new AttackChain(
      founding,
      executor,
      await connect(founding.database.connection('postgres')),
    );
    await founded.#call('secret', 'publish', { id: 1 });
    await founded.#call('trial', 'fill', {});
    return founded;
  }

  /** Calls the attack of this index in a block of its own. */
  async attack(index: number): Promise<AttackOutcome> {
    return await this.#call('trial', `attack_${index}`, {});
  }

  /** A query as the superuser. */
  async query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
    return (await this.#superuser.query<Row>(sql)).rows;
  }

  /** Everything that an attack without effect leaves as it was, as one text. */
  async state(): Promise<string> {
    const [row] = await this.query<{ state: string }>(STATE);
    return row?.state ?? '';
  }

  /** Ends the chain and drops its database. */
  async close(): Promise<void> {
    await this.#superuser.end();
    await this.#executor.close();
    await this.#database.drop();
  }

  async #call(contract: string, name: string, args: Record<string, unknown>): Promise<AttackOutcome> {
    const transaction = this.#chain.transaction('beta/bob', [{ contract, function: name, args }]);
    const { rejections } = await this.#executor.run(this.#chain.seal([transaction]));
    const code = rejections[0]?.code ?? null;
    if (code === null) return { code, sqlstate: '', detail: '' };
    const [row] = await this.query<{ sqlstate: string | null; detail: string | null }>(
      "SELECT r.sqlstate, concat_ws(E'\\n', r.detail, r.context) AS detail FROM bucordo.rejection AS r ORDER BY r.position DESC LIMIT 1",
    );
    return { code, sqlstate: row?.sqlstate ?? '', detail: row?.detail ?? '' };
  }
}

interface Founding {
  chain: TestChain;
  readonly database: TestDatabase;
  readonly refused: Map<number, string>;
}

// A refused installation leaves nothing and names its statement; the attack in it is left out and the rest tried again.
async function install(founding: Founding, attacks: readonly HostileCase[]): Promise<Executor> {
  for (;;) {
    try {
      return await founding.chain.found(founding.database);
    } catch (error) {
      const index = refusedAttack(error);
      if (index === null || !(error instanceof Error)) throw error;
      founding.refused.set(index, error.message);
      founding.chain = chainOf(attacks, founding.refused);
    }
  }
}

function refusedAttack(error: unknown): number | null {
  if (!(error instanceof Fault) || error.code !== 'contract_refused') return null;
  const text = `${error.facts['function'] ?? ''} ${error.facts['statement'] ?? ''}`;
  const number = /attack_(\d+)/.exec(text)?.[1];
  return number === undefined ? null : Number(number);
}

function chainOf(attacks: readonly HostileCase[], refused: ReadonlyMap<number, string>): TestChain {
  return new TestChain([SECRET, trialContract(attacks, refused)]);
}

/** A database in which the contract `secret` alone is installed, and no attack yet. */
export async function foundSecret(): Promise<TestDatabase> {
  const database = await freshDatabase();
  await (await new TestChain([SECRET]).found(database)).close();
  return database;
}

/** The contract `trial` with these attacks, those at the indexes of `without` left out. */
export function trialContract(
  attacks: readonly HostileCase[],
  without: ReadonlyMap<number, string> = new Map(),
): GenesisContract {
  const kept = [...attacks.entries()].filter(([index]) => !without.has(index));
  const names = kept.map(([index]) => `attack_${index}`);
  return {
    name: 'trial',
    version: '1.0.0',
    functions: Object.fromEntries(['fill', ...names].map((name) => [name, { roles: [], classes: [] }])),
    schema: [TRIAL_SCHEMA, ...kept.map(([, each]) => each.schema)].join('\n'),
    source: [TRIAL_FILL, ...kept.map(([index, each]) => attackSource(each, `attack_${index}`))].join('\n'),
  };
}

/** A contract with one attack alone, as its author would hand it to the checker. */
export function attackContract(attacked: HostileCase): GenesisContract {
  if (attacked.schema !== '') return contractOf(attacked);
  const source = attackSource(attacked);
  return { ...contractOf({ ...attacked, source }) };
}

/** A contract with one case that brings its own tables or its own source. */
export function contractOf(attacked: HostileCase): GenesisContract {
  const hasSource = attacked.source !== '';
  return {
    name: 'trial',
    version: '1.0.0',
    functions: hasSource ? { attack: { roles: [], classes: [] } } : {},
    schema: `${TRIAL_SCHEMA}\n${attacked.schema}`,
    source: hasSource ? attacked.source : TRIAL_FILL,
  };
}

// Rows, rights, definitions, roles, settings, locks and files of large objects; nothing that a block itself writes.
const STATE = `
SELECT concat_ws(E'\\n',
  (SELECT jsonb_agg(t ORDER BY t.id) FROM trial.item AS t),
  (SELECT jsonb_agg(t ORDER BY t.item, t.no) FROM trial.line AS t),
  (SELECT jsonb_agg(t ORDER BY t.id) FROM secret.paper AS t),
  (SELECT count(*) FROM trial_history.item) + (SELECT count(*) FROM secret_history.paper),
  (SELECT jsonb_agg(t ORDER BY t.key) FROM bucordo.identity AS t),
  (SELECT string_agg(concat_ws(' ', p.oid::regprocedure, p.proowner, p.prosecdef, p.proacl, p.proconfig, md5(p.prosrc)), ';' ORDER BY p.oid)
     FROM pg_proc AS p WHERE p.pronamespace >= 16384 OR p.oid >= 16384),
  (SELECT string_agg(concat_ws(' ', c.oid::regclass, c.relowner, c.relacl, c.relkind), ';' ORDER BY c.oid)
     FROM pg_class AS c WHERE c.oid >= 16384 AND c.relkind NOT IN ('t', 'i')),
  (SELECT string_agg(concat_ws(' ', n.nspname, n.nspowner, n.nspacl), ';' ORDER BY n.oid)
     FROM pg_namespace AS n WHERE n.nspname !~ '^pg_(toast_)?temp'),
  (SELECT string_agg(concat_ws(' ', t.tgrelid::regclass, t.tgname, t.tgenabled), ';' ORDER BY t.oid) FROM pg_trigger AS t),
  (SELECT string_agg(concat_ws(' ', e.evtname, e.evtenabled), ';' ORDER BY e.oid) FROM pg_event_trigger AS e),
  (SELECT string_agg(concat_ws(' ', r.rolname, r.rolsuper, r.rolcanlogin), ';' ORDER BY r.rolname)
     FROM pg_roles AS r WHERE r.rolname ~ '^(bucordo|trial)'),
  (SELECT count(*) FROM pg_type), (SELECT count(*) FROM pg_extension), (SELECT count(*) FROM pg_cast),
  (SELECT count(*) FROM pg_operator), (SELECT count(*) FROM pg_policy), (SELECT count(*) FROM pg_default_acl),
  (SELECT count(*) FROM pg_largeobject_metadata), (SELECT count(*) FROM pg_description WHERE objoid >= 16384),
  (SELECT count(*) FROM pg_locks AS l WHERE l.locktype = 'advisory' AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())),
  (SELECT count(*) FROM pg_prepared_xacts)
) AS state`;
