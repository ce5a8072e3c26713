/** An Ed25519 public key as a `did:key` (W3C did:key method: multicodec 0xed01, base58btc with prefix z). */

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** The `did:key` of a public key given as 64 hex digits. */
export function didOfKey(publicKey: string): string {
  // The prefix begins with 0xed, so that no leading zero byte needs base58's special case.
  let value = BigInt(`0xed01${publicKey}`);
  let text = '';
  while (value > 0n) {
    text = alphabet.charAt(Number(value % 58n)) + text;
    value /= 58n;
  }
  return `did:key:z${text}`;
}
