/** Reads contracts that are proposed and not decided yet. */

import type pg from 'pg';
import type { ProposedContract } from '../advice/ports.ts';
import { ReadingConnections } from './reading-connections.ts';

/** Documents of up to 200 KiB are read so many at a time. */
const READ_AT_ONCE = 4;

/** Reads on one connection of its own. */
export class ProposalReader {
  readonly #connections: ReadingConnections;

  constructor(connect: () => Promise<pg.Client>) {
    this.#connections = new ReadingConnections(connect, 1);
  }

  /** Open proposals to deploy with numbers above `after`, ascending, a few at a time. */
  openDeploys(after: number): Promise<ProposedContract[]> {
    return this.#connections.rows<ProposedContract>({
      text: `SELECT p.number::int4 AS number, p.subject AS contract, p.document,
                    pg_catalog.encode(p.document_hash, 'hex') AS "documentHash",
                    v.document AS "baseDocument",
                    ARRAY(SELECT c.document
                            FROM bucordo.contract AS c
                           WHERE c.name IN (
                                   SELECT pg_catalog.jsonb_object_keys(
                                            CASE pg_catalog.jsonb_typeof(p.document::jsonb -> 'uses')
                                              WHEN 'object' THEN p.document::jsonb -> 'uses' ELSE '{}' END))
                             AND NOT c.is_retired
                           ORDER BY c.name) AS "usedDocuments"
               FROM bucordo.proposal AS p
               LEFT JOIN bucordo.contract_version AS v ON v.name = p.subject AND v.version = p.base_version
              WHERE p.status = 'open' AND p.number > $1 AND p.kind = 'deploy'
              ORDER BY p.number
              LIMIT $2`,
      values: [after, READ_AT_ONCE],
    });
  }

  /** Whether an identity of the member has published this report. */
  async isReported(report: { proposal: number; reportHash: string; member: string }): Promise<boolean> {
    const rows = await this.#connections.rows<{ found: boolean }>({
      text: `SELECT EXISTS (SELECT FROM bucordo.check_report AS r
                             WHERE r.proposal = $1 AND r.report_hash = pg_catalog.decode($2, 'hex') AND r.member = $3) AS found`,
      values: [report.proposal, report.reportHash, report.member],
    });
    return rows[0]?.found === true;
  }

  /** Ends the connection. */
  close(): Promise<void> {
    return this.#connections.close();
  }
}
