/** The ledger: what the database holds, with everything that runs blocks in it and reads from it. */

import type { Identities } from '../api/ports.ts';
import type { ChainHead, SealedBlock } from '../chain/sealed-block.ts';
import { readCatalogue } from '../execution/catalogue-reader.ts';
import { ChainReader } from '../execution/chain-reader.ts';
import { ContractReader } from '../execution/contract-reader.ts';
import { Contradictions } from '../execution/contradictions.ts';
import { Executor } from '../execution/executor.ts';
import { readDecidedRules } from '../execution/installed-release.ts';
import { LiveCatalogue } from '../execution/live-catalogue.ts';
import { LiveMembership } from '../execution/live-membership.ts';
import { LiveRules } from '../execution/live-rules.ts';
import { readMembership } from '../execution/membership-reader.ts';
import { ReadingConnections } from '../execution/reading-connections.ts';
import { Usage } from '../execution/usage.ts';
import { Fault } from '../fault.ts';
import type { Log } from '../observe/ports.ts';
import { checkServer, refuseUnsafeServer } from '../postgres/check-server.ts';
import { connect } from '../postgres/connection.ts';
import { ROLES } from '../postgres/set-up.ts';
import type { NodeContext } from './node-context.ts';
import type { NodeDatabase } from './node-database.ts';

/** What the database holds. */
export interface Ledger extends Identities {
  readonly executor: Executor;
  readonly reader: ChainReader;
  /** As the node found it. */
  readonly head: ChainHead;
  readonly catalogue: LiveCatalogue;
  readonly membership: LiveMembership;
  readonly rules: LiveRules;
  readonly usage: Usage;
  readonly contracts: ContractReader;
  readonly contradictions: Contradictions;
  /** Set by the intake: a block's transactions judged by the current functions. */
  rejudge: (block: SealedBlock) => Promise<SealedBlock>;
}

/** How often the node looks whether usage can be counted; whoever asks for it in between has the rest counted. */
const USAGE_MS = 10_000;

/** Connects execution and reading. */
export async function openLedger(database: NodeDatabase, context: NodeContext): Promise<Ledger> {
  const { enrolment, failure, closing, log, release } = context;
  const connectNode = () => connect(database.connection(ROLES.node));
  const executor = await Executor.open({
    connect: connectNode,
    networkId: enrolment.network,
    onFault: (fault) => failure.fail(fault),
    rejudge: (block) => ledger.rejudge(block),
    requireSafeServer: async (client) => refuseUnsafeServer(await checkServer(client)),
    log,
    release,
  });
  closing.add('executor', () => executor.close());
  const reader = new ChainReader({ connect: connectNode });
  closing.add('reader', () => reader.close());
  const catalogueClient = await connectNode();
  closing.add('catalogue', () => catalogueClient.end());
  catalogueClient.on('error', () => undefined);
  const catalogue = new LiveCatalogue(await executor.catalogue(), () => readCatalogue(catalogueClient));
  const sideReading = new ReadingConnections(connectNode, 1);
  closing.add('side reading', () => sideReading.close());
  // Of its own, because blocks wait for it.
  const memberReading = new ReadingConnections(connectNode, 1);
  closing.add('membership', () => memberReading.close());
  const readMembers = () => readMembership(memberReading);
  const membership = new LiveMembership(await readMembers(), readMembers);
  const readRules = () => readDecidedRules(memberReading);
  const rules = new LiveRules(release, await readRules(), readRules);
  const usage = new Usage(sideReading);
  const counting = setInterval(() => countUsage(usage, log), USAGE_MS);
  closing.add('usage', () => clearInterval(counting));
  const ledger: Ledger = {
    executor,
    reader,
    membership,
    rules,
    usage,
    contracts: new ContractReader(sideReading),
    contradictions: new Contradictions(sideReading),
    head: await executor.head(),
    catalogue,
    find: (key) => catalogue.find(key),
    rejudge: () => Promise.reject(new Error('no block runs before the intake is open')),
  };
  return ledger;
}

function countUsage(usage: Usage, log: Log): void {
  usage.countWhenQuiet().catch((error: unknown) => {
    // Trouble of the database ends the node elsewhere; a node that stops needs no word here.
    if (!(error instanceof Fault))
      log.warn({ reason: String(error) }, 'usage could not be counted; tried again');
  });
}
