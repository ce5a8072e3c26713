/** The corpora against layer B2 alone: good contracts pass, hostile cases that it must stop are stopped. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ContractPackage } from '../../packages/contract/src/package/contract-package.ts';
import type { Manifest } from '../../packages/contract/src/package/manifest.ts';
import { checkSemantics } from '../../packages/contract/src/resolve/check-semantics.ts';
import { SCRATCH_VERSIONS, scratchOf, type TestScratch } from '../support/scratch.ts';
import { goodContract, goodContracts } from './contract-folder.ts';
import { HOSTILE } from './hostile/corpus.ts';
import { attackSource, type HostileCase, TRIAL_FILL, TRIAL_SCHEMA } from './hostile/hostile-case.ts';

function packageOf(
  manifest: Partial<Manifest> & { name: string; version: string },
  schema: string,
  functions: string,
): ContractPackage {
  const empty = { functions: {}, views: {}, uses: {}, readers: [], scans: {} };
  return {
    manifest: { ...empty, ...manifest },
    manifestText: { file: 'contract.json', text: '{}' },
    schema: { file: 'schema.sql', text: schema },
    functions: { file: 'functions.sql', text: functions },
    migrations: [],
    tests: [],
  };
}

function goodPackage(name: string): ContractPackage {
  const { schema, source, ...manifest } = goodContract(name);
  return packageOf(manifest, schema, source);
}

function hostilePackage(hostile: HostileCase): ContractPackage {
  const schema = `${TRIAL_SCHEMA}\n${hostile.schema}`;
  return packageOf({ name: 'trial', version: '1.0.0' }, schema, `${TRIAL_FILL}\n${attackSource(hostile)}`);
}

/** Cases that leave no trace in the catalogue: only the text shows them. */
const WITHOUT_TRACE: ReadonlySet<string> = new Set(['storage parameters', 'tablespace']);

const FOR_SEMANTICS = HOSTILE.filter(
  ({ stoppedBy, name }) => stoppedBy.includes('B2') && !WITHOUT_TRACE.has(name),
);

describe.each(SCRATCH_VERSIONS)('layer B2 on Postgres %s', (version) => {
  let scratch: TestScratch;

  beforeAll(async () => {
    scratch = await scratchOf(version);
  });

  afterAll(async () => {
    await scratch?.end();
  });

  test.each(goodContracts())('accepts %s', async (name) => {
    const contract = goodPackage(name);
    const others = Object.keys(contract.manifest.uses).map((other) => {
      const { manifest, schema } = goodPackage(other);
      return { name: other, schema: schema.text, views: manifest.views };
    });
    expect(await checkSemantics(contract, scratch, { others })).toEqual([]);
  });

  test.each(FOR_SEMANTICS)('refuses $kind: $name', async (hostile) => {
    const findings = await checkSemantics(hostilePackage(hostile), scratch);
    expect(findings.map((finding) => finding.rule)).not.toEqual([]);
  });
});
