import { completeContract } from '@bucordo/protocol';
import { expect, it } from 'vitest';
import { packageOfContract } from '../package/package-of-contract.ts';
import { buildContract } from './build-contract.ts';
import { checkBuild } from './check-build.ts';

const { document } = await buildContract(
  packageOfContract({
    name: 'shop',
    version: '1.1.0',
    functions: { f: { roles: [], classes: [] } },
    schema: '',
    source:
      'CREATE FUNCTION shop.f() RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n  LOOP EXIT; END LOOP;\nEND $$;\n',
    migrations: [{ from: '1.0.0', sql: 'UPDATE shop.t SET a = 1;' }],
  }),
);

it('finds nothing in what was built', async () => {
  expect(document.source).toContain('__turns');
  expect(await checkBuild(document)).toEqual([]);
  expect(packageOfContract(document).migrations[0]).toMatchObject({ from: '1.0.0', to: '1.1.0' });
});

it.each([
  [
    'a budget that is not there',
    (source: string) => packageOfContract({ ...document, source }).functions.text,
    2,
  ],
  ['a budget that was made larger', (source: string) => source.replace('charge(100)', 'charge(0)'), 3],
  [
    'code between the marks',
    (source: string) => source.replace('THEN __turns', 'THEN LOOP NULL; END LOOP; __turns'),
    3,
  ],
  ['marks that were added', (source: string) => source.replace('EXIT;', ' /*+*/ CONTINUE; /*-*/ EXIT;'), 3],
])('finds %s', async (_, change, line) => {
  const findings = await checkBuild(completeContract({ ...document, source: change(document.source) }));
  expect(findings).toMatchObject([{ rule: 'build', file: 'functions.sql', line }]);
});

it('finds a text that cannot be built', async () => {
  const findings = await checkBuild({
    ...document,
    source: document.source.replace('EXIT', 'EXITS EXITS EXITS('),
  });
  expect(findings).toMatchObject([{ rule: 'build', file: 'functions.sql' }]);
});
