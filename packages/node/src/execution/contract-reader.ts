/** Reads the contracts that run, their documents, and what the database holds of them. */

import type { ReflectedObject, Reflection, RunningContract } from './ports.ts';
import type { ReadingConnections } from './reading-connections.ts';
import { readSql } from './sql-text.ts';

/** Reads contracts through connections that others share. */
export class ContractReader {
  readonly #connections: ReadingConnections;

  constructor(connections: ReadingConnections) {
    this.#connections = connections;
  }

  /** The contracts by name, without the system's own. */
  contracts(): Promise<RunningContract[]> {
    return this.#connections.rows<{ name: string; version: string; hash: string; isRetired: boolean }>({
      name: 'running_contracts',
      text: `SELECT c.name, c.version, pg_catalog.encode(c.hash, 'hex') AS hash, c.is_retired AS "isRetired"
               FROM bucordo.contract AS c WHERE c.number > 0 ORDER BY c.name`,
    });
  }

  /** The document of a contract, byte for byte as it was approved; null when there is none of this name. */
  async document(name: string): Promise<string | null> {
    const rows = await this.#connections.rows<{ document: string }>({
      name: 'contract_document',
      text: 'SELECT c.document FROM bucordo.contract AS c WHERE c.name = $1 AND c.number > 0',
      values: [name],
    });
    return rows[0]?.document ?? null;
  }

  /** What is in the database. The height is read first: blocks that commit meanwhile may show. */
  async reflection(): Promise<Reflection> {
    const [head] = await this.#connections.rows<{ height: string; postgres: number }>({
      name: 'reflection_head',
      text: `SELECT coalesce(max(s.height), 0)::text AS height,
                    pg_catalog.current_setting('server_version_num')::int4 AS postgres
               FROM bucordo.state AS s`,
    });
    const objects = await this.#connections.rows<ReflectedObject>({
      name: 'reflection',
      text: readSql('report/reflection.sql'),
      values: [null],
    });
    return {
      height: Number(head?.height ?? 0),
      postgres: head?.postgres ?? 0,
      contracts: await this.contracts(),
      objects,
    };
  }

  /**
   * Where manifest and catalogue of a contract differ, one sentence each: functions that the document
   * lets members call and the catalogue does not know, or the other way round.
   */
  async manifestDifferences(): Promise<string[]> {
    const rows = await this.#connections.rows<{ contract: string; name: string; isInManifest: boolean }>({
      name: 'manifest_differences',
      text: `SELECT coalesce(m.contract, f.contract) AS contract, coalesce(m.name, f.name) AS name,
                    m.name IS NOT NULL AS "isInManifest"
               FROM (SELECT c.name AS contract, k.name COLLATE "C" AS name
                       FROM bucordo.contract AS c
                       CROSS JOIN LATERAL pg_catalog.jsonb_object_keys(c.document::jsonb -> 'functions') AS k (name)
                      WHERE c.number > 0 AND NOT c.is_retired) AS m
               FULL JOIN (SELECT n.contract, n.name FROM bucordo.function AS n
                            JOIN bucordo.contract AS o ON o.name = n.contract AND o.number > 0
                           WHERE NOT n.is_retired) AS f
                 ON f.contract = m.contract AND f.name = m.name
              WHERE m.name IS NULL OR f.name IS NULL
              ORDER BY 1, 2`,
    });
    return rows.map(({ contract, name, isInManifest }) =>
      isInManifest
        ? `${contract}.${name} stands in the manifest and not in the catalogue`
        : `${contract}.${name} stands in the catalogue and not in the manifest`,
    );
  }
}
