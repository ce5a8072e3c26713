/**
 * One small value of every format, made from fixed seeds, for golden vectors, cross-checks and
 * fuzzing.
 */

import {
  type Block,
  type BlockHeader,
  blockHash,
  type Checkpoint,
  type ContractDocument,
  checkpointHash,
  concatBytes,
  decodeGenesis,
  decodeSkip,
  encodeArguments,
  encodeBlock,
  encodeBlockHeader,
  encodeCheckpoint,
  encodeContractDocument,
  encodeEnvelope,
  encodeForwardReply,
  encodeReceipt,
  encodeSignedTransaction,
  encodeSkip,
  encodeStateHeader,
  encodeSubmitReply,
  encodeSubmitRequest,
  encodeTransaction,
  fromHex,
  merkleRoot,
  networkId,
  noDetail,
  type Outcome,
  type Plain,
  publicKeyOf,
  type Receipt,
  receiptLeaf,
  type SignedHeader,
  type SignedTransaction,
  type Skip,
  type StateHeader,
  type Statement,
  sha256,
  sign,
  signSkip,
  signTransaction,
  stateHash,
  type TransactionInput,
  toHex,
  toUtf8,
  transactionId,
  transactionLeaf,
} from '../src/index.ts';

const seedOf = (byte: string): Uint8Array => fromHex(byte.repeat(32));

/** Secret of the node that orders. */
export const nodeSeed: Uint8Array = seedOf('01');
/** Secret of an identity. */
export const aliceSeed: Uint8Array = seedOf('02');
/** Public key of the node that orders. */
export const nodeKey: Uint8Array = publicKeyOf(nodeSeed);
/** Public key of an identity. */
export const aliceKey: Uint8Array = publicKeyOf(aliceSeed);

/** A genesis document with everything in it once. */
export const genesisDocument: Uint8Array = toUtf8(
  JSON.stringify({
    bucordo: 1,
    name: 'purchasing-demo',
    created: '2026-11-23T00:00:00Z',
    ordering: { kind: 'solo', node: toHex(nodeKey) },
    final_quorum: 'more_than_two_thirds',
    checkpoint_blocks: 64,
    checkpoint_ms: 250,
    members: [
      {
        id: 'buyer',
        name: 'Buyer Ltd',
        class: 'buyer',
        number: 1,
        identities: [
          { name: 'node', key: toHex(nodeKey), roles: ['node'] },
          { name: 'alice', key: toHex(aliceKey), roles: ['purchaser'] },
        ],
      },
    ],
    contracts: [
      {
        name: 'purchasing',
        version: '1.0.0',
        functions: { place_order: { roles: ['purchaser'], classes: ['buyer'] }, note: {} },
        schema: 'CREATE TABLE purchasing.order_header (order_id int4 PRIMARY KEY);\n',
        source: '-- functions\n',
      },
    ],
  }),
);

/** A contract with every part of a document once. */
export const contract: ContractDocument = {
  name: 'purchasing',
  version: '1.1.0',
  functions: {
    place_order: { roles: ['purchaser'], classes: ['buyer'] },
    note: { roles: [], classes: [] },
  },
  views: { open_order: { contracts: ['payments'] }, order_count: { contracts: ['*'] } },
  uses: { catalogue: ['product'] },
  readers: [
    { table: 'order_header', roles: [], classes: ['buyer'] },
    {
      table: 'order_header',
      roles: ['auditor'],
      classes: [],
      columns: ['order_id', 'placed'],
      rows: "placed >= '2026-01-01'",
    },
  ],
  scans: { note: { order_header: 500 } },
  schema: 'CREATE TABLE purchasing.order_header (order_id int4 PRIMARY KEY, placed date);\n',
  source: '-- functions\n',
  migrations: [{ from: '1.0.0', sql: 'ALTER TABLE purchasing.order_header ADD COLUMN placed date;\n' }],
};

/** {@link contract} as its document. */
export const contractBytes: Uint8Array = encodeContractDocument(contract);

/** Id of the network that {@link genesisDocument} founds. */
export const network: Uint8Array = networkId(genesisDocument);

/** The decoded genesis. */
export const genesis: ReturnType<typeof decodeGenesis> = decodeGenesis(genesisDocument);

/** A transaction of two calls. */
export const transaction: TransactionInput = {
  network,
  identity: aliceKey,
  calls: [
    {
      contract: 'purchasing',
      function: 'place_order',
      args: encodeArguments({ order_id: 71774, amount: '880.3484', note: 'Grüße' }),
    },
    { contract: 'purchasing', function: 'note', args: toUtf8('{}') },
  ],
  validUntil: 1000,
  nonce: fromHex('000102030405060708090a0b0c0d0e0f'),
};

/** The payload of {@link transaction}. */
export const payload: Uint8Array = encodeTransaction(transaction);

/** The payload of {@link transaction} that may have one effect only. */
export const payloadWithEffect: Uint8Array = encodeTransaction({
  ...transaction,
  effect: fromHex('e7'.repeat(32)),
});

/** {@link transaction} and another one, signed. */
export const signed: readonly SignedTransaction[] = [
  signTransaction(payload, aliceSeed),
  signTransaction(
    encodeTransaction({ ...transaction, validUntil: 1, nonce: fromHex('ff'.repeat(16)) }),
    aliceSeed,
  ),
];

/** Both as bytes. */
export const signedBytes: readonly Uint8Array[] = signed.map(encodeSignedTransaction);

/** An envelope of both. */
export const envelopeBytes: Uint8Array = encodeEnvelope(signedBytes);

/** Header of a block at height 1 with both transactions. */
export const header: Plain<BlockHeader> = {
  network,
  height: 1,
  time: 1_795_392_000_123,
  previousHash: network,
  transactionsRoot: merkleRoot(
    signed.map((one) => transactionLeaf(transactionId(one.payload), one.signature)),
  ),
  transactionCount: 2,
  ordering: 'solo',
  evidenceHash: sha256(nodeKey),
};

/** The header's bytes. */
export const headerBytes: Uint8Array = encodeBlockHeader(header);

/** The block, signed by the node. */
export const block: Block = {
  header: headerBytes,
  evidence: nodeKey,
  signature: sign(blockHash(headerBytes), nodeSeed),
  transactions: signedBytes,
};

/** The block's bytes. */
export const blockBytes: Uint8Array = encodeBlock(block);

/** A receipt of each kind. */
export const receipts: readonly Plain<Receipt>[] = signed.map((one, index) => ({
  height: 1,
  index,
  transactionId: transactionId(one.payload),
  status: index === 0 ? 'committed' : 'rejected',
  call: index === 0 ? null : 0,
  code: index === 0 ? '' : 'BC007',
  message: index === 0 ? '' : 'order 71774 exists',
  result: index === 0 ? '{"line":1}' : '',
}));

/** The receipts' bytes. */
export const receiptBytes: readonly Uint8Array[] = receipts.map(encodeReceipt);

/** The state after the block. */
export const stateHeader: Plain<StateHeader> = {
  network,
  height: 1,
  blockHash: blockHash(headerBytes),
  previousStateHash: network,
  receiptsRoot: merkleRoot(receiptBytes.map((bytes) => receiptLeaf(bytes))),
  changesRoot: fromHex('ab'.repeat(32)),
  stateRoot: new Uint8Array(0),
};

/** The state header's bytes. */
export const stateHeaderBytes: Uint8Array = encodeStateHeader(stateHeader);

/** The node's checkpoint of it. */
export const checkpoint: Plain<Checkpoint> = {
  network,
  height: 1,
  blockHash: blockHash(headerBytes),
  stateHash: stateHash(stateHeaderBytes),
  member: 'buyer',
  nodeKey,
};

/** The checkpoint's bytes. */
export const checkpointBytes: Uint8Array = encodeCheckpoint(checkpoint);

const signedHeader = (bytes: Uint8Array): SignedHeader => ({
  header: bytes,
  signature: sign(blockHash(bytes), nodeSeed),
});
/** What nodes tell each other directly: one of each kind. */
export const testimonies: {
  readonly statement: { readonly statement: Statement };
  readonly contradiction: { readonly contradiction: readonly [SignedHeader, SignedHeader] };
} = {
  statement: {
    statement: {
      checkpoint: checkpointBytes,
      signature: sign(checkpointHash(checkpointBytes), nodeSeed),
      block: signedHeader(headerBytes),
    },
  },
  contradiction: {
    contradiction: [
      signedHeader(headerBytes),
      signedHeader(encodeBlockHeader({ ...header, time: header.time + 1 })),
    ],
  },
};

/** A skip of {@link transaction} with statements of two members. */
export const skip: Skip = [
  { member: 'buyer', key: nodeKey, seed: nodeSeed },
  { member: 'seller', key: aliceKey, seed: aliceSeed },
].reduce(
  signSkip,
  decodeSkip(encodeSkip({ network, height: 71, transactionId: transactionId(payload), statements: [] })),
);

/** An outcome that says nothing. */
export const noOutcome: Outcome = {
  number: 1,
  height: 0,
  index: 0,
  code: '',
  message: '',
  result: '',
  duplicate: false,
  call: null,
  detail: null,
};

/** Outcomes of each kind. */
export const outcomes: readonly Outcome[] = [
  { ...noOutcome, number: 7, height: 1, result: '{"line":1}' },
  {
    number: 8,
    height: 1,
    index: 1,
    code: 'BC007',
    message: 'order 71774 exists',
    result: '',
    duplicate: true,
    call: 0,
    detail: null,
  },
  { ...noOutcome, number: 9, code: 'overloaded' },
  {
    ...noOutcome,
    number: 10,
    height: 1,
    index: 2,
    code: 'failed',
    call: 0,
    detail: {
      ...noDetail,
      sqlstate: '23505',
      table: 'purchasing.order_header',
      constraint: 'order_header_pkey',
      text: 'Key (order_id)=(71774) already exists.',
    },
  },
];

/** A request of both transactions. */
export const submitRequestBytes: Uint8Array = encodeSubmitRequest({
  first: 7,
  wait: 'committed',
  transactions: signedBytes,
});

/** The outcomes as a reply. */
export const submitReplyBytes: Uint8Array = encodeSubmitReply({ outcomes });

/** A reply to forwarded transactions. */
export const forwardReplyBytes: Uint8Array = encodeForwardReply({
  refusals: [{ id: transactionId(payload), code: 'expired' }],
});

/** `bytes` with `change` in place of what stands at `at`. */
export function altered(bytes: Uint8Array, at: number, ...change: readonly number[]): Uint8Array {
  return concatBytes(bytes.subarray(0, at), Uint8Array.from(change), bytes.subarray(at + change.length));
}
