/**
 * The parts by which a node agrees with the others, opened by `node-parts.ts`: checkpoints, the search
 * for a second history, and the testimonies by which nodes report both to each other.
 */

import { randomBytes } from 'node:crypto';

import {
  CHECKPOINT_CONTRACT,
  CHECKPOINT_FUNCTION,
  encodeCheckpoint,
  type SignedHeader,
  type Testimony,
  toHex,
  validUntilWindow,
} from '@bucordo/protocol';

import type { Admission } from '../admission/admission.ts';
import type { Catalogue } from '../chain/catalogue.ts';
import type { BlockOutcome, SealedBlock } from '../chain/sealed-block.ts';
import { CheckpointReader, signCheckpoint } from '../checkpoints/checkpoint-transactions.ts';
import { Checkpoints, countedSince, type MemberCheckpoint } from '../checkpoints/checkpoints.ts';
import { Histories } from '../checkpoints/histories.ts';
import type { StoredCheckpoint, StoredState } from '../execution/ports.ts';
import { memberOfCertificate } from '../identity/certificates.ts';
import { PeerConnection } from '../sync/peer-connection.ts';
import { Testimonies } from '../sync/testimonies.ts';
import { Witnesses } from '../sync/witnesses.ts';
import type { Ledger } from './ledger.ts';
import type { NodeContext } from './node-context.ts';

/** What agreement is made of. */
interface Parts {
  readonly ledger: Ledger;
  readonly intake: { readonly admission: Admission };
  /** Height of the last committed block. */
  readonly height: () => number;
}

/** How the node agrees with the others. */
export interface Agreeing {
  readonly checkpoints: Checkpoints;
  readonly histories: Histories;
  readonly testimonies: Testimonies;
  /** Takes note of a committed block. */
  committed(block: SealedBlock, outcome: BlockOutcome): void;
}

/** Wait before a checkpoint that the node was too busy for is submitted again, in milliseconds. */
const CHECKPOINT_AGAIN_MS = 1_000;

/** Opens everything with what the ledger holds of it. */
export async function openAgreement(parts: Parts, context: NodeContext): Promise<Agreeing> {
  const { ledger } = parts;
  const { membership, reader, head } = ledger;
  const { log } = context;
  const functionNumber = checkpointFunction(ledger.catalogue.current);
  const checkpointReader = new CheckpointReader({
    network: context.enrolment.network,
    memberOfNode: (key) => membership.current.nodes.get(key),
    functionNumber,
  });
  const believed = (stored: readonly StoredCheckpoint[]): MemberCheckpoint[] =>
    stored.map((one) => checkpointReader.readStored(one)).filter((one) => one !== null);
  const testimonies = new Testimonies({ hear: (member, testimony) => hear(member, testimony), log });
  const histories = await openHistories(parts, context, (headers) =>
    testimonies.tell({ contradiction: headers }),
  );
  const tell = (height: number, checkpoint: Uint8Array, signature: Uint8Array): void => {
    reader.signedHeaderAt(height).then(
      (block) => {
        if (block !== null) testimonies.tell({ statement: { checkpoint, signature, block } });
      },
      // Trouble of the database ends the node elsewhere; the ordering carries the checkpoint too.
      (error: unknown) => log.debug({ reason: String(error) }, 'a checkpoint was not told directly'),
    );
  };
  const checkpoints = openCheckpoints(
    {
      ...parts,
      tell,
      broughtBy: async (height, since) => believed(await reader.checkpointsIn(height, since)),
    },
    context,
  );
  const hear = (member: string, testimony: Testimony): void => {
    if ('contradiction' in testimony) {
      histories.hearContradiction(testimony.contradiction);
      return;
    }
    const { checkpoint, signature, block } = testimony.statement;
    histories.hear(block);
    const heard = checkpointReader.readSigned(checkpoint, signature);
    // A fellow speaks for itself; what it says about this node it only has from this node.
    if (heard === null || (heard.member !== member && heard.member !== context.enrolment.member)) return;
    checkpoints.heard(heard);
    if (heard.member === member) testimonies.remember(member, testimony);
  };
  membership.onChange(() => checkpoints.setMembers(membership.voters));
  const stored = await reader.checkpoints(countedSince(head.height));
  const lastActive = await reader.lastActiveHeight(functionNumber);
  await checkpoints.restore(head.height, { checkpoints: believed(stored), lastActive });
  const { network, member } = context.enrolment;
  const last = stored.findLast((one) => one.member === member);
  if (last !== undefined) tell(last.height, encodeCheckpoint({ ...last, network }), last.signature);
  return {
    checkpoints,
    histories,
    testimonies,
    committed: (block, outcome) => {
      histories.committed(block.height, block.hash);
      checkpoints.committed({
        height: block.height,
        blockHash: toHex(block.hash),
        stateHash: toHex(outcome.stateHash),
        ...checkpointReader.callsOf(block.rows),
      });
    },
  };
}

/** Opens the connections to the nodes whose addresses are known, to exchange testimonies with them. */
export function openWitnesses(
  testimonies: Testimonies,
  { config, enrolment, closing }: NodeContext,
): Witnesses {
  const witnesses = config.peers
    .filter(({ member }) => member !== config.member)
    .map(({ member, address }) => ({
      member,
      connection: new PeerConnection({ address, member, tls: enrolment.tls, memberOf: memberOfCertificate }),
    }));
  const exchange = new Witnesses(witnesses, testimonies);
  closing.add('witnesses', async () => {
    await exchange.stop();
    for (const { connection } of witnesses) connection.close();
  });
  return exchange;
}

async function openHistories(
  { ledger, intake }: Parts,
  { config, enrolment, log }: NodeContext,
  onContradiction: (headers: readonly [SignedHeader, SignedHeader]) => void,
): Promise<Histories> {
  const histories = new Histories({
    network: enrolment.network,
    orderingKey: enrolment.genesis.ordering.node,
    signer: enrolment.orderingMember,
    height: ledger.head.height,
    settledTo: config.alarms.forksSettledTo,
    headerAt: (height) => ledger.reader.signedHeaderAt(height),
    keep: (contradiction) => ledger.contradictions.keep(contradiction),
    onContradiction,
    onFork: ({ signer, height }) =>
      intake.admission.distrust({
        code: 'forked',
        message: `the node of ${signer} has signed two histories that part at height ${height}`,
      }),
    log,
  });
  for (const { headers } of await ledger.contradictions.read()) histories.hearContradiction(headers);
  await histories.compared();
  return histories;
}

function openCheckpoints(
  parts: Parts & {
    /** Tells the other nodes a signed checkpoint. */
    readonly tell: (height: number, checkpoint: Uint8Array, signature: Uint8Array) => void;
    readonly broughtBy: (height: number, sinceHeight: number) => Promise<readonly MemberCheckpoint[]>;
  },
  { config, enrolment, log }: NodeContext,
): Checkpoints {
  const { genesis, member, network, key } = enrolment;
  const { admission } = parts.intake;
  const { membership } = parts.ledger;
  // The same bytes again, for a height is signed once.
  const submit = (transaction: Uint8Array): void => {
    const outcomes = (batch: readonly { readonly code: string; readonly message: string }[]): void => {
      for (const { code, message } of batch) {
        if (code === 'overloaded') setTimeout(() => submit(transaction), CHECKPOINT_AGAIN_MS).unref();
        else if (code !== '') log.warn({ code, reason: message }, 'a checkpoint of this node was refused');
      }
    };
    admission.submitTransactions([transaction], { first: 0, level: 'ordered' }, { outcomes });
  };
  return new Checkpoints({
    member,
    members: membership.voters,
    maySign: () =>
      membership.current.nodes.get(toHex(key.publicKey)) === member && membership.voters.includes(member),
    everyBlocks: genesis.checkpointBlocks,
    everyMs: genesis.checkpointMs,
    finalWithinMs: config.alarms.finalWithinMs,
    publish: (height: number, state: StoredState) => {
      const validUntil = parts.height() + validUntilWindow / 2;
      const facts = { network, member, height, state, validUntil, nonce: randomBytes(16) };
      const { bytes, signature, transaction } = signCheckpoint(key, facts);
      parts.tell(height, bytes, signature);
      submit(transaction);
    },
    stateAt: (height) => parts.ledger.reader.stateAt(height),
    broughtBy: parts.broughtBy,
    onFinal: (height) => admission.final(height),
    onDiverged: ({ height, ours, theirs }) => {
      admission.distrust({
        code: 'diverged',
        message: `the state of this node differs since height ${height}`,
      });
      const hashes = Object.fromEntries(Object.entries(theirs).map(([id, hash]) => [`theirs_${id}`, hash]));
      log.error(
        { height, ours, ...hashes },
        'THIS NODE HAS DIVERGED: its state is not the one of the other members',
      );
    },
    now: () => performance.now(),
    log,
  });
}

function checkpointFunction(catalogue: Catalogue): number {
  const found = catalogue.functions.find(
    ({ contract, name }) => contract === CHECKPOINT_CONTRACT && name === CHECKPOINT_FUNCTION,
  );
  if (found === undefined) throw new Error('the catalogue has no function for checkpoints');
  return found.number;
}
