/**
 * One run of `bucordo dev` from start to end: the network, its control socket, an example, and the
 * clean end whatever asks for it.
 */
import type { Server } from 'node:net';
import { CommandError, usageError } from '../command-error.ts';
import { type DevNetwork, type DevNetworkOptions, startDevNetwork } from '../dev-network.ts';
import { exitRejected } from '../exit-codes.ts';
import { readContractPackage } from '../network/contract-package.ts';
import { Progress } from '../output/progress.ts';
import {
  askControl,
  type ControlRequest,
  controlSocketPath,
  type MemberProcess,
  serveControl,
} from './control.ts';
import type { Example, ExampleFigure } from './example.ts';
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

  private constructor(network: DevNetwork, control: Server) {
    this.network = network;
    this.#control = control;
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
      return new DevSession(network, await serveControl(path, (request) => handle(network, request)));
    } finally {
      clearInterval(ticker);
    }
  }

  /** Runs an example to its end, checks its figures on every member, and compares the members. */
  async runExample(example: Example | null): Promise<DevReport> {
    const doors = new ExampleDoors(this.network.loaded);
    try {
      const tables = this.#tables(example);
      const before = await this.#counts(doors, tables);
      const run = example === null ? null : await this.#replay(example, doors);
      return await this.#report({ doors, tables, before, run });
    } finally {
      doors.close();
    }
  }

  /** Stops the control socket and all members. Safe to call twice. */
  async stop(): Promise<void> {
    this.#control.close();
    await this.network.stop();
  }

  async #replay(example: Example, doors: ExampleDoors): Promise<ExampleReport> {
    const { unit, total } = example;
    const progress = new Progress({ label: example.network.name, unit, total });
    const startedAt = performance.now();
    const query = this.#query(doors, this.network.members[0] ?? '');
    await example.run({ submitter: doors, query, onProgress: (done) => progress.update(done) });
    const seconds = (performance.now() - startedAt) / 1000;
    progress.finish(total);
    await settledStatus({ loaded: this.network.loaded, identity: this.network.loaded.profile.as });
    const reports = await Promise.all(
      this.network.members.map(async (member) => ({
        member,
        ...(await example.verify(this.#query(doors, member))),
      })),
    );
    return {
      data: example.data,
      seconds,
      wrong: reports.flatMap(({ member, figures }) =>
        figures.filter(({ expected, found }) => expected !== found).map((figure) => ({ ...figure, member })),
      ),
      checked: reports.reduce((sum, { figures }) => sum + figures.length, 0),
    };
  }

  async #report(options: {
    doors: ExampleDoors;
    tables: readonly string[];
    before: readonly number[];
    run: ExampleReport | null;
  }): Promise<DevReport> {
    const { doors, tables, before, run } = options;
    const { loaded, members } = this.network;
    const status = await settledStatus({ loaded, identity: loaded.profile.as });
    const summaries = await Promise.all(
      members.map(async (member, index): Promise<MemberSummary> => {
        const answer = status.members.find((candidate) => candidate.member === member);
        if (answer === undefined || answer.status === null)
          throw new CommandError(
            { code: 'member_silent', exitCode: exitRejected, hint: 'Its log is node.log in its folder.' },
            `${member} does not answer: ${answer?.reason ?? ''}`,
          );
        const counts = await readCounts(this.#query(doors, member), tables);
        const added = counts.transactions - (before[index] ?? 0);
        const { height, finalHeight, stateHash } = answer.status;
        return {
          member,
          height,
          finalHeight,
          stateHash,
          ...counts,
          transactionsPerSecond: run === null || added < 100 ? null : added / run.seconds,
        };
      }),
    );
    const equal = status.equal && new Set(summaries.map(({ height }) => height)).size === 1;
    return {
      network: loaded.profile.network,
      resumed: this.network.resumed,
      example: run,
      members: summaries,
      equal,
    };
  }

  #counts(doors: ExampleDoors, tables: readonly string[]): Promise<number[]> {
    return Promise.all(
      this.network.members.map(
        async (member) => (await readCounts(this.#query(doors, member), tables)).transactions,
      ),
    );
  }

  /** Asks as an identity of the member itself: its node serves its own people. */
  #query(doors: ExampleDoors, member: string): ReturnType<ExampleDoors['queryAt']> {
    return doors.queryAt(member, this.network.identityOf(member));
  }

  #tables(example: Example | null): string[] {
    return (example?.network.contracts ?? []).flatMap((directory) =>
      tableNames(readContractPackage(directory).schema),
    );
  }
}

async function assertNobodyListens(path: string, directory: string): Promise<void> {
  const running = await askControl(path, { command: 'list' }).catch(() => null);
  if (running !== null)
    throw usageError(
      `bucordo dev runs on ${directory} already`,
      'Use it from here (bucordo status), stop it there with Ctrl-C, or choose another folder: --dir DIR',
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
