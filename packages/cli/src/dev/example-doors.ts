/** What an example uses of a running network: a client for each identity that it plays, opened when first used. */
import { type Client, type Receipt, RejectedError } from '@bucordo/client';
import { openConnection } from '../connection.ts';
import { endpointOf, type LoadedProfile } from '../profile.ts';
import type { ExampleCall, ExampleQuery, ExampleSubmitter } from './example.ts';

/** Longest that one transaction of an example may take: it waits behind thousands of others. */
const timeoutMs = 60_000;
/** Rows in one answer: as many as a node gives. */
const rowsMax = 10_000;

/** Clients of all identities of a network on this machine. Close them when done. */
export class ExampleDoors implements ExampleSubmitter {
  readonly #loaded: LoadedProfile;
  readonly #clients = new Map<string, Client>();
  #submitted = 0;

  constructor(loaded: LoadedProfile) {
    this.#loaded = loaded;
  }

  /** Transactions that were submitted, whatever became of them. */
  get submitted(): number {
    return this.#submitted;
  }

  /** Submits as `identity` at the node of its own member. */
  async submit(identity: string, calls: readonly ExampleCall[]): Promise<{ code: string; message: string }> {
    this.#submitted += 1;
    try {
      await this.#client(identity, memberOf(identity)).submit(calls, { wait: 'committed' });
      return { code: '', message: '' };
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error;
      return { code: error.code, message: error.message };
    }
  }

  /** Submits one call as `identity` at the node of its own member; the receipt, or the error that it was rejected. */
  call(identity: string, call: ExampleCall): Promise<Receipt> {
    return this.#client(identity, memberOf(identity)).submit([call], { wait: 'committed' });
  }

  /** Asks one member's database, as an identity of that member. */
  queryAt(member: string, identity: string): ExampleQuery {
    return async (sql) => {
      const answer = await this.#client(identity, member).query(sql, [], { rowsMax, timeoutMs });
      return answer.rows;
    };
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  #client(identity: string, member: string): Client {
    const key = `${identity} at ${member}`;
    const open = this.#clients.get(key);
    if (open !== undefined) return open;
    const { client } = openConnection({
      loaded: this.#loaded,
      identity,
      endpoint: endpointOf(this.#loaded.profile, member),
      timeoutMs,
    });
    this.#clients.set(key, client);
    return client;
  }
}

function memberOf(identity: string): string {
  return identity.split('/')[0] ?? '';
}
