/** What the other rooms use of a node's identity: its key and the files of its TLS. */

/** A key that can sign; the secret itself stays inside. */
export interface NodeKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The 64-byte Ed25519 signature of `message`. */
  sign(message: Uint8Array): Uint8Array;
}

/** Files of the node's TLS as text, PEM. */
export interface TlsFiles {
  /** The authorities of all members, one after the other. */
  readonly ca: string;
  readonly cert: string;
  /** A secret. */
  readonly key: string;
}
