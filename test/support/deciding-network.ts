/**
 * A network whose members decide: real keys, real blocks, one database. Each step is a transaction
 * in a block of its own, as an administrator of a member would sign it.
 */

import {
  completeContract,
  decisionHash,
  encodeContractDocument,
  type Genesis,
  type GenesisContract,
  parseMemberId,
  parsePublicKey,
  publicKeyOf,
  toHex,
} from '@bucordo/protocol';
import type pg from 'pg';
import type { SealedBlock } from '../../packages/node/src/chain/sealed-block.ts';
import type { Executor, ExecutorOptions } from '../../packages/node/src/execution/executor.ts';
import { connect } from '../../packages/node/src/postgres/connection.ts';
import { copyDatabase, freshDatabase, type TestDatabase } from './postgres.ts';
import { seedOf, type TestCall, TestChain, type TestTransaction } from './test-chain.ts';

/** A member: its class, the names of its administrators, and how many of them speak for it. */
export interface DecidingMember {
  readonly class?: string;
  readonly administrators?: readonly string[];
  readonly needed?: number;
}

/** What became of a step. */
export interface StepOutcome {
  /** `''` when it was committed. */
  readonly code: string;
  readonly message: string;
  /** What the function returned. */
  readonly result: unknown;
  readonly height: number;
}

/** Three members of two classes with one administrator each. */
export const THREE_MEMBERS: Readonly<Record<string, DecidingMember>> = {
  alpha: { class: 'trader' },
  beta: { class: 'trader' },
  gamma: { class: 'visitor' },
};

/** The network, in a database of its own. */
export class DecidingNetwork {
  readonly #chain: TestChain;
  readonly #database: TestDatabase;
  #executor: Executor;
  #reader: pg.Client;
  /** What the last block holds. */
  #sealed: readonly TestTransaction[] = [];

  private constructor(parts: {
    chain: TestChain;
    database: TestDatabase;
    executor: Executor;
    reader: pg.Client;
  }) {
    this.#chain = parts.chain;
    this.#database = parts.database;
    this.#executor = parts.executor;
    this.#reader = parts.reader;
  }

  /** Founds it. Every member has a node `node`, a `clerk`, and the administrators named, or one `admin`; in a database of its own unless `on` is given. */
  static async found(
    members: Readonly<Record<string, DecidingMember>>,
    contracts: readonly GenesisContract[] = [],
    on?: TestDatabase,
  ): Promise<DecidingNetwork> {
    const chain = new TestChain(contracts, Object.entries(members).map(genesisMember));
    const database = on ?? (await freshDatabase());
    const executor = await chain.found(database);
    const reader = await connect(database.connection('bucordo_reader'));
    return new DecidingNetwork({ chain, database, executor, reader });
  }

  /** Runs one call of the system's contract in a block of its own, signed by `member/name`. */
  async step(identity: string, name: string, args: Readonly<Record<string, unknown>>): Promise<StepOutcome> {
    const [outcome] = await this.steps([[identity, name, args]]);
    if (outcome === undefined) throw new Error('a block without a transaction');
    return outcome;
  }

  /** Runs several such calls in one block, a transaction each. */
  async steps(
    calls: readonly (readonly [identity: string, name: string, args: Readonly<Record<string, unknown>>])[],
  ): Promise<StepOutcome[]> {
    return this.calls(
      calls.map(([identity, name, args]) => [identity, { contract: 'bucordo', function: name, args }]),
    );
  }

  /** Runs calls of any contract in one block, a transaction each. */
  async calls(calls: readonly (readonly [identity: string, call: TestCall])[]): Promise<StepOutcome[]> {
    return this.execute(this.seal(calls));
  }

  /** Seals calls into the next block without executing it: judged by the functions of now. */
  seal(calls: readonly (readonly [identity: string, call: TestCall])[]): SealedBlock {
    this.#sealed = calls.map(([identity, call]) =>
      this.#chain.transaction({ seed: seedOf(identity) }, [call]),
    );
    return this.#chain.seal(this.#sealed);
  }

  // The last block that was sealed, judged by the functions as they are now.
  async #rejudge(block: SealedBlock): Promise<SealedBlock> {
    this.#chain.catalogue = await this.#executor.catalogue();
    const rows = this.#chain.rowsOf(this.#sealed);
    rows.setPositions(block.height);
    return { ...block, rows };
  }

  /** Executes a sealed block. */
  async execute(block: SealedBlock): Promise<StepOutcome[]> {
    const outcome = await this.#executor.run(block);
    const { height, rejections, results } = outcome;
    if (outcome.catalogueChanged) this.#chain.catalogue = await this.#executor.catalogue();
    return Array.from({ length: block.rows.count }, (_, at) => {
      const rejection = rejections.find(({ index }) => index === at);
      const value = results.find(({ index }) => index === at)?.value;
      return {
        code: rejection?.code ?? '',
        message: rejection?.message ?? '',
        result: value === undefined ? null : JSON.parse(value),
        height,
      };
    });
  }

  /** Proposes and returns the number; fails when that is refused. */
  async propose(identity: string, proposed: ProposedText): Promise<number> {
    const outcome = await this.step(identity, 'propose', proposalArguments(proposed));
    if (outcome.code !== '') throw new Error(`${outcome.code}: ${outcome.message}`);
    return Number(outcome.result);
  }

  /** Approves the document that the proposal has. */
  async approve(identity: string, proposal: number): Promise<StepOutcome> {
    return this.step(identity, 'approve', { proposal, document_hash: await this.documentHash(proposal) });
  }

  /** Hash of the document of a proposal, hex. */
  async documentHash(proposal: number): Promise<string> {
    const [row] = await this.query(
      "SELECT encode(p.document_hash, 'hex') AS hash FROM bucordo.proposal AS p WHERE p.number = $1",
      [proposal],
    );
    return String(row?.['hash']);
  }

  /** Has every one of `members` approve a proposal of `identity` and submits it. */
  async decide(identity: string, members: readonly string[], proposed: ProposedText): Promise<number> {
    const number = await this.propose(identity, proposed);
    for (const member of members) await this.approve(`${member}/admin`, number);
    const outcome = await this.step(identity, 'submit', { proposal: number });
    if (outcome.code !== '') throw new Error(`${outcome.code}: ${outcome.message}`);
    return number;
  }

  /** Status of a proposal. */
  async status(proposal: number): Promise<string> {
    const [row] = await this.query('SELECT p.status FROM bucordo.proposal AS p WHERE p.number = $1', [
      proposal,
    ]);
    return String(row?.['status']);
  }

  /** Reads as a reader would. */
  async query(sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    const { rows } = await this.#reader.query<Record<string, unknown>>(sql, [...values]);
    return rows;
  }

  /** Runs a statement as the member's own people, who have the schema `private` to themselves. */
  async asMember(sql: string): Promise<void> {
    const member = await connect(this.#database.connection('bucordo_member'));
    try {
      await member.query(sql);
    } finally {
      await member.end();
    }
  }

  /** Opens another executor on the database, as a node does that is started again. */
  async reopen(options: Partial<ExecutorOptions> = {}): Promise<void> {
    await this.#executor.close().catch(() => undefined);
    const rejudge = (block: SealedBlock): Promise<SealedBlock> => this.#rejudge(block);
    this.#executor = await this.#chain.open(this.#database, { rejudge, ...options });
  }

  /** The same network on a copy of the database. */
  async copy(): Promise<DecidingNetwork> {
    await this.#executor.close();
    await this.#reader.end();
    const database = await copyDatabase(this.#database);
    await this.reopen();
    this.#reader = await connect(this.#database.connection('bucordo_reader'));
    const executor = await this.#chain.open(database);
    const reader = await connect(database.connection('bucordo_reader'));
    return new DecidingNetwork({ chain: this.#chain, database, executor, reader });
  }

  /** Runs statements as the superuser of the server. */
  async asSuperuser(sql: string): Promise<void> {
    const client = await connect(this.#database.connection('postgres'));
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  }

  /** Ends everything and removes the database. */
  async close(): Promise<void> {
    await this.#reader.end();
    await this.#executor.close();
    await this.#database.drop();
  }
}

/** What is proposed. */
export interface ProposedText {
  readonly kind: string;
  readonly document: string;
  readonly base?: string | null;
  readonly title?: string;
}

/** The arguments of `propose`. */
export function proposalArguments({
  kind,
  document,
  base = null,
  title = 'A proposal',
}: ProposedText): Record<string, unknown> {
  return { kind, title, document, base_version: base };
}

/** That decisions of a kind need another majority. */
export function policyText(decision: string, rule: object): ProposedText {
  return { kind: 'policy', document: JSON.stringify({ decision, rule }) };
}

/** A contract as what is proposed, on the version that runs. */
export function deployText(contract: GenesisContract, base: string | null): ProposedText {
  const bytes = encodeContractDocument(completeContract(contract));
  return { kind: 'deploy', document: Buffer.from(bytes).toString('utf8'), base };
}

/** The hash by which a document is approved, hex. */
export function approvedHash({ kind, document }: ProposedText): string {
  return toHex(decisionHash(kind === 'deploy' ? 'deploy' : 'policy', Buffer.from(document)));
}

function genesisMember([id, member]: [string, DecidingMember], index: number): Genesis['members'][number] {
  const { administrators = ['admin'], needed, class: memberClass = 'member' } = member;
  const identity = (name: string, role: string) => ({
    name,
    key: parsePublicKey(publicKeyOf(seedOf(`${id}/${name}`))),
    roles: [role],
  });
  return {
    id: parseMemberId(id),
    name: `The company ${id}`,
    class: memberClass,
    number: index + 1,
    identities: [
      identity('node', 'node'),
      identity('clerk', 'clerk'),
      ...administrators.map((name) => identity(name, 'admin')),
    ],
    ...(needed === undefined ? {} : { administrators: { needed } }),
  };
}
