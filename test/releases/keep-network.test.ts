/**
 * Keeps a network as this version of the program founds and fills it, so that later versions can be
 * tried on it: `kept/schema-N/`, N being the version of the node's own schema.
 *
 *     BUCORDO_KEEP=test/releases/kept/schema-N npm test -- test/releases/keep-network.test.ts
 *
 * Run it when a version of the schema is published, in that tree, on a machine with Debian's Postgres 15:
 * the ordering node runs on it, because its `pg_dump` makes a dump that every later Postgres reads. The
 * network that `kept/schema-1` holds was made so in commit 96045cb, which knew no versions yet.
 */

import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { decisionHash, encodeContractDocument, type GenesisContract, toHex } from '@bucordo/protocol';
import { expect, test } from 'vitest';

import { readConfig } from '../../packages/node/src/config.ts';
import { startNode } from '../../packages/node/src/main.ts';
import { OWN_VERSIONS, startOwnServer } from '../network/support/own-server.ts';
import { clientOf } from '../network/support/test-client.ts';
import { createTestNetwork, LEDGER_CONTRACT, type TestNetwork } from '../network/support/test-network.ts';
import { until } from '../network/support/until.ts';
import { KINDS, thing } from '../support/every-type-contract.ts';

const folder = process.env['BUCORDO_KEEP'];

/** Versions of Postgres whose dump every later one reads. */
const DUMPS_FROM = 15;

/** The ledger with notes, brought by decision with a migration. */
const NOTES: GenesisContract = {
  ...LEDGER_CONTRACT,
  version: '1.1.0',
  schema: LEDGER_CONTRACT.schema.replace(
    '\n    );',
    ',\n      note text CHECK (octet_length(note) <= 100)\n    );',
  ),
  migrations: [
    {
      from: '1.0.0',
      sql: `ALTER TABLE ledger.entry ADD COLUMN note text CHECK (octet_length(note) <= 100);
            UPDATE ledger.entry SET note = 'from before' WHERE amount > 0;`,
    },
  ],
};

test.runIf(folder !== undefined && OWN_VERSIONS.includes(DUMPS_FROM))('a network is kept', async () => {
  const server = await startOwnServer(DUMPS_FROM);
  const network = await createTestNetwork({ count: 2, contracts: [KINDS] });
  const { configFile } = network.of('buyer');
  const { dataDirectory: _, ...config } = JSON.parse(readFileSync(configFile, 'utf8'));
  writeFileSync(configFile, JSON.stringify({ ...config, postgres: { url: server.url('founder') } }));
  network.of('buyer').node = await startNode(readConfig(configFile));
  await network.start('seller');
  await fill(network);
  await until(() => network.node('seller').status().height === network.node('buyer').status().height);
  const { height, stateHash } = network.node('seller').status();
  expect(network.node('buyer').status()).toMatchObject({ height, stateHash });
  await network.stop('seller');
  await network.stop('buyer');
  const port = new URL(server.url()).port;
  const schemas = ['bucordo', 'bucordo_history', 'ledger*', 'kinds*'].flatMap((name) => ['-n', name]);
  const dump = execFileSync(
    `/usr/lib/postgresql/${DUMPS_FROM}/bin/pg_dump`,
    ['-h', '127.0.0.1', '-p', port, '-U', 'postgres', '--rows-per-insert=50', ...schemas, 'shop'],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  const kept = folder ?? '';
  mkdirSync(kept, { recursive: true });
  writeFileSync(join(kept, 'network.sql.gz'), gzipSync(dump, { level: 9 }));
  const seeds = Object.fromEntries(
    (['buyer', 'seller'] as const).map((member) => {
      const pem = readFileSync(join(network.directory, member, 'node.pem'));
      const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' });
      const node = Buffer.from(d, 'base64url').toString('hex');
      return [member, { node, clerk: toHex(network.of(member).clerk.seed) }];
    }),
  );
  writeFileSync(join(kept, 'seeds.json'), `${JSON.stringify(seeds, null, 2)}\n`);
  await network.end();
  await server.end();
});

test.runIf(folder === undefined)('no network is to be kept', (context) => {
  context.skip('BUCORDO_KEEP names no folder');
});

/** Rows of every type, changed and removed, refusals, decisions, keys that come and go. */
async function fill(network: TestNetwork): Promise<void> {
  const [buyer, seller] = [clientOf(network, 'buyer'), clientOf(network, 'seller')];
  const refused = (error: unknown): string =>
    error instanceof Error && 'code' in error ? String(error.code) : String(error);
  for (let id = 1; id <= 10; id++) {
    await buyer.call('ledger', 'put', { id, amount: id });
    const value = JSON.parse(JSON.stringify({ ...thing(id), p_jsonb: { b: [id, '2.5', null], a: 'x' } }));
    await seller.call('kinds', 'put', value);
    if (id % 3 === 0) await buyer.call('kinds', 'remove', { id });
    await seller.call('ledger', 'add', { id, amount: -1_000 }).catch(refused);
    await seller.call('ledger', 'refuse', { reason: `Größe ${id}` }).catch(refused);
    await buyer.call('ledger', 'add', { id, amount: 5 });
  }
  const decide = (client: typeof buyer, name: string, args: Record<string, string | number | null>) =>
    client.call('bucordo', name, args);
  const decided = async (kind: 'deploy' | 'limits', document: Uint8Array, base_version: string | null) => {
    const text = Buffer.from(document).toString('utf8');
    const given = { kind, title: `A decision: ${kind}`, document: text, base_version };
    const proposal = Number((await decide(buyer, 'propose', given)).result);
    const document_hash = toHex(decisionHash(kind, document));
    for (const client of [buyer, seller]) await decide(client, 'approve', { proposal, document_hash });
    await decide(seller, 'submit', { proposal });
  };
  await decided('deploy', encodeContractDocument(NOTES), '1.0.0');
  await decided('limits', Buffer.from('{"budget":90000,"rows":9000,"value_bytes":1048576}'), null);
  await decide(seller, 'propose', {
    kind: 'policy',
    title: 'Still open',
    document: '{"decision":"deploy","rule":{"kind":"all"}}',
    base_version: null,
  });
  await decide(seller, 'propose', { kind: 'rule', title: 'None', document: '{}', base_version: null }).catch(
    refused,
  );
  await buyer.call('ledger', 'add', { id: 1, amount: 1 }, { wait: 'final' });
  for (const client of [buyer, seller]) client.close();
}
