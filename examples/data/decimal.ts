/**
 * Exact decimals: text for what travels and is stored, `bigint` counts of the smallest unit for sums.
 * Floating point never touches an amount: 0.1 + 0.2 is 0.3 here.
 */

const decimalPattern = /^(-?)(\d{0,20})(?:\.(\d{1,20}))?$/;

/**
 * The number in units of 10^−scale: `decimalUnits('.99', 4)` is `9900n`. Accepts a missing leading
 * zero, as some sources write it. Throws `RangeError` on anything else that is not a plain decimal,
 * and on more decimals than the scale has, unless they are zeros.
 */
export function decimalUnits(text: string, scale: number): bigint {
  const match = decimalPattern.exec(text);
  const whole = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  if (match === null || whole + fraction === '') throw new RangeError(`"${text}" is not a decimal number`);
  if (/[1-9]/.test(fraction.slice(scale))) {
    throw new RangeError(`"${text}" has more than ${scale} decimals`);
  }
  const units = BigInt(whole + fraction.slice(0, scale).padEnd(scale, '0'));
  return match[1] === '-' ? -units : units;
}

/** The text of a number of units, always with all decimals of the scale: `decimalText(9900n, 4)` is `0.9900`. */
export function decimalText(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const sign = units < 0n ? '-' : '';
  const whole = digits.slice(0, digits.length - scale);
  return scale === 0 ? `${sign}${digits}` : `${sign}${whole}.${digits.slice(digits.length - scale)}`;
}
