import { contractHash, decodeContractDocument, toHex } from '@bucordo/protocol';
import { describe, expect, it } from 'vitest';
import type { ContractPackage, PackageMigration } from '../package/contract-package.ts';
import { buildContract } from './build-contract.ts';

const functions = `CREATE FUNCTION shop.fill(count int4) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR n IN 1 .. count LOOP
    INSERT INTO shop.item (id) VALUES (n);
  END LOOP;
END $$;
`;

const shop: ContractPackage = {
  manifest: {
    name: 'shop',
    version: '1.2.0',
    functions: { fill: { roles: ['clerk'], classes: [] } },
    views: { stock: { contracts: ['*'] } },
    uses: {},
    readers: [],
    scans: {},
  },
  manifestText: { file: 'contract.json', text: '{}' },
  schema: { file: 'schema.sql', text: 'CREATE TABLE shop.item (id int4 PRIMARY KEY);\n' },
  functions: { file: 'functions.sql', text: functions },
  migrations: [],
  tests: [],
};

const step = (from: string, to: string): PackageMigration => ({
  from,
  to,
  file: `migrations/${from}-${to}.sql`,
  text: `-- ${from} to ${to}`,
});

describe('build', () => {
  it('gives the document, its bytes, their hash and what was changed', async () => {
    const built = await buildContract(shop);
    expect(decodeContractDocument(built.bytes)).toEqual(built.document);
    expect(built.hash).toBe(toHex(contractHash(built.bytes)));
    expect(built.document).toMatchObject({ name: 'shop', views: { stock: { contracts: ['*'] } } });
    expect(built.difference).toBe(`--- functions.sql
+++ functions.sql (built)
@@ -1,6 +1,6 @@
 CREATE FUNCTION shop.fill(count int4) RETURNS void LANGUAGE plpgsql AS $$
-BEGIN
-  FOR n IN 1 .. count LOOP
+ /*+*/ DECLARE __turns int4 := 100; /*-*/ BEGIN
+  FOR n IN 1 .. count LOOP /*+*/ IF __turns = 0 THEN __turns := bucordo.charge(100); END IF; __turns := __turns - 1; /*-*/ 
     INSERT INTO shop.item (id) VALUES (n);
   END LOOP;
 END $$;
`);
  });

  it('gives the same bytes again, and others for another text', async () => {
    const [first, second] = await Promise.all([buildContract(shop), buildContract(shop)]);
    expect(second.hash).toBe(first.hash);
    const text = functions.replace('(n)', '(n + 1)');
    const other = await buildContract({ ...shop, functions: { ...shop.functions, text } });
    expect(other.hash).not.toBe(first.hash);
  });

  it('leaves a contract without loops as it is', async () => {
    const text = functions.replace('  FOR n IN 1 .. count LOOP\n', '').replace('  END LOOP;\n', '');
    const built = await buildContract({ ...shop, functions: { ...shop.functions, text } });
    expect([built.document.source, built.difference]).toEqual([text, '']);
  });

  it('strings migrations together to ways to this version, and drops those that lead elsewhere', async () => {
    const migrations = [
      step('1.0.0', '1.1.0'),
      step('1.1.0', '1.2.0'),
      step('0.1.0', '0.2.0'),
      step('0.8.0', '0.9.0'),
      step('0.9.0', '0.8.0'),
    ];
    const { document } = await buildContract({ ...shop, migrations });
    expect(document.migrations).toEqual([
      { from: '1.0.0', sql: '-- 1.0.0 to 1.1.0\n-- 1.1.0 to 1.2.0' },
      { from: '1.1.0', sql: '-- 1.1.0 to 1.2.0' },
    ]);
  });

  it('refuses a document that is too large, or that no call could carry', async () => {
    const schema = (text: string): ContractPackage => ({ ...shop, schema: { ...shop.schema, text } });
    await expect(buildContract(schema(`-- ${'x'.repeat(204_800)}`))).rejects.toThrow('above 204800');
    await expect(buildContract(schema('-- "\n'.repeat(28_000)))).rejects.toThrow('no call can carry it');
  });
});
