/**
 * One run of `bucordo dev` from start to end: the network, its control socket, an example, and the
 * clean end whatever asks for it.
 */
import type { Server } from 'node:net';
import type { ContractPackage } from '@bucordo/contract';
import { CommandError, usageError } from '../command-error.ts';
import { commandLine } from '../command-line.ts';
import { type DevNetwork, type DevNetworkOptions, startDevNetwork } from '../dev-network.ts';
import { exitRejected } from '../exit-codes.ts';
import { isNear } from '../find-network.ts';
import type { NetworkStatus } from '../member-status.ts';
import { readContractPackage } from '../network/contract-package.ts';
import { Progress } from '../output/progress.ts';
import {
  askControl,
  type ControlRequest,
  controlSocketPath,
  type MemberProcess,
  serveControl,
} from './control.ts';
import { deployByDecision } from './deploy-example.ts';
import type { Example, ExampleFigure, ExampleQuery } from './example.ts';
import { ExampleDoors } from './example-doors.ts';
import { readCounts, settledStatus, tableNames } from './member-summary.ts';
import type { MemberSummary } from './member-table.ts';

/** What a run came to. */
export interface DevReport {
  readonly network: string;
  readonly resumed: boolean;
  /** Null without an example. */
  readonly example: ExampleReport | null;
  readonly members: readonly MemberSummary[];
  /** Whether all members have the same state. */
  readonly equal: boolean;
}

/** What the example came to. */
export interface ExampleReport {
  readonly data: Example['data'];
  readonly seconds: number;
  /** Figures that are not as they should be, on any member. */
  readonly wrong: readonly (ExampleFigure & { readonly member: string })[];
  /** Number of figures that were checked on all members together. */
  readonly checked: number;
}

/** A running network with its control socket. */
export class DevSession {
  readonly network: DevNetwork;
  readonly #control: Server;
  readonly #doors: ExampleDoors;
  readonly #stopping = new AbortController();

  readonly #tables: string[];

  private constructor(network: DevNetwork, options: { control: Server; tables: readonly string[] }) {
    const { control, tables } = options;
    this.network = network;
    this.#tables = [...tables];
    this.#control = control;
    this.#doors = new ExampleDoors(network.loaded);
  }

  /** Starts everything; refuses a folder on which another `bucordo dev` runs. */
  static async start(options: DevNetworkOptions): Promise<DevSession> {
    const path = controlSocketPath(options.directory);
    await assertNobodyListens(path, options.directory);
    const count = options.description.members.length;
    const progress = new Progress({ label: 'starting members', unit: 'members', total: count });
    let ready = 0;
    // A start takes seconds without a count that moves: the remark is what tells that it goes on.
    const ticker = setInterval(() => progress.update(ready), 1_000);
    try {
      const network = await startDevNetwork({
        ...options,
        onReady: (member, elapsedMs) => {
          ready += 1;
          progress.update(ready, `${member} serves`);
          options.onReady?.(member, elapsedMs);
        },
      });
      progress.finish(ready);
      const control = await serveControl(path, (request) => handle(network, request));
      const packages = await Promise.all(options.description.contracts.map(readContractPackage));
      const tables = packages.flatMap(({ schema }) => tableNames(schema.text));
      return new DevSession(network, { control, tables });
    } finally {
      clearInterval(ticker);
    }
  }

  /** Runs an example to its end, checks its figures on every member, and compares the members. */
  async runExample(example: Example | null, note: (line: string) => void): Promise<DevReport> {
    const packages = await Promise.all((example?.network.contracts ?? []).map(readContractPackage));
    for (const contract of packages) await this.#deploy(contract, note);
    if (packages.length > 0) await this.#settled();
    this.#tables.push(...packages.flatMap(({ schema }) => tableNames(schema.text)));
    const before = new Map(
      await this.#ofEachMember(async (member) => [member, await this.#counts(member)] as const),
    );
    const run = example === null ? null : await this.#replay(example, note);
    const status = await this.#settled();
    const members = await this.#ofEachMember(async (member) => {
      const counts = await this.#counts(member);
      const added = counts.transactions - (before.get(member)?.transactions ?? 0);
      return {
        ...answerOf(status, member),
        ...counts,
        transactionsPerSecond: run === null || added < 100 ? null : added / run.seconds,
      };
    });
    const equal = status.equal && new Set(members.map(({ height }) => height)).size === 1;
    return {
      network: this.network.loaded.profile.network,
      resumed: this.network.resumed,
      example: run,
      members,
      equal,
    };
  }

  /** Stops all members, and whatever still uses them. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#doors.close();
    this.#control.close();
    await this.network.stop();
  }

  #deploy(contract: ContractPackage, note: (line: string) => void): Promise<void> {
    const { members } = this.network;
    return deployByDecision({
      members,
      call: (identity, call) => this.#doors.call(identity, call),
      query: this.#query(members[0] ?? ''),
      note,
      contract,
    });
  }

  async #replay(example: Example, note: (line: string) => void): Promise<ExampleReport> {
    const { unit, total } = example;
    const progress = new Progress({ label: example.network.name, unit, total });
    const startedAt = performance.now();
    const query = this.#query(this.network.members[0] ?? '');
    const upgrade = new UpgradeHalfWay(example, (contract) => this.#deploy(contract, note));
    await example.run({
      submitter: this.#doors,
      query,
      onProgress: (done) => {
        progress.update(done);
        upgrade.onProgress(done);
      },
    });
    await upgrade.end();
    const seconds = (performance.now() - startedAt) / 1000;
    if (this.#doors.submitted > 0) progress.finish(total);
    await this.#settled();
    const reports = await this.#ofEachMember(async (member) => ({
      member,
      ...(await example.verify(this.#query(member))),
    }));
    const wrong = reports.flatMap(({ member, figures }) =>
      figures.filter(({ expected, found }) => expected !== found).map((figure) => ({ ...figure, member })),
    );
    const checked = reports.reduce((sum, { figures }) => sum + figures.length, 0);
    return { data: example.data, seconds, wrong, checked };
  }

  #ofEachMember<Value>(ask: (member: string) => Promise<Value>): Promise<Value[]> {
    return Promise.all(this.network.members.map(ask));
  }

  #settled(): Promise<NetworkStatus> {
    const { loaded } = this.network;
    return settledStatus({ loaded, identity: loaded.profile.as, signal: this.#stopping.signal });
  }

  #counts(member: string): ReturnType<typeof readCounts> {
    return readCounts(this.#query(member), this.#tables);
  }

  /** Asks as an identity of the member itself: its node serves its own people. */
  #query(member: string): ExampleQuery {
    return this.#doors.queryAt(member, this.network.identityOf(member));
  }
}

/** Deploys the later version of an example's contract once, while the second half of its data is on its way. */
class UpgradeHalfWay {
  readonly #example: Example;
  readonly #deploy: (contract: ContractPackage) => Promise<void>;
  #deployed: Promise<unknown> | null = null;

  constructor(example: Example, deploy: (contract: ContractPackage) => Promise<void>) {
    this.#example = example;
    this.#deploy = deploy;
  }

  onProgress(done: number): void {
    if (done * 2 >= this.#example.total) this.#start();
  }

  /** Resolves when it is deployed, or rejects when that failed. */
  async end(): Promise<void> {
    this.#start();
    const error = await this.#deployed;
    if (error !== null) throw error;
  }

  // A failure waits for `end`: until then nobody listens.
  #start(): void {
    const { upgrade } = this.#example;
    this.#deployed ??=
      upgrade === null
        ? Promise.resolve(null)
        : this.#deploy(upgrade).then(
            () => null,
            (error: unknown) => error,
          );
  }
}

/** What a member said of itself, or an error that it said nothing. */
function answerOf(
  status: NetworkStatus,
  member: string,
): { member: string; height: number; finalHeight: number; stateHash: string } {
  const answer = status.members.find((candidate) => candidate.member === member);
  if (answer?.status) {
    const { height, finalHeight, stateHash } = answer.status;
    return { member, height, finalHeight, stateHash };
  }
  const hint = 'Its log is node.log in its folder.';
  throw new CommandError(
    { code: 'member_silent', exitCode: exitRejected, hint },
    `${member} does not answer: ${answer?.reason ?? ''}`,
  );
}

async function assertNobodyListens(path: string, directory: string): Promise<void> {
  const running = await askControl(path, { command: 'list' }).catch(() => null);
  if (running !== null)
    throw usageError(
      `bucordo dev runs on ${directory} already`,
      `Use it from here (${commandLine('status', ...(isNear(directory) ? [] : ['--network-dir', directory]))}), stop it where it runs with Ctrl-C, or choose another folder: --dir DIR`,
    );
}

async function handle(network: DevNetwork, request: ControlRequest): Promise<readonly MemberProcess[]> {
  switch (request.command) {
    case 'list':
      break;
    case 'start':
      await network.startMember(request.member);
      break;
    case 'stop':
      await network.stopMember(request.member);
      break;
    case 'kill':
      await network.stopMember(request.member, 'SIGKILL');
      break;
    default:
      request satisfies never;
  }
  return network.processes();
}
