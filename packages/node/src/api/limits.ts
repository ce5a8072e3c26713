/** Limits of the doors of a node, each with the sum that led to it. They are the node's own, not the network's. */

import { blockWrittenBytesMax, skipBytesMax, transactionBytesMax } from '@bucordo/protocol';

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Streams of clients at once. A stream with its TLS takes about 100 KiB, and may hold a message that has not come
 * whole, which gRPC keeps until it has: 2.1 MiB each, 540 MiB in the worst case.
 */
export const streamsMax = 256;

/** Streams of one address: three quarters, so that one cannot take them all. */
export const streamsPerAddressMax: number = (streamsMax / 4) * 3;

/** Streams on one connection; a client needs one. */
export const streamsPerConnectionMax = 16;

/** Milliseconds after which a gRPC connection without a stream is closed. */
export const connectionUnusedMs = 60_000;

/**
 * Bytes of answers that may wait for a client that does not read; beyond it the stream is cut and the client sends again.
 * As much as the results of the fullest block, of which every transaction may be this client's.
 */
export const replyBytesWaitingMax: number = blockWrittenBytesMax + 8 * MIB;

/** Bytes of answers that wait for a client at which its stream is read no further. */
export const replyBytesPause: number = 256 * KIB;

/** Characters of messages and results in one reply, with 32 for each outcome: at most 1 MiB as bytes, of the 4 MiB that gRPC takes. */
export const replyCharacters: number = 256 * KIB;

/** Bytes of answers that wait for all clients together: three of the largest blocks. Beyond it the greediest is cut. */
export const repliesHeldMax: number = 128 * MIB;

/** Milliseconds between two signs of life on a quiet gRPC connection, and for the answer to one. */
export const keepaliveMs = 20_000;

/** Bytes of a request body over HTTP where the route says nothing. */
export const bodyBytesMax: number = 64 * KIB;

/** Bytes of a body with transactions: those of one submit request as hex in JSON, 2 × 2.1 MiB and framing. */
export const submitBodyBytesMax: number = 5 * MIB;

/** Bytes of the body of a query: {@link sqlCharactersMax} of three bytes, and 1,000 parameters of 700. */
export const queryBodyBytesMax: number = MIB;

/** Bytes of the body of a dry run: the arguments of the largest transaction with every character escaped once. */
export const dryRunBodyBytesMax: number = 2 * transactionBytesMax + 64 * KIB;

/** Bytes of the body with a skip: its text with every quote and line end escaped. */
export const skipBodyBytesMax: number = 2 * skipBytesMax;

/**
 * Bytes of bodies and answers over all connections of the HTTP port: 12 of the largest bodies, 8 of the largest
 * answers, 65,000 of an ordinary one of 1 KiB. Each takes about three times as much while it is worked on. Beyond it
 * the greediest address loses its largest.
 */
export const httpBytesHeldMax: number = 64 * MIB;

/** Milliseconds between two looks for requests that take longer than {@link requestMs} to arrive. */
export const requestCheckMs = 5_000;

/** Milliseconds after which a connection on which nothing moves is closed: longer than any answer is waited for. */
export const connectionIdleMs = 120_000;

/** Milliseconds for the head and the body of a request to arrive: a full body at 200 kB/s. */
export const requestMs = 30_000;

/** Connections to the HTTP port at once. */
export const connectionsMax = 1_024;

/** Requests with transactions that wait for their outcomes at once. */
export const submissionsMax = 1_024;

/** Nonces of signed requests that are remembered: 120 s at 1,600 requests per second, 20 MiB. */
export const noncesMax = 200_000;

/**
 * Hex digits with which an id may begin to be looked for: with fewer, an answer would be a list of the first ids
 * rather than an answer.
 */
export const idDigitsMin = 4;

/** Transactions that are listed for the beginning of an id: more than that nobody tells apart by eye. */
export const idsListedMax = 20;

/** Characters of a query. */
export const sqlCharactersMax = 100_000;

/** Parameters of a query: what the wire protocol counts in 16 bits, halved. */
export const queryParametersMax = 1_000;

/** Rows of an answer when the caller says nothing, and at most. */
export const queryRowsDefault = 1_000;
export const queryRowsMax = 10_000;

/** Bytes of the values of an answer: held in memory once as text and once as JSON. */
export const queryBytesMax: number = 8 * MIB;

/** Rows fetched at once: a fetch is checked against the byte limit before the next one. */
export const queryFetchRows = 200;

/** Milliseconds that a statement may run when the caller says nothing, and at most. */
export const queryMsDefault = 10_000;
export const queryMsMax = 30_000;

/** Queries at once; each holds a connection of Postgres, which executes blocks on the same machine. */
export const queriesMax = 4;

/** Queries of one identity at once: three quarters, so that one cannot keep all connections busy. */
export const queriesPerIdentityMax: number = (queriesMax / 4) * 3;

/** Queries that wait for a connection; beyond it the answer is `overloaded`. */
export const queriesWaitingMax = 64;

/** Queries of one identity that wait: three quarters, so that one cannot fill the queue. */
export const queriesWaitingPerIdentityMax: number = (queriesWaitingMax / 4) * 3;

/** Skips that are judged at once: verifying the statements of 1,000 members takes 0.1 s. */
export const skipsWaitingMax = 2;
