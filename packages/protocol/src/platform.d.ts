/**
 * The two text codecs that every JavaScript platform has but the ECMAScript library does not
 * declare. The package compiles without Node and DOM types, so that a clock or a socket in it
 * does not compile; these are its only needs beyond the language.
 */

declare class TextEncoder {
  encode(text: string): Uint8Array;
  encodeInto(text: string, target: Uint8Array): { read: number; written: number };
}

declare class TextDecoder {
  constructor(label: string, options: { fatal: boolean; ignoreBOM: boolean });
  decode(bytes: Uint8Array): string;
}
