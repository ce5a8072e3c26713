import { runContractTests } from '@bucordo/kit';
import { expect, it } from 'vitest';
import { contractFolder } from '../network/example-network.ts';

it('the contract keeps its own tests, in both databases', async () => {
  const { results, coverage } = await runContractTests(contractFolder('purchasing'));
  expect(
    results.flatMap(({ name, failure }) => (failure === null ? [] : [`${name}: ${failure.message}`])),
  ).toEqual([]);
  expect(coverage.functions.filter((each) => !each.isEntered)).toEqual([]);
});
