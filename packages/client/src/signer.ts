/** What signs transactions and requests: a key that may live anywhere, for instance in a device. */

/** A key of an identity. */
export interface Signer {
  /** Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /**
   * The 64-byte Ed25519 signature of `message`, which is always 32 bytes long. May answer at once
   * (the fast way) or with a promise; the returned bytes may be reused by the next call.
   */
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>;
}
