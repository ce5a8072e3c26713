/**
 * The network of the tests as bytes: its genesis, made from a plan and the contracts, and the chain of
 * blocks that tests write, one transaction each. Nothing here is signed, because what is tested lies
 * behind the signature; everything else is as a node makes it. The same calls give the same bytes, so
 * two databases can be fed alike.
 */

import { createHash } from 'node:crypto';
import {
  type Catalogue,
  isPermitted,
  RowBuffer,
  type SealedBlock,
  transactionRowLength,
  writeTransactionRow,
} from '@bucordo/node/engine';
import {
  blockHash,
  checkArguments,
  checkEnrolledKeys,
  decodeGenesis,
  encodeArguments,
  encodeBlockHeader,
  encodeGenesis,
  encodeTransaction,
  explainRefusedArguments,
  type Genesis,
  type GenesisContract,
  isEnrolling,
  merkleRootOfData,
  networkId,
  type Parameter,
  parseMemberId,
  parsePublicKey,
  publicKeyOf,
  type RefusalCode,
  scanTransaction,
  sha256,
  TransactionView,
  transactionId,
} from '@bucordo/protocol';
import type { NetworkPlan } from './network-description.ts';

/** A call of a transaction. */
export interface TestCall {
  readonly contract: string;
  readonly function: string;
  /** Values, or the JSON text of the object of arguments. */
  readonly args: Readonly<Record<string, unknown>> | string;
}

/** The founded network in the forms that installing needs. */
export interface TestGenesis {
  readonly genesis: Genesis;
  readonly document: Uint8Array;
  readonly networkId: Uint8Array;
}

/** Who decides for each member of the tests. Its name is no identity that a test may declare. */
const DECIDER = 'kit-admin';

/** Founds a network with the members of `plan` and these contracts, in this order. */
export function foundNetwork(plan: NetworkPlan, contracts: readonly GenesisContract[]): TestGenesis {
  const members = plan.members.map(([id, member], index) => ({
    id: parseMemberId(id),
    name: id,
    class: member.class,
    number: index + 1,
    identities: Object.entries({ node: ['node'], [DECIDER]: ['admin'], ...member.identities }).map(
      ([name, roles]) => ({
        name,
        key: parsePublicKey(keyOf(`${id}/${name}`)),
        roles: [...roles],
      }),
    ),
  }));
  const document = encodeGenesis({
    name: 'tests',
    created: new Date(Date.parse(plan.time)).toISOString().replace(/\.\d+Z$/, 'Z'),
    ordering: { kind: 'solo', node: parsePublicKey(keyOf(`${members[0]?.id ?? ''}/node`)) },
    finalQuorum: 'more_than_two_thirds',
    checkpointBlocks: 64,
    checkpointMs: 250,
    members,
    contracts,
  });
  return { genesis: decodeGenesis(document), document, networkId: networkId(document) };
}

/** The key of an identity: made of its name, so the same in every run. Nobody may use it in a real network. */
export function keyOf(identity: string): Uint8Array {
  const known = KEYS.get(identity);
  if (known !== undefined) return known;
  const key = publicKeyOf(createHash('sha256').update(`bucordo test identity ${identity}`).digest());
  KEYS.set(identity, key);
  return key;
}

const KEYS = new Map<string, Uint8Array>();

/** A transaction for the next block, and why it would not have got there, or null. */
export interface PreparedTransaction {
  readonly payload: Buffer;
  readonly calls: readonly TestCall[];
  /** What admission or the verification of blocks would answer. */
  readonly refusal: RefusalCode | null;
  /** Index of the call that is refused, or −1. */
  readonly refusedCall: number;
  /** Why arguments are refused, for the author; absent for everything else. */
  readonly words?: string;
}

/** The chain of one test in one database. */
export class TestChain {
  readonly #network: Uint8Array;
  #catalogue: Catalogue;
  readonly #identities: ReadonlyMap<string, Catalogue['identities'][number]>;
  #height = 0;
  #timeMs: number;
  #nextTimeMs: number;
  #previous: Uint8Array;
  #nonce = 0;

  constructor(genesis: TestGenesis, catalogue: Catalogue) {
    this.#network = genesis.networkId;
    this.#catalogue = catalogue;
    this.#identities = new Map(catalogue.identities.map((each) => [`${each.member}/${each.name}`, each]));
    this.#timeMs = Date.parse(genesis.genesis.created);
    this.#nextTimeMs = this.#timeMs + BLOCK_MS;
    this.#previous = genesis.networkId;
  }

  /** Height of the last block. */
  get height(): number {
    return this.#height;
  }

  /** Time of the last block, in milliseconds since the epoch. */
  get timeMs(): number {
    return this.#timeMs;
  }

  /** Sets the time of the next block; false when it is not later than the last one's. */
  setNextTime(timeMs: number): boolean {
    if (timeMs <= this.#timeMs) return false;
    this.#nextTimeMs = timeMs;
    return true;
  }

  /** Names of the identities that may sign. */
  get identities(): readonly string[] {
    const own = ['/node', `/${DECIDER}`];
    return [...this.#identities.keys()].filter((name) => !own.some((end) => name.endsWith(end))).sort();
  }

  /** Who decides for the members, one for each. */
  get deciders(): readonly string[] {
    return [...this.#identities.keys()].filter((name) => name.endsWith(`/${DECIDER}`)).sort();
  }

  /** Functions and identities from the next block on. */
  set catalogue(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  /** For whom an identity reads; null when there is none of this name. */
  readerOf(identity: string): Catalogue['identities'][number] | null {
    return this.#identities.get(identity) ?? null;
  }

  /** Names of the parameters of a function, in order; empty when there is none of this name. */
  parametersOf(contract: string, name: string): readonly Parameter[] {
    const called = this.#catalogue.functions.find((each) => each.contract === contract && each.name === name);
    return called?.parameters ?? [];
  }

  /** The transaction of `identity`; its arguments must be values that JSON can say. */
  prepare(identity: string, calls: readonly TestCall[]): PreparedTransaction {
    const payload = Buffer.from(
      encodeTransaction({
        network: this.#network,
        identity: keyOf(identity),
        calls: calls.map((call) => ({
          contract: call.contract,
          function: call.function,
          args: typeof call.args === 'string' ? Buffer.from(call.args) : encodeArguments(call.args),
        })),
        validUntil: this.#height + VALID_BLOCKS,
        nonce: createHash('sha256')
          .update(`nonce ${this.#nonce++}`)
          .digest()
          .subarray(0, 16),
      }),
    );
    return { payload, calls, ...this.#refusalOf(identity, payload, calls) };
  }

  /** The next block, with these transactions. */
  seal(transactions: readonly PreparedTransaction[]): SealedBlock {
    const rows = new RowBuffer();
    for (const transaction of transactions) this.#append(rows, transaction);
    const height = this.#height + 1;
    const time = this.#nextTimeMs;
    rows.setPositions(height);
    const evidence = keyOf('tests/node');
    const ids = transactions.map(({ payload }) => Buffer.concat([transactionId(payload), NO_SIGNATURE]));
    const header = encodeBlockHeader({
      network: this.#network,
      height,
      time,
      previousHash: this.#previous,
      transactionsRoot: merkleRootOfData(ids),
      transactionCount: transactions.length,
      ordering: 'solo',
      evidenceHash: sha256(evidence),
    });
    const hash = blockHash(header);
    const previousHash = this.#previous;
    this.#height = height;
    this.#timeMs = time;
    this.#nextTimeMs = time + BLOCK_MS;
    this.#previous = hash;
    return { height, time, header, hash, previousHash, evidence, signature: NO_SIGNATURE, rows };
  }

  // In the order in which admission judges: who signs, then call by call.
  #refusalOf(
    identity: string,
    payload: Buffer,
    calls: readonly TestCall[],
  ): Pick<PreparedTransaction, 'refusal' | 'refusedCall' | 'words'> {
    const known = this.#identities.get(identity);
    if (known === undefined) return { refusal: 'identity_unknown', refusedCall: -1 };
    const view = scan(payload);
    for (const [index, call] of calls.entries()) {
      const called = this.#functionOf(call);
      if (called === undefined) return { refusal: 'function_unknown', refusedCall: index };
      if (!isPermitted(known, called)) return { refusal: 'not_permitted', refusedCall: index };
      const range = { bytes: payload, start: view.argsAt[index] ?? 0, end: view.argsEnd[index] ?? 0 };
      const refusal = checkArguments(payload, range.start, range.end, called.parameters);
      if (refusal !== null) {
        const { message } = explainRefusedArguments(refusal, range, called.parameters);
        return { refusal, refusedCall: index, words: `${call.contract}.${call.function}: ${message}` };
      }
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

  #append(rows: RowBuffer, { payload, calls, refusal, refusedCall }: PreparedTransaction): void {
    const view = scan(payload);
    const row = Buffer.alloc(transactionRowLength(payload.length, calls.length, refusal) + 4);
    const end = writeTransactionRow(
      row,
      0,
      Buffer.concat([payload, NO_SIGNATURE]),
      Buffer.from(transactionId(payload)),
      {
        payloadAt: 0,
        payloadLength: payload.length,
        signatureAt: payload.length,
        calls: calls.map((call, index) => ({
          functionNumber: this.#functionOf(call)?.number ?? 0,
          argsAt: view.argsAt[index] ?? 0,
          argsLength: (view.argsEnd[index] ?? 0) - (view.argsAt[index] ?? 0),
        })),
        refusal,
        refusedCall,
        effectAt: -1,
        judgedBy: this.#catalogue.functionsHeight,
      },
    );
    rows.append(row, 0, end);
  }

  #functionOf(call: TestCall): Catalogue['functions'][number] | undefined {
    return this.#catalogue.functions.find(
      (each) => each.contract === call.contract && each.name === call.function,
    );
  }
}

/** How far blocks are apart where the test does not say. */
const BLOCK_MS = 1_000;
const VALID_BLOCKS = 1_000;
const NO_SIGNATURE: Buffer = Buffer.alloc(64);

function scan(payload: Uint8Array): TransactionView {
  const view = new TransactionView();
  scanTransaction(payload, 0, payload.length, view);
  return view;
}
