/**
 * The composition root: starts the parts of a node in their order, wires their ports, and stops
 * them in reverse. No part knows another; this file and `node-parts.ts` know them all.
 *
 * ```
 * database → ledger → admission ─► ordering (own or followed) ─► commit path ─► executor
 *                        ▲                                          │
 *          client port ──┤      peer port ◄── block feed ◄──────────┤
 *          HTTP API ─────┘                   checkpoints ◄──────────┘
 * ```
 */

import { type RefusalCode, refusalCodes, toHex } from '@bucordo/protocol';
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import type { Hindrance } from './admission/ports.ts';
import type { Advisor } from './advice/advisor.ts';
import { startClientServer } from './api/grpc/client-server.ts';
import { startHttpServer } from './api/http/server.ts';
import { mayConnect } from './chain/membership.ts';
import type { CheckpointStatus } from './checkpoints/checkpoints.ts';
import type { AgreementFacts } from './checkpoints/ports.ts';
import { addressText, type NodeConfig } from './config.ts';
import { dryRun } from './execution/dry-run.ts';
import type { RulesStanding } from './execution/ports.ts';
import { RELEASE, type Release } from './execution/release.ts';
import { Fault } from './fault.ts';
import { Authorities } from './identity/authorities.ts';
import { type Enrolment, readEnrolment, warnOfExpiry } from './identity/enrolment.ts';
import type { Counts } from './observe/counters.ts';
import { HealthMonitor } from './observe/health-monitor.ts';
import type { HealthFacts } from './observe/judge-health.ts';
import { createLogger } from './observe/logger.ts';
import type { Health, Log } from './observe/ports.ts';
import { KnownClocks } from './ordering/known-clocks.ts';
import { connect } from './postgres/connection.ts';
import { Heartbeat } from './postgres/heartbeat.ts';
import { ROLES } from './postgres/set-up.ts';
import { PeerServer } from './sync/peer-server.ts';
import { openAdvice } from './wiring/advice-parts.ts';
import { agreementConditions, agreementFacts, waitingText } from './wiring/agreement-conditions.ts';
import { openWitnesses } from './wiring/agreement-parts.ts';
import { checkEnrolment } from './wiring/check-enrolment.ts';
import { Closing } from './wiring/closing.ts';
import { logContracts } from './wiring/contract-log.ts';
import { DryRuns } from './wiring/dry-runs.ts';
import { parseFailpoint } from './wiring/failpoint.ts';
import { openFollowed } from './wiring/followed-parts.ts';
import { GuardedExecution } from './wiring/guarded-execution.ts';
import { type Ledger, openLedger } from './wiring/ledger.ts';
import type { NodeContext } from './wiring/node-context.ts';
import { type NodeDatabase, openDatabase, prepareLedger } from './wiring/node-database.ts';
import { NodeFailure } from './wiring/node-failure.ts';
import { NodeHealth } from './wiring/node-health.ts';
import {
  type Core,
  type FollowingStatus,
  type Intake,
  type OpenedOrdering,
  openCore,
  openIntake,
} from './wiring/node-parts.ts';
import { networkStanding, publicStatus } from './wiring/public-status.ts';
import { rulesConditions } from './wiring/rules-conditions.ts';
import { openSolo } from './wiring/solo-parts.ts';
import { forwardSink, GuardedSubmission } from './wiring/submission.ts';

/** Milliseconds for Postgres to write what it holds and to end; usually well under one second. */
const DATABASE_STOP_MS = 45_000;
/** Milliseconds that open streams and requests get when the node stops; the whole stop takes under 10 s. */
const GRACE_MS = 500;

/** What may be given instead of the real thing, by tests and by programs that hold a node inside. */
export interface StartOverrides {
  readonly log?: Log;
  /** A database that is there already; the node does not stop it. */
  readonly database?: NodeDatabase;
  /** Cuts the start short: it throws {@link Fault} `stopping` then. Afterwards it changes nothing. */
  readonly signal?: AbortSignal;
  /**
   * Order without asking the other members' nodes for blocks that this one may have lost. Only for an
   * operator who knows that there are none: else there are two histories.
   */
  readonly orderAlone?: boolean;
  /** What the program carries for networks that were founded before it; by default everything. */
  readonly release?: Release;
}

/** Where the doors are open. */
export interface NodeAddresses {
  /** gRPC for clients, `host:port`. */
  readonly client: string;
  /** gRPC for other nodes, `host:port`. */
  readonly peer: string;
  /** HTTP JSON API, `https://host:port`. */
  readonly http: string;
}

/** What a running node says about itself. */
export interface NodeStatus extends CheckpointStatus {
  /** Network id, lower-case hex. */
  readonly network: string;
  readonly member: string;
  readonly height: number;
  /** Lower-case hex. */
  readonly blockHash: string;
  readonly stateHash: string;
  /** By which rules it goes, and which come next. */
  readonly rules: RulesStanding;
  /** What this node knows about its agreement with the others. */
  readonly agreement: AgreementFacts;
  /** Member whose node orders. */
  readonly orderingMember: string;
  /** Null where this node orders itself. */
  readonly following: FollowingStatus;
  readonly health: Health;
  readonly counts: Counts;
}

/** A node that serves. */
export interface RunningNode {
  readonly addresses: NodeAddresses;
  readonly status: () => NodeStatus;
  /** Resolves with the fault that made going on impossible; stop the node then. Never otherwise. */
  readonly failed: Promise<Fault>;
  /** Takes nothing new, finishes what is under way, answers who waits, closes everything. Under 10 s. */
  stop(): Promise<void>;
}

/** Starts a node and resolves when all its doors are open. Throws a `Fault`; then nothing is left running. */
export async function startNode(config: NodeConfig, overrides: StartOverrides = {}): Promise<RunningNode> {
  const log = overrides.log ?? createLogger({ level: config.log.level, member: config.member });
  const closing = new Closing();
  const close = (): Promise<void> =>
    closing.close((part, error) => log.warn({ part, reason: String(error) }, 'a part did not close cleanly'));
  try {
    return await start(config, { overrides, log, closing, close });
  } catch (error) {
    await close();
    throw error;
  }
}

interface Context {
  readonly overrides: StartOverrides;
  readonly log: Log;
  readonly closing: Closing;
  readonly close: () => Promise<void>;
}

async function start(config: NodeConfig, { overrides, log, closing, close }: Context): Promise<RunningNode> {
  // gRPC would write to standard error on its own; what matters of it comes back as errors.
  setLogVerbosity(logVerbosity.NONE);
  const enrolment = readEnrolment(config);
  warnOfExpiry(enrolment.tls.cert, Date.now(), log);
  const database = overrides.database ?? (await openDatabase(config.postgres));
  const failure = new NodeFailure(log, database.isDiskFull);
  if (overrides.database === undefined) closing.add('database', () => database.stop(), DATABASE_STOP_MS);
  void database.lost.then((fault) => failure.fail(fault));
  try {
    return await startOn(database, { config, enrolment, failure, overrides, log, closing, close });
  } catch (error) {
    throw await failure.causeOfStart(error);
  }
}

interface Started extends Context {
  readonly config: NodeConfig;
  readonly enrolment: Enrolment;
  readonly failure: NodeFailure;
}

async function startOn(database: NodeDatabase, started: Started): Promise<RunningNode> {
  const { config, enrolment, failure, overrides, log, closing, close } = started;
  const { signal } = overrides;
  goOnUnless(signal);
  const release = overrides.release ?? RELEASE;
  await prepareLedger(database, enrolment, log, release);
  goOnUnless(signal);

  const orderAlone = overrides.orderAlone === true;
  const context = { config, enrolment, log, failure, closing, orderAlone, release };
  const ledger = await openLedger(database, context);
  checkEnrolment(ledger, context);
  const intake = await openIntake(ledger, context);
  goOnUnless(signal);
  const execution = new GuardedExecution({
    ...context,
    executor: ledger.executor,
    height: ledger.head.height,
    isOrdering: enrolment.orders,
    connect: () => connect(database.connection(ROLES.node)),
  });
  closing.add('execution', () => execution.close());
  const core = await openCore(
    { ledger, intake, execution, failpoint: parseFailpoint(process.env['BUCORDO_FAILPOINT']) },
    context,
  );
  const clocks = new KnownClocks(Date.now, () => performance.now());
  const openOrdering = enrolment.orders ? openSolo : openFollowed;
  const ordering = openOrdering({ ledger, intake, core, clocks }, context);

  let phase: HealthFacts['phase'] = 'starting';
  const heartbeat = new Heartbeat(() => connect(database.connection(ROLES.node)));
  closing.add('heartbeat', () => heartbeat.stop());
  const parts = { enrolment, core, execution, ordering, failure, heartbeat, clocks };
  const agreement = () => agreementFacts(core, ordering.waiting());
  const facts = new NodeHealth({
    ...parts,
    phase: () => phase,
    others: () => [
      ...agreementConditions(agreement(), Date.now()),
      ...rulesConditions(ledger.rules.standing(core.path.head.height), Date.now()),
    ],
  });
  const health = new HealthMonitor(() => facts.facts(), log);
  closing.add('health', () => health.stop());
  const status = (): NodeStatus => ({
    ...statusOf(enrolment, core, ordering.following()),
    rules: ledger.rules.standing(core.path.head.height),
    agreement: agreement(),
    health: health.current,
  });
  const advice = openAdvice(
    { database, admission: intake.admission, height: () => core.path.head.height },
    context,
  );
  const inside = { database, ledger, intake, core, execution, ordering, advice, status, clocks };
  const addresses = await openDoors(inside, context);

  closing.add('callers', () => intake.admission.close());
  closing.add('checkpoints', () => core.checkpoints.stop());
  closing.add('ordering', () => ordering.stop());
  closing.add('admission', () => intake.admission.stop());
  openWitnesses(core.testimonies, context).start();
  execution.start(() => ordering.start());
  phase = 'running';
  log.info({ ...addresses, height: core.path.head.height, orders: enrolment.orders }, 'the node serves');
  advice.start();
  void logContracts(ledger.contracts, log);
  return {
    addresses,
    status,
    failed: failure.failed,
    stop: () => {
      phase = 'stopping';
      return close();
    },
  };
}

// Called between the steps of a start; a step itself is not cut short.
function goOnUnless(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new Fault('stopping', 'The node was told to stop while it started.');
}

/** What the doors lead to. */
interface Inside {
  readonly database: NodeDatabase;
  readonly ledger: Ledger;
  readonly intake: Intake;
  readonly core: Core;
  readonly execution: GuardedExecution;
  readonly ordering: OpenedOrdering;
  readonly advice: Advisor;
  readonly status: () => NodeStatus;
  readonly clocks: KnownClocks;
}

async function openDoors(
  inside: Inside,
  { config, enrolment, log, closing }: NodeContext,
): Promise<NodeAddresses> {
  const { ledger, core, database } = inside;
  const { admission } = inside.intake;
  const { tls } = enrolment;
  const doors: (() => Promise<void>)[] = [];
  closing.add('doors', () => Promise.all(doors.map((close) => close())));
  const authorities = new Authorities(tls.ca, log);
  const { membership } = ledger;
  authorities.setMembers(membership.current.members.filter(({ id }) => mayConnect(membership.current, id)));
  const peers = await PeerServer.start({
    ...config.peer,
    tls,
    authorities,
    feed: core.feed,
    history: ledger.reader,
    witness: (member, stream) => core.testimonies.exchange(member, stream),
    asked: (member, from) => inside.ordering.asked(member, from),
    isSearching: () => inside.ordering.waiting() !== null,
    forward: enrolment.orders ? forwardSink(admission) : null,
    memberOf: (certificate) => {
      const member = authorities.memberOf(certificate);
      return member !== null && mayConnect(membership.current, member) ? member : null;
    },
    clocks: inside.clocks,
    log,
  });
  doors.push(() => peers.stop());
  membership.onChange((newer) => {
    authorities.setMembers(newer.members.filter(({ id }) => mayConnect(newer, id)));
    peers.dismiss((member) => mayConnect(newer, member));
  });
  const submission = new GuardedSubmission(admission, () => hindranceOf(inside));
  const clients = await startClientServer({ ...config.client, tls, submission, log });
  doors.push(() => clients.stop(GRACE_MS));
  const grpc = addressText({ host: config.client.host, port: clients.port });
  const http = await startHttpServer({
    ...config.http,
    tls,
    network: enrolment.network,
    member: config.member,
    submission,
    chain: ledger.reader,
    identities: ledger,
    usage: ledger.usage,
    contracts: ledger.contracts,
    advice: inside.advice,
    restrictedContracts: () => membership.current.restrictedContracts,
    dryRuns: new DryRuns({
      network: enrolment.network,
      catalogue: () => ledger.catalogue.current,
      hindrance: () => hindranceOf(inside),
      execute: (rows, timeMs) => ledger.executor.between((client) => dryRun(client, { rows, timeMs })),
      now: Date.now,
    }),
    skips: inside.execution.skips,
    doubtAt: (height) => admission.doubtAt(height),
    status: () => {
      const { quarantine } = inside.execution;
      const blockTimeAheadMs = core.path.head.time - Date.now();
      const now = { grpc, rate: core.rate(), quarantine, blockTimeAheadMs };
      return publicStatus(inside.status(), now, networkStanding(inside, enrolment));
    },
    connectReader: (role) => connect(database.connection(role)),
    now: Date.now,
    log,
  });
  doors.push(() => http.stop(GRACE_MS));
  return {
    client: grpc,
    peer: addressText({ host: config.peer.host, port: peers.port }),
    http: `https://${addressText({ host: config.http.host, port: http.port })}`,
  };
}

// For what transactions are refused altogether, so that clients turn to another node or know what they wait for.
function hindranceOf({ core, execution, ordering }: Inside): Hindrance | null {
  if (execution.quarantine !== null) return hindrance('quarantined');
  if (core.histories.fork !== null) return hindrance('forked');
  if (core.checkpoints.isDiverged) return hindrance('diverged');
  const waiting = ordering.waiting();
  if (waiting !== null) return hindrance('waiting', waitingText(waiting));
  const obstacle = ordering.obstacle();
  return obstacle === null ? null : hindrance('held', obstacle.message);
}

// Elsewhere the code's own sentence says all; values are in the status.
function hindrance(code: RefusalCode, message: string = refusalCodes[code].user): Hindrance {
  return { code, message };
}

function statusOf(
  enrolment: Enrolment,
  core: Core,
  following: NodeStatus['following'],
): Omit<NodeStatus, 'health' | 'agreement' | 'rules'> {
  const { head } = core.path;
  return {
    network: toHex(enrolment.network),
    member: enrolment.member,
    orderingMember: enrolment.orderingMember,
    height: head.height,
    blockHash: toHex(head.blockHash),
    stateHash: toHex(head.stateHash),
    ...core.checkpoints.status(),
    following,
    counts: core.counters.counts(),
  };
}
