/** The part of sodium-native that tests use; the package has no types of its own. */
declare module 'sodium-native' {
  const sodium: {
    crypto_sign_verify_detached(signature: Buffer, message: Buffer, key: Buffer): boolean;
  };
  export = sodium;
}
