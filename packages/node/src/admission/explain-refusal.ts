/**
 * Why a transaction is refused, in words for whoever sent it: the argument, the role, the name that was meant. Made
 * only of what is refused, and told to nobody but its sender: the bytes may be anything and may be signed by nobody.
 * Receipts hold the code alone.
 */

import {
  explainArguments,
  explainRefusedArguments,
  nearName,
  noDetail,
  type OutcomeDetail,
  type RefusalCode,
  SIGNED_TRANSACTION_OVERHEAD,
  transactionBytesMax,
  validUntilWindow,
} from '@bucordo/protocol';
import type { CatalogueFunction, CatalogueIdentity } from '../chain/catalogue.ts';
import { OVERSEER_CLASS } from '../chain/membership.ts';
import { explanationBytesMax } from '../limits.ts';
import { isPermitted } from './catalogue-table.ts';

/** What there is to say about a refusal. */
export interface Explanation {
  /** Empty when there is nothing to say beyond the code. */
  readonly message: string;
  readonly detail: OutcomeDetail | null;
}

/** Characters of a message that is too long for a slot. */
const CUT_CHARACTERS = 500;

/** Writes an explanation at `at` of a slot's output, in at most `explanationBytesMax` bytes; the offset behind it. */
export function writeExplanation(output: Buffer, at: number, { message, detail }: Explanation): number {
  if (message === '') return at;
  const argument = detail?.argument ?? '';
  const whole = JSON.stringify([message, argument]);
  const text =
    Buffer.byteLength(whole) <= explanationBytesMax
      ? whole
      : JSON.stringify([`${[...message].slice(0, CUT_CHARACTERS).join('')}…`, argument]);
  return at + output.write(text, at);
}

/** Reads what {@link writeExplanation} wrote. */
export function readExplanation(output: Buffer, start: number, end: number): Explanation {
  if (start === end) return NO_EXPLANATION;
  const [message, argument]: [string, string] = JSON.parse(output.toString('utf8', start, end));
  return { message, detail: argument === '' ? null : { ...noDetail, argument } };
}

/** Nothing to say beyond the code. */
export const NO_EXPLANATION: Explanation = { message: '', detail: null };

/** A transaction that is refused, as far as it could be read. */
export interface RefusedTransaction {
  /** Ids of networks, lower-case hex. */
  readonly network: string;
  readonly ownNetwork: string;
  readonly validUntil: number;
  /** Height of the last committed block. */
  readonly height: number;
  /** Public key of the signer, lower-case hex. */
  readonly key: string;
  /** Whose key it is; null when it is nobody's. */
  readonly signer: CatalogueIdentity | null;
  /** The call for which it is refused; null when it is refused as a whole. */
  readonly call: RefusedCall | null;
}

/** A call for which a transaction is refused. */
export interface RefusedCall {
  readonly contract: string;
  readonly name: string;
  /** What it calls; null when there is no such function. */
  readonly definition: CatalogueFunction | null;
  /** Where its arguments lie. */
  readonly bytes: Uint8Array;
  readonly argsAt: number;
  readonly argsEnd: number;
  /** Functions by contract, for what may have been meant. */
  readonly functionNames: ReadonlyMap<string, readonly string[]>;
  /** Whether its arguments are those that were judged last, so that they need not be judged again. */
  readonly isJustJudged: boolean;
}

/** Why the transaction is refused with `refusal`. */
export function explainRefusal(refusal: RefusalCode, transaction: RefusedTransaction): Explanation {
  const { call } = transaction;
  if (call === null) return { message: explainWhole(refusal, transaction), detail: null };
  switch (refusal) {
    case 'function_unknown':
      return { message: explainName(call), detail: null };
    case 'not_permitted':
      return { message: explainPermission(call, transaction), detail: null };
    case 'argument_invalid':
    case 'argument_missing':
    case 'argument_unknown':
    case 'arguments_malformed':
    case 'too_large':
      return explainCallArguments(refusal, call);
    case 'key_invalid':
      return {
        message: `${call.contract}.${call.name}: a key that it would enrol is no point of the curve in its one form, or not of its prime order; make a new key`,
        detail: null,
      };
    default:
      return NO_EXPLANATION;
  }
}

/** What is said of one that is too large to be read. */
export const TOO_LARGE: Explanation = {
  message: `a transaction has at most ${transactionBytesMax} bytes, with its signature ${transactionBytesMax + SIGNED_TRANSACTION_OVERHEAD}; split it`,
  detail: null,
};

function explainWhole(refusal: RefusalCode, transaction: RefusedTransaction): string {
  const { network, ownNetwork, validUntil, height, key, signer } = transaction;
  const next = height + 1;
  switch (refusal) {
    case 'wrong_network':
      return `it is signed for the network ${network}, and this is a node of ${ownNetwork}`;
    case 'valid_until_too_far':
      return `it is valid until height ${validUntil}; the next block has height ${next}, so at most ${height + validUntilWindow} can be chosen`;
    case 'identity_unknown':
      return `no identity of this network has the key ${key}; an administrator of your organisation enrols it`;
    case 'identity_revoked':
      return signer === null
        ? ''
        : `the key ${key} of ${nameOf(signer)} counts ${validity(signer)}; the next block has height ${next}`;
    case 'signature_invalid':
      return `the signature is not that of the key ${key}`;
    default:
      return '';
  }
}

function validity({ validFrom, validTo }: CatalogueIdentity): string {
  return validTo === null ? `from height ${validFrom} on` : `from height ${validFrom} to ${validTo - 1}`;
}

function nameOf({ member, name }: CatalogueIdentity): string {
  return `${member}/${name}`;
}

/** Functions that are listed where none is near. */
const LISTED_MAX = 20;

function explainName({ contract, name, functionNames }: RefusedCall): string {
  const names = functionNames.get(contract);
  if (names === undefined) {
    const meant = nearName(contract, functionNames.keys());
    return `there is no contract ${contract}; ${meant === null ? `there are ${listed([...functionNames.keys()])}` : `did you mean ${meant}?`}`;
  }
  const meant = nearName(name, names);
  return `there is no function ${contract}.${name}; ${
    meant === null ? `${contract} has ${listed(names)}` : `did you mean ${contract}.${meant}?`
  }`;
}

function listed(names: readonly string[]): string {
  const more = names.length > LISTED_MAX ? ` and ${names.length - LISTED_MAX} more` : '';
  return names.length === 0 ? 'none' : `${names.slice(0, LISTED_MAX).join(', ')}${more}`;
}

function explainPermission(
  { contract, name, definition }: RefusedCall,
  { signer }: RefusedTransaction,
): string {
  if (definition === null || signer === null) return '';
  const { roles, classes } = definition;
  const who = nameOf(signer);
  const wanted: string[] = [];
  if (isPermitted(signer, definition)) {
    wanted.push(`${who} has a role for it, but not at this height or time`);
  } else if (signer.memberClass === OVERSEER_CLASS && !classes.includes(OVERSEER_CLASS)) {
    wanted.push(`overseers call only what names their class, and ${signer.member} is an overseer`);
  } else {
    if (classes.length > 0 && !classes.includes(signer.memberClass))
      wanted.push(
        `it asks for a member of the class ${anyOf(classes)}, and ${signer.member} is of the class ${signer.memberClass}`,
      );
    if (roles.length > 0 && !roles.some((role) => signer.roles.includes(role)))
      wanted.push(
        `it asks for the role ${anyOf(roles)}, and ${who} has ${signer.roles.length === 0 ? 'none' : signer.roles.join(', ')}`,
      );
  }
  return `${who} may not call ${contract}.${name}: ${wanted.join('; ')}`;
}

function anyOf(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

function explainCallArguments(
  refusal: RefusalCode,
  { contract, name, definition, bytes, argsAt, argsEnd, isJustJudged }: RefusedCall,
): Explanation {
  if (definition === null) return NO_EXPLANATION;
  const { parameters } = definition;
  const flaw = isJustJudged
    ? explainRefusedArguments(refusal, { bytes, start: argsAt, end: argsEnd }, parameters)
    : explainArguments(bytes, argsAt, argsEnd, parameters);
  if (flaw === null) return NO_EXPLANATION;
  const { argument, message } = flaw;
  return {
    message: `${contract}.${name}: ${message}`,
    detail: argument === null || argument === '' ? null : { ...noDetail, argument },
  };
}
