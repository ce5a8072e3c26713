/**
 * Limits of one node, each with the sum that led to it. What all nodes must agree on (sizes of
 * transactions and blocks, how far ahead an expiry may lie) is in the protocol's limits. A limit
 * reached is backpressure where someone can wait, and a rejection where nobody can.
 */

import {
  blockBytesMax,
  blockTransactionsMax,
  submitBytesMax,
  submitTransactionsMax,
} from '@bucordo/protocol';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Sealed blocks at the executor at once: one runs, the next one's bytes are already there. */
export const blocksInFlightMax = 2;

/** Milliseconds that a block should take to execute, at most: half of the second for which no node may seem to hang. */
export const blockMsWanted = 500;

/** Full blocks that wait for the executor: 16 blocks of 2 MiB are 32 MiB and about a second of work. */
export const blocksWaitingMax = 16;

/** Milliseconds that an open block waits, at most, for transactions whose verification is under way. */
export const blockWaitMs = 20;

/**
 * From this many transactions on a block waits for nobody, neither for verification nor until the
 * executor is free: measured, a larger block saves less than the wait costs.
 */
export const blockWaitTransactions = 400;

/** Bytes after which a verification slot takes no further transaction: about 100, or 4 ms of curve arithmetic, so that both workers get a share. */
export const slotFillBytes: number = 32 * KIB;

/** Bytes of the words about one refusal, as JSON: 500 characters of 4 bytes, and the name of a parameter. */
export const explanationBytesMax: number = 3 * KIB;

/** Transactions in one verification slot. The smallest takes 170 bytes, so {@link slotFillBytes} hold fewer. */
export const slotTransactionsMax = 256;

/**
 * Transactions that a slot takes at least, when as many wait. It takes no more than a quarter of what
 * waits, for there are four slots, and so that the first part can be executed while the rest is verified.
 */
export const slotShareMin = 8;

/** Transactions that are verified on the main thread while the workers rest: 16 take 0.7 ms, handing them over takes 0.1 ms and wakes a thread. */
export const inlineTransactionsMax = 16;

/** Verification workers: half of the CPU of a transaction is its signature, and the other half runs beside them. */
export const verificationWorkersMax = 2;

/**
 * Megabytes of young objects that a verification worker may gather before they are collected: it makes
 * few, and of what V8 would take by itself, 48, two workers hold 80 for nothing.
 */
export const verificationYoungMb = 8;

/** Slots of a worker: one under way and one waiting, so that a worker never waits for the main thread. */
export const slotsPerWorker = 2;

/** Milliseconds after which a worker that has not answered counts as dead. A slot takes 4 ms, the worst one under 100 ms. */
export const workerAnswerMs = 30_000;

/** Transactions waiting for verification at which transports are asked to pause: half a second of work. */
export const waitingTransactionsPause = 10_000;

/** Bytes waiting for verification at which transports are asked to pause. */
export const waitingBytesPause: number = 16 * MIB;

/**
 * Transactions waiting for verification beyond which a submission is refused as `overloaded`:
 * reached only by transports that do not pause. Every one of 128 connections may have one more request on the way.
 */
export const waitingTransactionsMax: number = waitingTransactionsPause + 128 * submitTransactionsMax;

/** Bytes waiting for verification beyond which a submission is refused: the mark above and 128 of the largest requests. */
export const waitingBytesMax: number = waitingBytesPause + 128 * submitBytesMax;

/** Transactions offered to the ordering and not settled, at which verification pauses: half of what the ordering takes. */
export const orderingTransactionsPause: number = (blocksWaitingMax / 2) * blockTransactionsMax;

/** Bytes offered to the ordering and not settled, at which verification pauses: half of what the ordering takes. */
export const orderingBytesPause: number = (blocksWaitingMax / 2) * blockBytesMax;

/**
 * Ids of committed transactions kept in memory: 16.8 M at 2 bytes are 32 MiB, 12 minutes at the
 * highest rate. Older ones are asked of the database.
 */
export const recentIdsMax = 16_777_216;

/** Ids read from the database at the start: 1 M are 32 MB, read in about a second. */
export const recentIdsLoadedMax = 1_000_000;

/** Lookups of stored receipts at once, for transactions that may be duplicates. */
export const receiptLookupsMax = 64;

/** Transactions that wait for such a lookup; beyond it they are refused as `overloaded`. */
export const receiptLookupsWaitingMax = 4_096;

/** Milliseconds that a caller waits for its outcome when it names no time of its own. */
export const outcomeWaitMs = 60_000;

/** Characters of answers that wait for finality, 64 for an answer beside its message and result: those of a million short ones. */
export const finalCharactersMax: number = 64 * MIB;

/** The longest time that a caller may name, in milliseconds. */
export const outcomeWaitMsMax = 600_000;

/** Milliseconds between two looks at deadlines and expiries. */
export const deadlineSweepMs = 250;

/** Public keys kept in parsed form where OpenSSL verifies: 4,096 of about 1 KiB. */
export const parsedKeysMax = 4_096;

/** Milliseconds that a dry run may take: blocks wait as long, and a transaction within its budget takes less. */
export const dryRunMs = 1_000;

/** Dry runs have one part in so many of the executor's time: after one of 5 ms the next waits 45 ms. */
export const dryRunShare = 10;

/** Dry runs that wait for their turn; further ones are refused as `overloaded`. */
export const dryRunsWaitingMax = 16;

/** Milliseconds that a dry run waits for its turn, at most: the pause after one that took {@link dryRunMs}, and a little. */
export const dryRunWaitMs = 10_000;

/** Row changes that a dry run shows: what a person looks through, 1 MiB at 1 KiB each. */
export const dryRunChangesMax = 1_000;

/** Bytes of the rows that a dry run shows as they were before, and characters of those afterwards. */
export const dryRunRowBytesMax: number = 4 * MIB;

/**
 * Bytes of one message of Postgres, which the driver gathers in memory and makes a text of: 64 of the
 * largest rows. Beyond it the connection ends.
 */
export const answerMessageBytesMax: number = 64 * MIB;

/** Attempts at one block that ended the node or its database, before the node is in quarantine. */
export const attemptsMax = 3;

/**
 * Milliseconds that a block may be dated ahead of the clock of a node that follows: as much as a signed
 * request may differ from it. Clocks that NTP keeps differ by milliseconds, and a machine without it
 * loses a second a day; what is more is a clock that somebody must set, or an ordering node that lies.
 */
export const blockTimeAheadMs = 60_000;

/**
 * Heights back from its block about which a checkpoint counts: members sign at least every few blocks,
 * and reading, verifying and comparing a thousand at the start takes a third of a second.
 */
export const countedHeights = 1_000;

/** Checkpoints of one member about heights to come that are kept: members sign a few times in a second, and a node that is further behind compares the newest when it is there. */
export const heardAheadMax = 16;

/** Headers above this node's height that are kept for comparison: about 400 bytes for a header, a header for every checkpoint of a second or two. */
export const headersAheadMax = 64;
