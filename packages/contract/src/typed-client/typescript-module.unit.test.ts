import { describe, expect, it } from 'vitest';
import { readInterface } from './contract-interface.ts';
import { typescriptModule } from './typescript-module.ts';

const SCHEMA = `
-- What was left out of the stock.
CREATE TABLE stock.item (
  item_id  int4 PRIMARY KEY,
  label    text NOT NULL,   -- as printed; '--' is no comment
  -- Per piece,
  -- in the currency of the day.
  price    numeric(10,2),
  facts    jsonb NOT NULL,
  counts   int8[] NOT NULL
);
---------------------------------------------------------------
CREATE TABLE stock.move (item_id int4 NOT NULL, at timestamptz, PRIMARY KEY (item_id, at));
COMMENT ON TABLE stock.move IS 'Moves: */ in, out.';
COMMENT ON COLUMN stock.move.at IS 'When.';
`;

const SOURCE = `
-- A line of another block.

-- Adds an item,
-- once.
CREATE FUNCTION stock.add_item(item_id int4, price numeric, facts jsonb, counts bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM stock.require_new(item_id);
  -- RAISE EXCEPTION 'not this' USING ERRCODE = 'BC999';
  IF price < 0 THEN
    RAISE EXCEPTION 'item %''s price is %', item_id, price USING ERRCODE = 'BC301', HINT = 'higher';
  END IF;
END $$;

CREATE FUNCTION stock.require_new(wanted int4) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = 'exists', ERRCODE = 'BC201';
END $$;

CREATE FUNCTION stock.total() RETURNS int8 LANGUAGE sql AS $$ SELECT 1::int8 $$;
COMMENT ON FUNCTION stock.total() IS 'Counts.';
`;

const CONTRACT = {
  name: 'stock',
  version: '1.2.3',
  functions: {
    add_item: { roles: ['clerk'], classes: ['seller', 'buyer'] },
    total: { roles: [], classes: [] },
  },
  schema: SCHEMA,
  source: SOURCE,
};

describe('readInterface', () => {
  it('reads functions with comments, parameters and the codes that they can raise', async () => {
    const { functions, rejections } = await readInterface(CONTRACT);
    expect(functions).toMatchObject([
      {
        name: 'add_item',
        words: 'Adds an item,\nonce.',
        parameters: [
          { name: 'item_id', type: 'int4' },
          { name: 'price', type: 'numeric' },
          { name: 'facts', type: 'jsonb' },
          { name: 'counts', type: 'int8[]' },
        ],
        result: 'void',
        codes: ['BC201', 'BC301'],
      },
      { name: 'total', words: 'Counts.', parameters: [], result: 'int8', codes: [] },
    ]);
    expect(rejections).toEqual([
      { code: 'BC201', messages: ['exists'] },
      { code: 'BC301', messages: ["item %'s price is %"] },
    ]);
  });

  it('reads tables with keys, comments and what may be null', async () => {
    const { tables } = await readInterface(CONTRACT);
    expect(tables.map(({ name, key, words }) => ({ name, key, words }))).toEqual([
      { name: 'item', key: ['item_id'], words: 'What was left out of the stock.' },
      { name: 'move', key: ['item_id', 'at'], words: 'Moves: */ in, out.' },
    ]);
    expect(tables[0]?.columns).toMatchObject([
      { name: 'item_id', isNullable: false, words: '' },
      { name: 'label', isNullable: false, words: "as printed; '--' is no comment" },
      { name: 'price', isNullable: true, words: 'Per piece,\nin the currency of the day.' },
      { name: 'facts', isNullable: false },
      { name: 'counts', isNullable: false, type: 'int8[]' },
    ]);
    expect(tables[1]?.columns).toMatchObject([
      { name: 'item_id', isNullable: false },
      { name: 'at', isNullable: false, words: 'When.' },
    ]);
  });

  it('names what is no SQL, and functions that are missing', async () => {
    await expect(readInterface({ ...CONTRACT, source: 'CREATE FUNKTION' })).rejects.toThrow(
      /functions\.sql:1:8/,
    );
    const functions = { ...CONTRACT.functions, gone: { roles: [], classes: [] } };
    await expect(readInterface({ ...CONTRACT, functions })).rejects.toThrow(/no function gone/);
  });
});

describe('typescriptModule', () => {
  it('writes arguments, calls, a class, codes and rows', async () => {
    const text = typescriptModule(await readInterface(CONTRACT));
    for (const line of [
      "import type { ArgumentValue, Client, Receipt, SubmitOptions } from '@bucordo/client';",
      "    'item %\\'s price is %',",
      '  readonly price: string | null;',
      '  readonly facts: ArgumentValue | null;',
      '  readonly counts: readonly (number | bigint | string | null)[] | null;',
      "  addItem: (args: AddItemArguments): StockCall<'add_item', AddItemArguments> =>",
      "    ({ contract: 'stock', function: 'add_item', args, returns: 'void' }),",
      "    ({ contract: 'stock', function: 'total', args: {}, returns: 'int8' }),",
      '    return this.#client.submit([stockCalls.total()], options) as Promise<StockReceipt<string | null>>;',
      "  total: (): StockCall<'total', Record<string, never>> =>",
      '  total(options?: SubmitOptions): Promise<StockReceipt<string | null>> {',
      '   * For role clerk, class seller or buyer. Rejections: BC201, BC301.',
      '   * For everybody. Rejections: none of its own.',
      ' * Moves: * / in, out.',
      '  readonly facts: unknown;',
      '  readonly price: string | null;',
      '  readonly counts: string;',
      "  /** as printed; '--' is no comment */",
    ]) {
      expect(text).toContain(`${line}\n`);
    }
  });

  it('is the same for the same contract', async () => {
    const write = async (): Promise<string> => typescriptModule(await readInterface(CONTRACT));
    expect(await write()).toBe(await write());
  });
});
