/** A small contract for tests of execution: accounts, a transfer, a balance that is returned. */

import type { GenesisContract } from '@bucordo/protocol';
import type { TestCall } from './test-chain.ts';

/** A call of the contract. */
export function bankCall(name: string, args: TestCall['args']): TestCall {
  return { contract: 'bank', function: name, args };
}

/** The contract. */
export const BANK: GenesisContract = {
  name: 'bank',
  version: '1.0.0',
  functions: {
    open_account: { roles: [], classes: [] },
    transfer: { roles: ['clerk'], classes: ['trader'] },
    balance: { roles: [], classes: [] },
  },
  schema: `
    CREATE TABLE bank.account (
      id int4 PRIMARY KEY,
      owner text NOT NULL CHECK (octet_length(owner) <= 100),
      balance int8 NOT NULL CHECK (balance >= 0)
    );`,
  source: `
    CREATE FUNCTION bank.open_account(id int4, owner text, balance int8) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO bank.account (id, owner, balance) VALUES (open_account.id, open_account.owner, open_account.balance);
    END $$;
    CREATE FUNCTION bank.transfer(source int4, target int4, amount int8) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      rest int8;
    BEGIN
      UPDATE bank.account SET balance = balance - amount WHERE account.id = source RETURNING balance INTO rest;
      IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'BC001', MESSAGE = 'no account ' || source;
      END IF;
      UPDATE bank.account SET balance = balance + amount WHERE account.id = target;
      IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'BC001', MESSAGE = 'no account ' || target;
      END IF;
    END $$;
    CREATE FUNCTION bank.balance(id int4) RETURNS int8 LANGUAGE plpgsql AS $$
    BEGIN
      RETURN (SELECT a.balance FROM bank.account AS a WHERE a.id = balance.id);
    END $$;`,
};
