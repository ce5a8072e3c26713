/**
 * Judges a batch of transactions and writes the row of each that may go on: the one piece of code
 * for admission and for blocks of another node, on the main thread and in workers.
 *
 * At admission everything is judged and the first thing wrong is the refusal, cheap checks before
 * the signature, keys that would be enrolled after it. In a block only what no honest node orders is a refusal: bytes, network, size and
 * signature. What depends on a height or on the catalogue becomes the row's own refusal, in a fixed
 * order because the receipt carries it: expiry, then the calls one after the other, then the keys that
 * they would enrol. Identity and
 * permission at the block's height are execution's to judge.
 *
 * O(size) per transaction, and no garbage but for a transaction with more calls than any before it.
 */

import {
  checkArguments,
  checkEnrolledKeys,
  domainPrefix,
  type EnrollingCall,
  type RefusalCode,
  SignedTransactionView,
  scanSignedTransaction,
  scanTransaction,
  TransactionView,
  transactionBytesMax,
  validUntilWindow,
} from '@bucordo/protocol';
import type { Catalogue } from '../chain/catalogue.ts';
import { writeSha256 } from '../chain/sha256.ts';
import { type RowCall, type RowParts, writeTransactionRow } from '../chain/transaction-row.ts';
import { CatalogueTable, type KnownIdentity } from './catalogue-table.ts';
import {
  type Explanation,
  explainRefusal,
  NO_EXPLANATION,
  type RefusedCall,
  type RefusedTransaction,
  TOO_LARGE,
  writeExplanation,
} from './explain-refusal.ts';
import type { SignatureVerifier } from './signature.ts';
import type { Slot } from './slot.ts';

/** A refusal to be put into words. */
export interface RefusalToExplain {
  readonly refusal: RefusalCode;
  /** Index of the call for which the transaction is refused, or null. */
  readonly call: number | null;
}

/** Refusals whose words hold nothing but what the sender has sent, and what the node says of itself in public. */
const TOLD_TO_ANYBODY: ReadonlySet<RefusalCode> = new Set([
  'wrong_network',
  'valid_until_too_far',
  'identity_unknown',
  'signature_invalid',
]);

const TAG = domainPrefix('tx');

/** Judges transactions in slots. One per thread: it keeps scratch memory. */
export class Preparer {
  readonly #network: Buffer;
  readonly #verifier: SignatureVerifier;
  readonly #signed: SignedTransactionView = new SignedTransactionView();
  readonly #view: TransactionView = new TransactionView();
  readonly #id: Buffer = Buffer.alloc(32);
  readonly #tagged: Buffer = Buffer.alloc(TAG.length + transactionBytesMax);
  readonly #calls: MutableRowCall[] = [];
  readonly #spareCalls: MutableRowCall[] = [];
  // Of the transaction at hand; almost always none.
  readonly #enrolling: EnrollingCall[] = [];
  readonly #parts: MutableRowParts = {
    payloadAt: 0,
    payloadLength: 0,
    signatureAt: 0,
    calls: this.#calls,
    refusal: null,
    refusedCall: -1,
    effectAt: -1,
    judgedBy: 0,
  };
  // The call for which the transaction is refused, or −1.
  #refusedCall = -1;
  // Whether it is refused for keys that it would enrol.
  #areKeysRefused = false;
  #catalogue: CatalogueTable = new CatalogueTable({
    height: 0,
    functionsHeight: 0,
    functions: [],
    identities: [],
  });

  constructor(network: Uint8Array, verifier: SignatureVerifier) {
    this.#network = Buffer.from(network);
    this.#verifier = verifier;
    this.#tagged.set(TAG);
  }

  /** Judges by this catalogue from now on. */
  setCatalogue(catalogue: Catalogue): void {
    this.#catalogue = new CatalogueTable(catalogue);
    this.#parts.judgedBy = catalogue.functionsHeight;
  }

  /**
   * Judges what is in the slot and writes outcomes into it, and a row for every transaction that is
   * not refused, or that is refused only because it has expired: it may have been committed in time. Of the
   * others at admission there are words for their senders in the place of a row.
   */
  prepare(slot: Slot): void {
    const { batch, input, output } = slot;
    const { height, count, purpose } = batch;
    let w = 0;
    for (let index = 0; index < count; index++) {
      const rowAt = w;
      const isFramed = this.#scan(input, batch.inputAt(index), batch.inputEnd(index));
      const refusal =
        isFramed ?? (purpose === 'block' ? this.#judgeInBlock(input, height) : this.#judge(input, height));
      if (refusal === null || refusal === 'expired')
        w = writeTransactionRow(output, w, input, this.#id, this.#parts);
      else if (purpose === 'admission')
        w = writeExplanation(
          output,
          w,
          this.#explain(input, height, { refusal, isUnread: isFramed !== null }),
        );
      batch.setOutcome(index, { refusal, call: this.#refusedCall, rowAt, rowEnd: w });
    }
  }

  /**
   * Why the transaction at `index` of a slot that was prepared was refused with `refusal` later, for its call `call`
   * or as a whole, in words for its sender.
   */
  explain(slot: Slot, index: number, { refusal, call }: RefusalToExplain): Explanation {
    const { batch, input } = slot;
    const unread = this.#scan(input, batch.inputAt(index), batch.inputEnd(index));
    if (unread !== null) return NO_EXPLANATION;
    return explainRefusal(
      refusal,
      this.#refusedTransaction(input, batch.height, { call, isJustJudged: false }),
    );
  }

  // Why the transaction that was judged last is refused.
  #explain(
    input: Buffer,
    height: number,
    { refusal, isUnread }: { readonly refusal: RefusalCode; readonly isUnread: boolean },
  ): Explanation {
    if (isUnread) return refusal === 'too_large' ? TOO_LARGE : NO_EXPLANATION;
    // Names of people, roles and functions are for those who are enrolled, and everybody can write an enrolled key.
    if (!TOLD_TO_ANYBODY.has(refusal) && !this.#isSigned(input)) return NO_EXPLANATION;
    const call = this.#refusedCall < 0 ? null : this.#refusedCall;
    return explainRefusal(
      refusal,
      this.#refusedTransaction(input, height, { call, isJustJudged: !this.#areKeysRefused }),
    );
  }

  #refusedTransaction(
    input: Buffer,
    height: number,
    { call, isJustJudged }: { readonly call: number | null; readonly isJustJudged: boolean },
  ): RefusedTransaction {
    const { networkAt, identityAt, validUntil } = this.#view;
    return {
      network: input.toString('hex', networkAt, networkAt + 32),
      ownNetwork: this.#network.toString('hex'),
      validUntil,
      height,
      key: input.toString('hex', identityAt, identityAt + 32),
      signer: this.#catalogue.identityAt(input, identityAt, height + 1)?.identity ?? null,
      call: call === null ? null : this.#refusedCallAt(input, call, isJustJudged),
    };
  }

  #refusedCallAt(input: Buffer, call: number, isJustJudged: boolean): RefusedCall {
    const { contractAt, contractEnd, functionAt, functionEnd, argsAt, argsEnd } = this.#view;
    const contract = [contractAt[call] ?? 0, contractEnd[call] ?? 0] as const;
    const name = [functionAt[call] ?? 0, functionEnd[call] ?? 0] as const;
    return {
      contract: input.toString('latin1', ...contract),
      name: input.toString('latin1', ...name),
      definition: this.#catalogue.functionAt(input, ...contract, ...name)?.definition ?? null,
      bytes: input,
      argsAt: argsAt[call] ?? 0,
      argsEnd: argsEnd[call] ?? 0,
      functionNames: this.#catalogue.functionNames,
      isJustJudged,
    };
  }

  // Finds the parts of the transaction; what is wrong with its form, or null.
  #scan(input: Buffer, start: number, end: number): RefusalCode | null {
    this.#refusedCall = -1;
    this.#areKeysRefused = false;
    if (end < 0) return 'too_large';
    return (
      scanSignedTransaction(input, start, end, this.#signed) ??
      scanTransaction(input, this.#signed.payloadAt, this.#signed.payloadEnd, this.#view)
    );
  }

  #judge(input: Buffer, height: number): RefusalCode | null {
    const { identityAt, networkAt, validUntil } = this.#view;
    if (!this.#isOurNetwork(input, networkAt)) return 'wrong_network';
    if (validUntil > height + validUntilWindow) return 'valid_until_too_far';
    const identity = this.#catalogue.identityAt(input, identityAt, height + 1);
    if (identity === null) return 'identity_unknown';
    if (height + 1 < identity.validFrom || height + 1 >= identity.validTo) return 'identity_revoked';
    const refusal = this.#judgeCalls(input, identity);
    if (refusal !== null) return refusal;
    this.#setParts(null);
    if (!this.#isSigned(input)) return 'signature_invalid';
    return this.#judgeKeys() ?? (validUntil <= height ? 'expired' : null);
  }

  #judgeInBlock(input: Buffer, height: number): RefusalCode | null {
    if (!this.#isOurNetwork(input, this.#view.networkAt)) return 'wrong_network';
    if (!this.#isSigned(input)) return 'signature_invalid';
    const { validUntil } = this.#view;
    const calls = this.#judgeCalls(input, null) ?? this.#judgeKeys();
    if (validUntil <= height) this.#setPartsOfAll('expired');
    else if (validUntil > height + validUntilWindow) this.#setPartsOfAll('valid_until_too_far');
    else this.#setParts(calls);
    return null;
  }

  #isOurNetwork(input: Buffer, at: number): boolean {
    return this.#network.compare(input, at, at + 32) === 0;
  }

  #isSigned(input: Buffer): boolean {
    const { payloadAt, payloadEnd, signatureAt } = this.#signed;
    const end = TAG.length + payloadEnd - payloadAt;
    input.copy(this.#tagged, TAG.length, payloadAt, payloadEnd);
    writeSha256(this.#id, 0, this.#tagged.subarray(0, end));
    return this.#verifier.verify(input, signatureAt, this.#view.identityAt, this.#id);
  }

  // Looks up the function of every call and checks its arguments; the first thing wrong, or null. With
  // an identity, whether it may call them as well.
  #judgeCalls(input: Buffer, identity: KnownIdentity | null): RefusalCode | null {
    const { callCount, contractAt, contractEnd, functionAt, functionEnd, argsAt, argsEnd } = this.#view;
    let first: RefusalCode | null = null;
    this.#calls.length = 0;
    this.#enrolling.length = 0;
    for (let i = 0; i < callCount; i++) {
      const at = argsAt[i] ?? 0;
      const end = argsEnd[i] ?? 0;
      const known = this.#catalogue.functionAt(
        input,
        contractAt[i] ?? 0,
        contractEnd[i] ?? 0,
        functionAt[i] ?? 0,
        functionEnd[i] ?? 0,
      );
      this.#addCall(i, known?.number ?? 0, at, end);
      if (first !== null) continue;
      if (known === null) first = 'function_unknown';
      else if (identity !== null && identity.mayCall[known.place] !== true) first = 'not_permitted';
      else first = checkArguments(input, at, end, known.parameters);
      if (first === null && known?.enrolling != null)
        this.#enrolling.push({ functionName: known.enrolling, args: input.subarray(at, end), index: i });
      if (first !== null) this.#refusedCall = i;
    }
    return first;
  }

  #judgeKeys(): RefusalCode | null {
    if (this.#enrolling.length === 0) return null;
    const refused = checkEnrolledKeys(this.#enrolling, this.#verifier.admitKey);
    if (refused !== null) this.#refusedCall = refused.refusedCall;
    this.#areKeysRefused = refused !== null;
    return refused?.refusal ?? null;
  }

  #addCall(index: number, functionNumber: number, argsAt: number, argsEnd: number): void {
    const call = this.#spareCalls[index] ?? { functionNumber: 0, argsAt: 0, argsLength: 0 };
    this.#spareCalls[index] = call;
    call.functionNumber = functionNumber;
    call.argsAt = argsAt - this.#signed.payloadAt;
    call.argsLength = argsEnd - argsAt;
    this.#calls.push(call);
  }

  // For a refusal that is not that of one call.
  #setPartsOfAll(refusal: RefusalCode): void {
    this.#refusedCall = -1;
    this.#setParts(refusal);
  }

  #setParts(refusal: RefusalCode | null): void {
    const { payloadAt, payloadEnd, signatureAt } = this.#signed;
    this.#parts.payloadAt = payloadAt;
    this.#parts.payloadLength = payloadEnd - payloadAt;
    this.#parts.signatureAt = signatureAt;
    this.#parts.refusal = refusal;
    this.#parts.refusedCall = this.#refusedCall;
    this.#parts.effectAt = this.#view.effectAt;
  }
}

type MutableRowCall = { -readonly [Key in keyof RowCall]: RowCall[Key] };
type MutableRowParts = { -readonly [Key in keyof RowParts]: RowParts[Key] };
