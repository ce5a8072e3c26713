import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalText, decimalUnits } from './decimal.ts';

describe('decimals', () => {
  it.each([
    ['.9900', 4, 9_900n, '0.9900'],
    ['50.26', 4, 502_600n, '50.2600'],
    ['-11062.06', 3, -11_062_060n, '-11062.060'],
    ['0', 3, 0n, '0.000'],
    ['-0.001', 3, -1n, '-0.001'],
    ['2.5500', 2, 255n, '2.55'],
    ['7', 0, 7n, '7'],
  ])('%s with %i decimals is %s', (text, scale, units, written) => {
    expect(decimalUnits(text, scale)).toBe(units);
    expect(decimalText(units, scale)).toBe(written);
  });

  it.each(['', '.', '-', '1e3', '1,5', ' 1', '+1', '0x10', 'NaN', '1.2.3', '1.23456'])(
    'refuses %j',
    (text) => {
      expect(() => decimalUnits(text, 4)).toThrow(RangeError);
    },
  );

  it('loses nothing on the way to text and back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.nat(6), (units, scale) => {
        expect(decimalUnits(decimalText(units, scale), scale)).toBe(units);
      }),
    );
  });
});
