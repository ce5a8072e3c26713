/** What this node holds against the ordering node, as the database keeps it. */

import type { Contradiction } from '../checkpoints/ports.ts';
import type { ReadingConnections } from './reading-connections.ts';

/** A contradiction as the database keeps it. */
export type StoredContradiction = Pick<Contradiction, 'height' | 'headers'>;

/** Reads and keeps contradictions. */
export class Contradictions {
  readonly #connections: ReadingConnections;

  constructor(connections: ReadingConnections) {
    this.#connections = connections;
  }

  /** Those that are kept, the lowest height first. */
  async read(): Promise<StoredContradiction[]> {
    const rows = await this.#connections.rows<{
      height: string;
      header: Buffer;
      signature: Buffer;
      other_header: Buffer;
      other_signature: Buffer;
    }>({
      name: 'contradictions',
      text: `SELECT c.height::text AS height, c.header, c.signature, c.other_header, c.other_signature
               FROM bucordo.contradiction AS c ORDER BY c.height, c.header, c.other_header`,
    });
    return rows.map((row) => ({
      height: Number(row.height),
      headers: [
        { header: row.header, signature: row.signature },
        { header: row.other_header, signature: row.other_signature },
      ],
    }));
  }

  /** Keeps one, unless there are enough. */
  async keep({ height, headers: [one, other] }: StoredContradiction): Promise<void> {
    await this.#connections.rows({
      name: 'keep_contradiction',
      text: 'SELECT bucordo.keep_contradiction($1, $2, $3, $4, $5)',
      values: [height, one.header, one.signature, other.header, other.signature],
    });
  }
}
