/**
 * The parts by which a node agrees with the others, opened by `node-parts.ts`: checkpoints, and what
 * is told about them.
 */

import { randomBytes } from 'node:crypto';

import { CHECKPOINT_CONTRACT, CHECKPOINT_FUNCTION, toHex, validUntilWindow } from '@bucordo/protocol';

import type { Admission } from './admission/admission.ts';
import type { Catalogue } from './chain/catalogue.ts';
import type { BlockOutcome, SealedBlock } from './chain/sealed-block.ts';
import type { Ledger } from './ledger.ts';
import type { NodeContext } from './node-context.ts';
import { CheckpointReader, type StoredCheckpoint, signCheckpoint } from './state/checkpoint-transactions.ts';
import { Checkpoints, countedSince, type LocalState, type MemberCheckpoint } from './state/checkpoints.ts';

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
  /** Takes note of a committed block. */
  committed(block: SealedBlock, outcome: BlockOutcome): void;
}

/** Wait before a checkpoint that the node was too busy for is submitted again, in milliseconds. */
const CHECKPOINT_AGAIN_MS = 1_000;

/** Opens the checkpoints with what the ledger holds of them. */
export async function openAgreement(parts: Parts, context: NodeContext): Promise<Agreeing> {
  const { ledger } = parts;
  const { membership, reader, head } = ledger;
  const checkpointReader = new CheckpointReader({
    network: context.enrolment.network,
    memberOfNode: (key) => membership.current.nodes.get(key),
    functionNumber: checkpointFunction(ledger.catalogue.current),
  });
  const believed = (stored: readonly StoredCheckpoint[]): MemberCheckpoint[] =>
    stored.map((one) => checkpointReader.readStored(one)).filter((one) => one !== null);
  const checkpoints = openCheckpoints(
    {
      ...parts,
      broughtBy: async (height, since) => believed(await reader.checkpointsIn(height, since)),
    },
    context,
  );
  membership.onChange(() => checkpoints.setMembers(membership.voters));
  await checkpoints.restore(head.height, believed(await reader.checkpoints(countedSince(head.height))));
  return {
    checkpoints,
    committed: (block, outcome) =>
      checkpoints.committed({
        height: block.height,
        blockHash: toHex(block.hash),
        stateHash: toHex(outcome.stateHash),
        ...checkpointReader.callsOf(block.rows),
      }),
  };
}

function openCheckpoints(
  parts: Parts & {
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
    publish: (height: number, state: LocalState) => {
      const validUntil = parts.height() + validUntilWindow / 2;
      const facts = { network, member, height, state, validUntil, nonce: randomBytes(16) };
      submit(signCheckpoint(key, facts).transaction);
    },
    stateAt: (height) => parts.ledger.reader.stateAt(height),
    broughtBy: parts.broughtBy,
    onFinal: (height) => admission.final(height),
    onDiverged: ({ height, ours, theirs }) => {
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
