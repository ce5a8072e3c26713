import { readFile } from 'node:fs/promises';
import { readInterface, readPackage, typescriptModule } from '@bucordo/contract';
import { expect, it } from 'vitest';
import { contractFolder } from '../network/example-network.ts';
import { isPurchasingRejection, PurchasingClient, purchasingCalls } from './contract-client.ts';

it('the typed client is that of the contract', async () => {
  const { manifest, schema, functions } = readPackage(contractFolder('purchasing'));
  const contract = await readInterface({ ...manifest, schema: schema.text, source: functions.text });
  const written = await readFile(new URL('contract-client.ts', import.meta.url), 'utf8');
  expect(
    written,
    'npx bucordo contract types examples/purchasing/contract --out examples/purchasing/contract-client.ts',
  ).toBe(typescriptModule(contract));
});

it('the typed client calls what it says', async () => {
  const asked: unknown[] = [];
  const submit = (...args: unknown[]): Promise<unknown> => Promise.resolve(asked.push(args));
  const purchasing: PurchasingClient = Reflect.construct(PurchasingClient, [{ submit }]);
  await purchasing.approveOrder({ order_id: 4 }, { wait: 'final' });
  const approval = {
    contract: 'purchasing',
    function: 'approve_order',
    args: { order_id: 4 },
    returns: 'void',
  };
  expect(asked).toEqual([[[approval], { wait: 'final' }]]);
  expect(purchasingCalls.shipOrder({ order_id: 4 })).toEqual({
    contract: 'purchasing',
    function: 'ship_order',
    args: { order_id: 4 },
    returns: 'void',
  });
});

it('the typed client tells rejections of the contract from others', () => {
  const error = (code: string): Error => Object.assign(new Error('no'), { code });
  expect(isPurchasingRejection(error('BC201'))).toBe(true);
  expect(isPurchasingRejection(error('BC999'))).toBe(false);
  expect(isPurchasingRejection(error('not_permitted'))).toBe(false);
  expect(isPurchasingRejection('BC201')).toBe(false);
});
