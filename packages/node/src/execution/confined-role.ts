/**
 * Runs statements that other people wrote as a role with few rights, inside a function that belongs to
 * that role. There Postgres itself refuses to change the role, to end the transaction or to begin
 * another, whatever a statement says and whatever it calls while it runs.
 *
 * The session may become the owner: outside of such a function a statement of a contract could, too.
 */

import type pg from 'pg';
import { quoteName, quoteText } from './sql-text.ts';

/** Role that installs. */
export const OWNER_ROLE = 'bucordo_owner';

/** Acts as the owner from here to the end of the transaction. */
export async function becomeOwner(client: pg.ClientBase): Promise<void> {
  await client.query(`SET LOCAL ROLE ${OWNER_ROLE}`);
}

/** A role as which statements run, inside a transaction of the owner. */
export class ConfinedRole {
  readonly #client: pg.ClientBase;
  readonly #role: string;
  readonly #routine: string;

  private constructor(client: pg.ClientBase, role: string) {
    this.#client = client;
    this.#role = role;
    this.#routine = `bucordo.${quoteName(`run_as_${role}`)}`;
  }

  /** Prepares the role, which belongs to the owner. A transaction that fails takes all of it back. */
  static async open(client: pg.ClientBase, role: string): Promise<ConfinedRole> {
    const confined = new ConfinedRole(client, role);
    const routine = confined.#routine;
    // A new owner must be allowed to create in the schema, for as long as that takes.
    await client.query(
      `CREATE FUNCTION ${routine}(statement text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS
         ${quoteText('BEGIN EXECUTE statement; END')};
       REVOKE EXECUTE ON FUNCTION ${routine}(text) FROM PUBLIC;
       GRANT CREATE ON SCHEMA bucordo TO ${quoteName(role)};
       ALTER FUNCTION ${routine}(text) OWNER TO ${quoteName(role)};
       REVOKE CREATE ON SCHEMA bucordo FROM ${quoteName(role)}`,
    );
    return confined;
  }

  /** Runs one statement. Rejects with the error of Postgres. */
  async run(statement: string): Promise<void> {
    await this.#client.query(`SET LOCAL ROLE ${quoteName(this.#role)}`);
    await this.#client.query(`SELECT ${this.#routine}($1)`, [statement]);
    await becomeOwner(this.#client);
  }

  /** Leaves nothing of it behind. */
  async close(): Promise<void> {
    await this.#client.query(`DROP FUNCTION ${this.#routine}(text)`);
  }
}
