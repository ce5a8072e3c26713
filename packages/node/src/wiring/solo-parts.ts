/**
 * The ordering of a node that orders alone: before it begins, it asks its fellows for blocks of its own
 * that its disk may have lost (decision 0030).
 */

import { dirname, join } from 'node:path';

import { blockTransactionsMax, toHex } from '@bucordo/protocol';

import { BlockTransactions } from '../admission/block-transactions.ts';
import { finalQuorum } from '../checkpoints/agreement.ts';
import type { NodeConfig } from '../config.ts';
import { Fault } from '../fault.ts';
import { memberOfCertificate } from '../identity/certificates.ts';
import { type Mark, OrderingMark } from '../ordering/ordering-mark.ts';
import { SoloOrdering } from '../ordering/solo/solo-ordering.ts';
import { BlockVerifier } from '../sync/block-verifier.ts';
import { OwnPast } from '../sync/own-past.ts';
import { PeerConnection } from '../sync/peer-connection.ts';
import type { NodeContext } from './node-context.ts';
import type { OpenedOrdering, OrderingParts } from './node-parts.ts';

/** Opens the ordering of this node. */
export function openSolo(parts: OrderingParts, context: NodeContext): OpenedOrdering {
  const { intake, core, clocks } = parts;
  const { config, enrolment, failure, log } = context;
  const { admission } = intake;
  const stopping = new AbortController();
  const mark = new OrderingMark(markFile(config), toHex(enrolment.network), log);
  const ordering = new SoloOrdering({
    network: enrolment.network,
    signer: enrolment.key,
    sink: core.path,
    refusals: admission,
    now: () => clocks.blockTime(),
    unverifiedCount: () => admission.unverifiedCount,
    onFault: (fault) => failure.fail(fault),
  });
  const begin = (): void => {
    const { head } = core.path;
    mark.start(() => ({ height: core.path.head.height, hash: toHex(core.path.head.blockHash) }));
    ordering.start(head);
    admission.open(ordering);
    core.checkpoints.caughtUp();
  };
  const past = openOwnPast(parts, context, mark.read());
  let searching: Promise<void> = Promise.resolve();
  const search = async (): Promise<void> => {
    try {
      if (await past.search.search(stopping.signal)) begin();
    } catch (error) {
      failure.fail(faultOf(error));
    } finally {
      past.close();
    }
  };
  return {
    start: () => {
      const isOnlyMember = parts.ledger.membership.voters.every((member) => member === config.member);
      if (context.orderAlone || isOnlyMember) {
        if (!isOnlyMember) log.error({ height: core.path.head.height }, ORDERS_ALONE);
        past.search.end();
        past.close();
        begin();
      } else {
        searching = search();
      }
    },
    stop: async () => {
      stopping.abort();
      await searching;
      await ordering.stop();
      mark.stop();
    },
    following: () => null,
    followed: () => null,
    asked: (member, from) => past.search.asked(member, from),
    waiting: () => past.search.waiting,
    address: '',
    obstacle: () => null,
  };
}

const ORDERS_ALONE =
  'THIS NODE ORDERS WITHOUT ASKING ITS FELLOWS, as it was told to: if one of them has a block that this node lacks, there are two histories from now on, and what only that block held is lost';

function openOwnPast(
  { ledger, intake, core }: OrderingParts,
  { config, enrolment, log }: NodeContext,
  mark: Mark | null,
): { readonly search: OwnPast; readonly close: () => void } {
  const fellows = config.peers
    .filter(({ member }) => member !== config.member)
    .map(({ member, address }) => ({
      member,
      connection: new PeerConnection({ address, member, tls: enrolment.tls, memberOf: memberOfCertificate }),
    }));
  const { reader, membership } = ledger;
  const found = core.path.head.height;
  const members = (): string[] => membership.voters.filter((member) => member !== config.member);
  const signers = (): number => {
    const { latest } = core.checkpoints.status();
    return members().filter((member) => latest[member] !== undefined).length;
  };
  // Known when the first round is over; until then the worst is assumed.
  let age: DatabaseAge = 'older';
  const ageKnown = ageOf(mark, found, async (height) => (await reader.stateAt(height))?.blockHash ?? null);
  const search = new OwnPast({
    fellows,
    members,
    needed: (others) => fellowsNeeded(age, { others, signers: signers() }),
    reason: () => REASONS[age],
    head: () => {
      const { height, blockHash, time } = core.path.head;
      return { height, hash: blockHash, time };
    },
    verifier: new BlockVerifier({
      network: enrolment.network,
      orderingKey: enrolment.genesis.ordering.node,
      transactions: new BlockTransactions(intake.pool),
      transactionsMax: blockTransactionsMax,
      firstCommitted: core.firstCommitted,
      onSigned: (header) => core.histories.hear(header),
      // Its own clock has dated them.
      timeAheadMaxMs: Number.MAX_SAFE_INTEGER,
      now: Date.now,
    }),
    sink: core.path,
    isForked: async () => {
      age = await ageKnown;
      await core.histories.compared();
      return core.histories.fork !== null;
    },
    log,
  });
  return {
    search,
    close: () => {
      for (const { connection } of fellows) connection.close();
    },
  };
}

/** How the database of this node stands to its last run. */
export type DatabaseAge =
  /** Nothing in it and no trace of a run: whoever answers is asked, nobody must. */
  | 'first'
  /** It holds what the mark of the last run names. */
  | 'same'
  | 'older';

const REASONS: Readonly<Record<DatabaseAge, string>> = {
  first: 'it starts for the first time',
  same: 'so many must answer that no final block can be missing',
  older: 'its database is older than its last run, so all of them must answer',
};

/**
 * How many of the other voting members' nodes must answer: with so many, no final block can be missing.
 * `signers` are those of them that have ever signed a state of this chain; the others have yet to start.
 */
export function fellowsNeeded(
  age: DatabaseAge,
  { others, signers }: { readonly others: number; readonly signers: number },
): number {
  if (age === 'first') return 0;
  if (age === 'older') return others;
  const members = others + 1;
  return Math.min(signers, members - finalQuorum(members) + 1);
}

async function ageOf(
  mark: Mark | null,
  height: number,
  hashAt: (height: number) => Promise<string | null>,
): Promise<DatabaseAge> {
  if (mark === null) return height === 0 ? 'first' : 'older';
  if (mark.height > height) return 'older';
  return mark.height === 0 || (await hashAt(mark.height)) === mark.hash ? 'same' : 'older';
}

function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  return new Fault(
    'following_failed',
    'A block of this node that a fellow has could not be worked through.',
    {
      hint: 'Look at the cause in the log and restart the node; it goes on after its last committed block.',
      cause: error,
    },
  );
}

// Beside the database where that is the node's own, else beside its key: not in it, for it must not be restored with it.
function markFile({ postgres, nodeKey }: Pick<NodeConfig, 'postgres' | 'nodeKey'>): string {
  return postgres.kind === 'embedded'
    ? `${postgres.dataDirectory}.ordering.json`
    : join(dirname(nodeKey), 'ordering.json');
}
