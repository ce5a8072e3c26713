/**
 * Every code with which the protocol refuses something: one sentence for the user, one for the
 * operator. The set is closed; `docs/spec/codes.md` is checked against it.
 *
 * A receipt carries one of these or, from a contract itself, `BCnnn` (BC000–BC899).
 */

/** What a code means, for two readers. */
export interface CodeMeaning {
  /** For whoever sent the transaction or request: what happened and what to do. */
  readonly user: string;
  /** For whoever runs the node: what it points to. */
  readonly operator: string;
}

/** Every code with which the protocol refuses something. */
export type RefusalCode =
  | 'malformed'
  | 'wrong_network'
  | 'expired'
  | 'valid_until_too_far'
  | 'duplicate'
  | 'signature_invalid'
  | 'identity_unknown'
  | 'identity_revoked'
  | 'not_permitted'
  | 'function_unknown'
  | 'argument_missing'
  | 'argument_unknown'
  | 'argument_invalid'
  | 'arguments_malformed'
  | 'key_invalid'
  | 'too_large'
  | 'too_many_calls'
  | 'overloaded'
  | 'timeout'
  | 'failed'
  | 'budget_exceeded'
  | 'result_too_large'
  | 'block_full'
  | 'effect_differs'
  | 'skipped'
  | 'unauthenticated'
  | 'not_found'
  | 'query_refused'
  | 'diverged'
  | 'forked'
  | 'quarantined'
  | 'held'
  | 'waiting'
  | 'unknown'
  | 'stopping'
  | 'proposal_unknown'
  | 'proposal_closed'
  | 'proposal_outdated'
  | 'proposal_invalid'
  | 'document_differs'
  | 'policy_not_met'
  | 'limit_reached';

/** The refusal codes with their meaning. */
export const refusalCodes: Readonly<Record<RefusalCode, CodeMeaning>> = {
  malformed: {
    user: 'The bytes are not in the form the protocol asks for; build them with an SDK of the same version.',
    operator: 'A sender encodes wrongly or bytes were altered on the way; if it is a peer, compare versions.',
  },
  wrong_network: {
    user: 'The transaction is signed for another network; use the network id that this node reports in its status.',
    operator: 'A client is configured with another genesis than this node.',
  },
  expired: {
    user: 'The last height at which the transaction was valid has passed; sign it again with a later one.',
    operator: 'Transactions wait too long before they are ordered, or a client uses an old height.',
  },
  valid_until_too_far: {
    user: 'The transaction is valid for too many blocks; choose a height within the window above the current one.',
    operator: 'A client asks for more than `validUntilWindow` blocks; the node remembers ids only that long.',
  },
  duplicate: {
    user: 'This transaction was ordered before; its receipt is the answer.',
    operator: 'A transaction came a second time, which is harmless: clients retry.',
  },
  signature_invalid: {
    user: 'The signature does not belong to this transaction and key; sign the transaction id with the key it names.',
    operator: 'A client signs wrongly, or somebody tries signatures that other verifiers accept.',
  },
  identity_unknown: {
    user: 'The key is not enrolled in this network; ask an administrator of your organisation to enrol it.',
    operator:
      'Someone without an identity, or with a new one that no block has enrolled yet, sends transactions.',
  },
  identity_revoked: {
    user: 'The key is not valid at this height; use the current key of the identity.',
    operator: 'A key is in use outside the heights for which it was enrolled.',
  },
  not_permitted: {
    user: 'Your identity has none of the roles, or your organisation is not of the class, that this function asks for.',
    operator: 'An identity calls a function that its roles do not allow.',
  },
  function_unknown: {
    user: 'The network has no contract function of this name; the message says which there are.',
    operator: 'A client is built for another version of a contract.',
  },
  argument_missing: {
    user: 'A parameter of the function has no value; the message names it. Give every parameter, with null where there is none.',
    operator: 'A client is built for another version of a contract.',
  },
  argument_unknown: {
    user: 'The arguments name a parameter that the function does not have; the message names those that it has.',
    operator: 'A client is built for another version of a contract.',
  },
  argument_invalid: {
    user: 'A value is not written as the type of its parameter asks, or is out of its range; the message names the parameter and shows how its type is written.',
    operator: 'A client sends values in another notation than the specification gives.',
  },
  arguments_malformed: {
    user: 'The arguments are not one JSON object that can be stored; the message says what is wrong (bad syntax, NUL, half of a character, a key that stands twice, a number or a depth beyond the limits) and where.',
    operator: 'A client builds JSON by hand, or tries documents that grow when they are read.',
  },
  key_invalid: {
    user: 'A key that would be enrolled is not a valid one: not canonical, not a point of the curve, or not of its prime order; make a new one.',
    operator:
      'A client takes other bytes for a public key, or somebody tries keys on which verifiers disagree.',
  },
  too_large: {
    user: 'The transaction or request is larger than allowed; split it.',
    operator: 'A client exceeds a size limit of the protocol; limits are not configurable per node.',
  },
  too_many_calls: {
    user: 'A transaction holds at most 1,000 calls and enrols at most 20 keys; split it.',
    operator: 'A client exceeds `callsMax` or `enrolledKeysMax`.',
  },
  overloaded: {
    user: 'The node has more work queued than it takes on; send the same transaction again in a moment.',
    operator:
      'Transactions arrive faster than blocks are committed; look at the load of Postgres and of the ordering.',
  },
  timeout: {
    user: 'The answer did not come in time, and the transaction may still be committed; ask for its receipt or send the same again.',
    operator: 'The ordering or the execution is slower than the deadline of the client.',
  },
  failed: {
    user: 'The contract could not carry out the call and nothing was changed. Each node keeps what its Postgres said: `bucordo tx` shows it, and the view `bucordo.receipts` in `detail`.',
    operator:
      'A constraint or an expression in a contract raised an error; see `bucordo.rejection` for its SQLSTATE, constraint and text.',
  },
  budget_exceeded: {
    user: 'The call would loop, call, scan or build more than one transaction may, and nothing was changed; split the work over several transactions.',
    operator:
      'A contract met the budget of the network: look at its loops and declared scans, or propose other limits.',
  },
  result_too_large: {
    user: 'What the calls return is larger than a receipt holds, and nothing was changed; return less and read the rest with a query.',
    operator: 'A function of a contract returns what should be read with a query.',
  },
  block_full: {
    user: 'Other transactions of the same block have worked or written so much that this one found no room, and nothing was changed; sign and send it again.',
    operator:
      'Transactions that work or write very much came together; spread them over time or make them smaller.',
  },
  effect_differs: {
    user: 'The transaction would have another effect than the one that was signed, and nothing was changed; look at a new dry run and sign again.',
    operator:
      'Something else changed the rows concerned between a dry run and the execution, which is what the signature guards against.',
  },
  skipped: {
    user: 'The members agreed to leave this transaction out because nodes could not execute it; nothing was changed.',
    operator:
      'A transaction that stopped nodes was skipped by a decision of the members; look at what they decided and why.',
  },
  unauthenticated: {
    user: 'The request carries no valid signature of an enrolled identity, is too old, or was used before.',
    operator: 'A request without valid authorisation; if it is a known client, compare its clock.',
  },
  not_found: {
    user: 'There is nothing under this id or height on this node.',
    operator: 'A client asks for what is not there or not there yet.',
  },
  query_refused: {
    user: 'The query is not a single reading statement within the limits, or the database refused it.',
    operator: 'A reader sent SQL that the reading role may not run, or that is too expensive.',
  },
  diverged: {
    user: 'This node differs from the others and takes no transactions; use another node.',
    operator: 'The state of this node differs from the quorum; see the height in the status and repair it.',
  },
  forked: {
    user: 'The node that orders has signed two histories, so this node vouches for nothing that is not final; ask the other members which one is right.',
    operator:
      'Two blocks with the signature of the ordering node contradict each other; the status names height and hashes. Compare them with the other members before anything else.',
  },
  quarantined: {
    user: 'Executing one block ends this node again and again, so it takes no transactions; use another node.',
    operator:
      'Executing one block has stopped this node again and again; its status names the transaction, and `bucordo skip` tells how the members leave it out.',
  },
  held: {
    user: 'This node executes no new block for now and takes no transactions; the message says what is in the way. Send the same transaction to another node, or later.',
    operator:
      'The next block was refused, or is dated too far ahead of the clock, or the ordering node lacks blocks; the status says which, and the node goes on by itself when it is put right.',
  },
  waiting: {
    user: 'The ordering has not begun: its node first asks those of other members, which the message names; send the same transaction again in a while.',
    operator:
      'The ordering node asks its fellows for blocks that it may have lost. Have the named nodes started; see `fellows_awaited` in the status.',
  },
  stopping: {
    user: 'The node is shutting down; send the same transaction to another node or later.',
    operator: 'The node was asked to stop and finishes what it has.',
  },
  unknown: {
    user: 'The node that orders says that it does not order the transaction, which this node cannot confirm: it may still be executed until it expires; send the same bytes again or ask for its receipt.',
    operator:
      'The ordering node refuses what this node takes: it is a block ahead, or it lies. Compare its height and checkpoints with those of the other members.',
  },
  proposal_unknown: {
    user: 'There is no proposal of this number; list them with `bucordo proposal list`.',
    operator: 'Somebody names a proposal of another network, or one that is not in a block yet.',
  },
  proposal_closed: {
    user: 'The proposal is decided or withdrawn; make a new one.',
    operator: 'Two administrators act on one proposal at the same time, or one acts on an old list.',
  },
  proposal_outdated: {
    user: 'The contract has changed since the proposal was made; make a new one on the version that runs.',
    operator: 'Two members proposed versions of one contract, and the other was accepted first.',
  },
  proposal_invalid: {
    user: 'The document of the proposal is not what its kind asks for; the message says what is wrong.',
    operator: 'Somebody wrote a document by hand, or with a command line of another version.',
  },
  document_differs: {
    user: 'The hash is not that of the document under this number; read the document again before you approve it.',
    operator: 'An administrator looked at another text than the one that was proposed.',
  },
  policy_not_met: {
    user: 'Too few members have approved; the message says how many approve and how many must.',
    operator: 'Somebody submitted a proposal too early.',
  },
  limit_reached: {
    user: 'Your organisation has reached a limit for what it may leave open or say; the message says which.',
    operator: 'A member fills the list of proposals, or a program of it repeats itself.',
  },
};

const CONTRACT_CODE = /^BC[0-8][0-9]{2}$/;

/** True when `code` is one of {@link refusalCodes}. */
export function isRefusalCode(code: string): code is RefusalCode {
  return Object.hasOwn(refusalCodes, code);
}

/** Codes that say which limit a transaction met while it ran. */
const LIMIT_CODES: ReadonlySet<string> = new Set(['budget_exceeded', 'block_full']);

/**
 * The code that stands in the hashed receipt of a transaction that a node rejected with `code`. A statement over
 * several rows may meet a limit at one and an error at another; which comes first depends on their order on
 * disk. So both are `failed` in the receipt, and that it was a limit is what each node adds for its callers.
 */
export function receiptCode(code: string): string {
  return LIMIT_CODES.has(code) ? 'failed' : code;
}

/** True when `code` is one that a contract may raise itself: BC000–BC899. */
export function isContractCode(code: string): boolean {
  return CONTRACT_CODE.test(code);
}
