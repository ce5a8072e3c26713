/**
 * Signs transactions whose parts the command chooses itself: arguments as JSON text exactly as
 * typed, a validity and a nonce that come out the same when the same file is loaded again.
 */
import type { Signer } from '@bucordo/client';
import { encodeSignedTransaction, encodeTransaction, fromHex, toHex, transactionId } from '@bucordo/protocol';
import type { CallText } from './call-arguments.ts';

/** A signed transaction as the client submits it. */
export interface SignedCalls {
  /** Transaction id, hex. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** What a transaction says beside who signs it. */
export interface TransactionParts {
  readonly calls: readonly CallText[];
  /** Last height at which it may be executed. */
  readonly validUntil: number;
  /** 16 bytes; makes two equal transactions two. */
  readonly nonce: Uint8Array;
  /** The only effect that it may have, hex; null for any. */
  readonly effect?: string | null;
}

/** Signs for one identity in one network. */
export class TransactionSigner {
  readonly #network: Uint8Array;
  readonly #signer: Signer;

  constructor(options: { network: string; signer: Signer }) {
    this.#network = fromHex(options.network);
    this.#signer = options.signer;
  }

  /** Encodes and signs. The same parts give the same bytes: Ed25519 signatures are deterministic. */
  async sign(parts: TransactionParts): Promise<SignedCalls> {
    const text = new TextEncoder();
    const payload = encodeTransaction({
      network: this.#network,
      identity: this.#signer.publicKey,
      calls: parts.calls.map((call) => ({
        contract: call.contract,
        function: call.function,
        args: text.encode(call.args),
      })),
      validUntil: parts.validUntil,
      nonce: parts.nonce,
      effect: typeof parts.effect === 'string' ? fromHex(parts.effect) : null,
    });
    const id = transactionId(payload);
    const answer = this.#signer.sign(id);
    // A signer that answers at once reuses its bytes for the next signature: they are copied before
    // anybody else gets a turn.
    const signature = answer instanceof Uint8Array ? Uint8Array.from(answer) : await answer;
    return { id: toHex(id), bytes: encodeSignedTransaction({ payload, signature }) };
  }
}
