/**
 * A network with real keys and real bytes for tests of execution: its genesis, signed transactions
 * in the form of rows, and sealed blocks that follow each other. Deterministic: the same calls give
 * the same bytes, so that two databases can be fed alike.
 */

import { createHash } from 'node:crypto';
import {
  blockHash,
  checkArguments,
  checkEnrolledKeys,
  decodeGenesis,
  encodeArguments,
  encodeBlockHeader,
  encodeGenesis,
  encodeTransaction,
  type Genesis,
  type GenesisContract,
  isEnrolling,
  merkleRootOfData,
  type NetworkLimits,
  networkId,
  parseMemberId,
  parsePublicKey,
  publicKeyOf,
  scanTransaction,
  sign,
  signTransaction,
  TransactionView,
  transactionId,
} from '@bucordo/protocol';
import type { Catalogue } from '../../packages/node/src/chain/catalogue.ts';
import { RowBuffer } from '../../packages/node/src/chain/row-buffer.ts';
import type { SealedBlock } from '../../packages/node/src/chain/sealed-block.ts';
import { transactionRowLength, writeTransactionRow } from '../../packages/node/src/chain/transaction-row.ts';
import { Executor, type ExecutorOptions } from '../../packages/node/src/execution/executor.ts';
import { installGenesis } from '../../packages/node/src/execution/install-genesis.ts';
import { connect } from '../../packages/node/src/postgres/connection.ts';
import type { TestDatabase } from './postgres.ts';

/** A call with its arguments as values, or as JSON text. */
export interface TestCall {
  readonly contract: string;
  readonly function: string;
  readonly args: Readonly<Record<string, unknown>> | string;
}

/** A signed transaction as the node has it after verification. */
export interface TestTransaction {
  readonly id: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  readonly calls: readonly TestCall[];
  readonly refusal: string | null;
  /** Index of the call that is refused, or −1. */
  readonly refusedCall: number;
  /** The only effect that it may have, or null. */
  readonly effect: Uint8Array | null;
}

/** Names of the identities of every test network, as `member/name`, with their roles. */
export const TEST_IDENTITIES = {
  'alpha/node': ['node'],
  'alpha/ann': ['clerk'],
  'beta/node': ['node'],
  'beta/bob': ['clerk', 'manager'],
  'gamma/node': ['node'],
  'gamma/guest': [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** One of {@link TEST_IDENTITIES}. */
export type TestIdentity = keyof typeof TEST_IDENTITIES;

const CREATED_MS = Date.parse('2026-01-01T00:00:00Z');

/** A network and the end of its chain. */
export class TestChain {
  readonly genesis: Genesis;
  readonly document: Uint8Array;
  readonly networkId: Uint8Array;
  catalogue: Catalogue | null = null;
  #height = 0;
  #time: number = CREATED_MS;
  #hash: Uint8Array;
  #nonce = 0;

  /** `members` replace those of {@link TEST_IDENTITIES}; their keys come from {@link seedOf}. `limits` are the network's. */
  constructor(
    contracts: readonly GenesisContract[],
    members: Genesis['members'] = testMembers(),
    limits?: NetworkLimits,
  ) {
    this.document = encodeGenesis({ ...genesisOf(contracts, members), ...(limits && { limits }) });
    this.genesis = decodeGenesis(this.document);
    this.networkId = networkId(this.document);
    this.#hash = this.networkId;
  }

  /** Installs the genesis in `database` and opens an executor on it. */
  async found(database: TestDatabase, settings = ''): Promise<Executor> {
    const superuser = await connect(database.connection('postgres'));
    try {
      if (settings !== '') await superuser.query(settings);
      await installGenesis(superuser, this);
    } finally {
      await superuser.end();
    }
    return this.open(database);
  }

  /** Opens an executor on a database in which the genesis is installed. */
  async open(database: TestDatabase, options: Partial<ExecutorOptions> = {}): Promise<Executor> {
    const executor = await Executor.open({
      ...options,
      connect: () => connect(database.connection('bucordo_node')),
      networkId: this.networkId,
    });
    this.catalogue = await executor.catalogue();
    return executor;
  }

  /**
   * A transaction that `identity` signed, with an effect that it demands or without. The refusal is what
   * verification says, unless one is given.
   */
  transaction(
    identity: TestIdentity | { seed: Uint8Array },
    calls: readonly TestCall[],
    refusal?: string,
    effect: Uint8Array | null = null,
  ): TestTransaction {
    const seed = typeof identity === 'string' ? seedOf(identity) : identity.seed;
    const payload = encodeTransaction({
      network: this.networkId,
      identity: publicKeyOf(seed),
      calls: calls.map((call) => ({
        contract: call.contract,
        function: call.function,
        args: typeof call.args === 'string' ? Buffer.from(call.args) : encodeArguments(call.args),
      })),
      validUntil: this.#height + 1000,
      nonce: nonceOf(this.#nonce++),
      effect,
    });
    const { signature } = signTransaction(payload, seed);
    return {
      id: transactionId(payload),
      payload,
      signature,
      calls,
      ...(refusal === undefined ? this.#refusalOf(payload, calls) : { refusal, refusedCall: -1 }),
      effect,
    };
  }

  /** Puts the transactions into the next block. */
  seal(transactions: readonly TestTransaction[]): SealedBlock {
    const rows = this.rowsOf(transactions);
    const height = this.#height + 1;
    const time = this.#time + 1000;
    rows.setPositions(height);
    const evidence = publicKeyOf(seedOf('alpha/node'));
    const header = encodeBlockHeader({
      network: this.networkId,
      height,
      time,
      previousHash: this.#hash,
      transactionsRoot: merkleRootOfData(
        transactions.map((each) => Buffer.concat([each.id, each.signature])),
      ),
      transactionCount: transactions.length,
      ordering: 'solo',
      evidenceHash: createHash('sha256').update(evidence).digest(),
    });
    const hash = blockHash(header);
    const block = {
      height,
      time,
      header,
      hash,
      previousHash: this.#hash,
      evidence,
      signature: sign(hash, seedOf('alpha/node')),
      rows,
    };
    this.#height = height;
    this.#time = time;
    this.#hash = hash;
    return block;
  }

  /** The transactions as rows of no block yet. */
  rowsOf(transactions: readonly TestTransaction[]): RowBuffer {
    const rows = new RowBuffer();
    for (const transaction of transactions) this.#appendRow(rows, transaction);
    return rows;
  }

  #appendRow(rows: RowBuffer, transaction: TestTransaction): void {
    const { payload, signature, refusal, refusedCall } = transaction;
    const view = scan(payload);
    const calls = transaction.calls.map((call, index) => ({
      functionNumber: this.#functionOf(call)?.number ?? 0,
      argsAt: view.argsAt[index] ?? 0,
      argsLength: (view.argsEnd[index] ?? 0) - (view.argsAt[index] ?? 0),
    }));
    const source = Buffer.concat([payload, signature]);
    const row = Buffer.alloc(transactionRowLength(payload.length, calls.length, refusal) + 36);
    const end = writeTransactionRow(row, 0, source, Buffer.from(transaction.id), {
      payloadAt: 0,
      payloadLength: payload.length,
      signatureAt: payload.length,
      calls,
      refusal,
      refusedCall,
      effectAt: view.effectAt,
      judgedBy: this.catalogue?.functionsHeight ?? 0,
    });
    rows.append(row, 0, end);
  }

  #functionOf(call: TestCall): Catalogue['functions'][number] | undefined {
    return this.catalogue?.functions.find(
      (each) => each.contract === call.contract && each.name === call.function,
    );
  }

  #refusalOf(
    payload: Uint8Array,
    calls: readonly TestCall[],
  ): Pick<TestTransaction, 'refusal' | 'refusedCall'> {
    const view = scan(payload);
    for (const [index, call] of calls.entries()) {
      const called = this.#functionOf(call);
      if (called === undefined) return { refusal: 'function_unknown', refusedCall: index };
      const refusal = checkArguments(
        payload,
        view.argsAt[index] ?? 0,
        view.argsEnd[index] ?? 0,
        called.parameters,
      );
      if (refusal !== null) return { refusal, refusedCall: index };
    }
    return (
      checkEnrolledKeys(
        calls.flatMap((call, index) =>
          isEnrolling(call.contract, call.function)
            ? [
                {
                  functionName: call.function,
                  args: payload.subarray(view.argsAt[index], view.argsEnd[index]),
                  index,
                },
              ]
            : [],
        ),
      ) ?? { refusal: null, refusedCall: -1 }
    );
  }
}

/** The secret key of a test identity. */
export function seedOf(identity: string): Uint8Array {
  return createHash('sha256').update(`test identity ${identity}`).digest();
}

function scan(payload: Uint8Array): TransactionView {
  const view = new TransactionView();
  scanTransaction(payload, 0, payload.length, view);
  return view;
}

function nonceOf(number: number): Uint8Array {
  return createHash('sha256').update(`test nonce ${number}`).digest().subarray(0, 16);
}

function testMembers(): Genesis['members'] {
  return ['alpha', 'beta', 'gamma'].map((id, index) => ({
    id: parseMemberId(id),
    name: `The company ${id}`,
    class: id === 'gamma' ? 'visitor' : 'trader',
    number: index + 1,
    identities: Object.entries(TEST_IDENTITIES)
      .filter(([identity]) => identity.startsWith(`${id}/`))
      .map(([identity, roles]) => ({
        name: identity.slice(id.length + 1),
        key: parsePublicKey(publicKeyOf(seedOf(identity))),
        roles: [...roles],
      })),
  }));
}

function genesisOf(contracts: readonly GenesisContract[], members: Genesis['members']): Genesis {
  return {
    name: 'test',
    created: '2026-01-01T00:00:00Z',
    ordering: { kind: 'solo', node: parsePublicKey(publicKeyOf(seedOf('alpha/node'))) },
    finalQuorum: 'more_than_two_thirds',
    checkpointBlocks: 64,
    checkpointMs: 250,
    members,
    contracts,
  };
}
