/**
 * Keeps an eye on the node: judges its facts once a second and whenever somebody asks, remembers
 * since when what holds, and writes into the log when it begins and when it is over.
 */

import { conditionKey, type HealthFacts, judgeHealth } from './judge-health.ts';
import type { Condition, Health, Log, NodeState } from './ports.ts';

/** Between two looks: what lasts shorter is no news. */
const LOOK_MS = 1_000;
/** What still holds is logged again after this time, for people who see only the end of a log. */
const REMIND_MS = 600_000;

/** Written by those who found them, with more facts. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set(['starting', 'stopping', 'diverged', 'quarantined']);

/** Judges, remembers and tells. */
export class HealthMonitor {
  readonly #facts: () => HealthFacts;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  /** What has been logged, with the moment of the last time. */
  readonly #told = new Map<string, { readonly atMs: number; readonly condition: Condition }>();
  #health: Health | null = null;

  /** `facts` are read at every look. */
  constructor(facts: () => HealthFacts, log: Log) {
    this.#facts = facts;
    this.#log = log;
    this.#timer = setInterval(() => this.look(), LOOK_MS);
    this.#timer.unref();
  }

  /** How the node is now. */
  get current(): Health {
    this.#health = judgeHealth(this.#facts(), this.#health);
    return this.#health;
  }

  /** Judges and tells what is new; called by itself once a second. */
  look(): void {
    const { conditions } = this.current;
    const nowMs = performance.now();
    for (const condition of conditions) this.#tell(condition, nowMs);
    for (const [key, { condition }] of this.#told) {
      if (conditions.some((one) => conditionKey(one) === key)) continue;
      this.#told.delete(key);
      const since = new Date(condition.sinceMs).toISOString();
      this.#log.info({ condition: condition.code, since }, `this is over: ${condition.message}`);
    }
  }

  /** Looks no more. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #tell(condition: Condition, nowMs: number): void {
    const { state, code, message, hint, facts, sinceMs } = condition;
    const told = this.#told.get(conditionKey(condition));
    if (TOLD_ELSEWHERE.has(code) || (told !== undefined && nowMs - told.atMs < REMIND_MS)) return;
    this.#told.set(conditionKey(condition), { atMs: nowMs, condition });
    // The line names this node's own member.
    const { member: other, ...rest } = facts;
    const line = {
      ...rest,
      ...(other === undefined ? {} : { other }),
      state,
      condition: code,
      since: new Date(sinceMs).toISOString(),
      hint,
    };
    if (isGrave(state)) this.#log.error(line, message);
    else this.#log.warn(line, message);
  }
}

function isGrave(state: NodeState): boolean {
  return state === 'stopped' || state === 'stuck' || state === 'forked';
}
