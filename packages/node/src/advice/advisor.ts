/**
 * Checks every contract that is proposed, one at a time, beside everything else that the node does,
 * and remembers what the check said. It looks for new proposals when blocks have come, at most once a
 * second, so that a busy network does not feel it.
 */

import { checkReportHash, toHex } from '@bucordo/protocol';
import type { Log } from '../observe/ports.ts';
import type { Advice, CheckOutcome, ProposedContract } from './ports.ts';

/** What the advisor works with. */
export interface AdvisorOptions {
  /** Contracts that are proposed under higher numbers, ascending, a few at a time. */
  readonly openDeploys: (after: number) => Promise<readonly ProposedContract[]>;
  /** Never rejects: what stops a check is an outcome too. */
  readonly check: (deploy: ProposedContract, signal: AbortSignal) => Promise<CheckOutcome>;
  /** Sends a finished advice to the other members; null where the member does not want that. */
  readonly publish: ((advice: Advice) => Promise<void>) | null;
  /** Height of the last committed block. */
  readonly height: () => number;
  readonly log: Log;
}

/** Milliseconds between two looks for new proposals. */
const LOOK_MS = 1_000;

/** Proposals whose advice is kept, the newest ones: 1,000 of 20 findings are about 10 MB. */
const KEPT_MAX = 1_000;

/** Gives advice from `start` to `stop`. */
export class Advisor {
  readonly #options: AdvisorOptions;
  readonly #advice = new Map<number, Advice>();
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #working: Promise<void> = Promise.resolve();
  #isWorking = false;
  /** Number of the newest proposal that was looked at. */
  #seen = 0;
  /** Height up to which proposals were looked for; below every height, so that those there are found at the start. */
  #lookedAt = -1;

  constructor(options: AdvisorOptions) {
    this.#options = options;
  }

  /** Begins to look for proposals: first those that are open already. */
  start(): void {
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  /** What is known about a proposal; null for one that is no contract, or was decided before this node looked. */
  on(proposal: number): Advice | null {
    return this.#advice.get(proposal) ?? null;
  }

  /** Ends a check that is under way. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#working;
  }

  #look(): void {
    const height = this.#options.height();
    if (this.#isWorking || height === this.#lookedAt) return;
    this.#isWorking = true;
    this.#working = this.#checkNew()
      .then(
        (isAll) => {
          if (isAll) this.#lookedAt = height;
        },
        (error: unknown) =>
          this.#options.log.warn({ reason: String(error) }, 'proposals could not be looked at; tried again'),
      )
      .finally(() => {
        this.#isWorking = false;
      });
  }

  /** Checks the next few; true when there are no more. */
  async #checkNew(): Promise<boolean> {
    const found = await this.#options.openDeploys(this.#seen);
    for (const deploy of found) this.#keep(pending(deploy));
    for (const deploy of found) {
      if (this.#stopping.signal.aborted) return true;
      const outcome = await this.#options.check(deploy, this.#stopping.signal);
      if (this.#stopping.signal.aborted) return true;
      this.#seen = deploy.number;
      await this.#give(adviceOf(deploy, outcome), deploy.contract);
    }
    return found.length === 0;
  }

  async #give(advice: Advice, contract: string): Promise<void> {
    const { proposal, verdict, summary, findings } = advice;
    this.#keep(advice);
    const facts = { proposal, contract, verdict };
    if (verdict === 'passed') this.#options.log.info(facts, summary);
    else this.#options.log.warn({ ...facts, first: placeOf(findings[0]) }, summary);
    if (verdict !== 'unchecked') await this.#options.publish?.(advice);
  }

  #keep(advice: Advice): void {
    this.#advice.set(advice.proposal, advice);
    for (const oldest of this.#advice.keys()) {
      if (this.#advice.size <= KEPT_MAX) break;
      this.#advice.delete(oldest);
    }
  }
}

function pending({ number, documentHash }: ProposedContract): Advice {
  return {
    proposal: number,
    documentHash,
    verdict: 'pending',
    summary: 'the proposed contract is being checked',
    checker: '',
    reportHash: '',
    findings: [],
  };
}

function adviceOf({ number, documentHash }: ProposedContract, outcome: CheckOutcome): Advice {
  const base = { proposal: number, documentHash };
  if (outcome.kind === 'unchecked') {
    const summary = `the proposed contract could not be checked: ${outcome.reason}`;
    return { ...base, verdict: 'unchecked', summary, checker: '', reportHash: '', findings: [] };
  }
  const { findings, checker } = outcome;
  const verdict = findings.length === 0 ? 'passed' : 'refused';
  const count = findings.length === 1 ? 'one place' : `${findings.length} places`;
  return {
    ...base,
    verdict,
    summary:
      verdict === 'passed'
        ? 'the checker accepts the proposed contract'
        : `the checker refuses ${count} in the proposed contract: better not approve it`,
    checker,
    reportHash: toHex(checkReportHash(reportBytes({ documentHash, verdict, checker, findings }))),
    findings,
  };
}

/** The report as its hash is made: one line of JSON. */
function reportBytes(report: Pick<Advice, 'documentHash' | 'verdict' | 'checker' | 'findings'>): Uint8Array {
  return Buffer.from(`${JSON.stringify(report)}\n`, 'utf8');
}

function placeOf(finding: Advice['findings'][number] | undefined): string {
  if (finding === undefined) return '';
  const { file, line, column, message } = finding;
  return `${file}:${line}:${column} ${message}`;
}
