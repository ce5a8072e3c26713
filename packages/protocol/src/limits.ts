/**
 * Every limit of the protocol, with the sum that led to it. They are the same on every node:
 * a transaction that one node takes, all take.
 */

/** Calls in a transaction. One signature over 100 calls already divides the dearest step by 100; 1,000 rows of 500 bytes fill {@link transactionBytesMax}. */
export const callsMax: number = 1000;

/** Keys that one transaction may enrol: the first identities of a new member. Judging one takes 0.1 ms natively: 2 ms in all, as 20 signatures. */
export const enrolledKeysMax: number = 20;

/** Bytes of the arguments of one call: half a transaction, so that two calls can always carry the largest. */
export const argsBytesMax: number = 262_144;

/** Bytes of a transaction's payload: half an envelope, a quarter of a block, so that one large transaction cannot fill either. */
export const transactionBytesMax: number = 524_288;

/** Transactions in a block. A block costs about 400 µs + 21 µs per transaction, so at 1,000 the fixed part is below 2 %. */
export const blockTransactionsMax: number = 1000;

/** Bytes of the signed transactions of a block, 2 MiB: 1,000 transactions of 2 KiB, about 20 ms on a 1 Gbit/s line. */
export const blockBytesMax: number = 2_097_152;

/** Transactions in an envelope: two envelopes of two nodes fill a block. */
export const envelopeTransactionsMax: number = 500;

/** Bytes of an envelope, 1 MiB: what ordering engines take as one message by default (etcd 1.5 MiB, CometBFT 1 MiB). */
export const envelopeBytesMax: number = 1_048_576;

/** Transactions in one submit request: as many as a block takes. */
export const submitTransactionsMax: number = 1000;

/** Bytes of one submit request: a full block and its framing. */
export const submitBytesMax: number = blockBytesMax + 65_536;

/** Outcomes or refusals in one reply: 64 full blocks; about 2 MiB of short ones. */
export const replyOutcomesMax: number = 65_536;

/** Bytes of an encoded block: its transactions, 8 bytes of framing each, header, evidence and signature. */
export const blockMessageBytesMax: number = blockBytesMax + blockTransactionsMax * 8 + 65_536 + 256;

/** Bytes of a testimony between nodes: a checkpoint of up to 201 bytes or a second header, a header of 150, two signatures, framing. */
export const testimonyBytesMax: number = 1_024;

/** Bytes of evidence in a block: 150 validators' signatures of 64 bytes with their keys and times, about 20 KiB, three times. */
export const evidenceBytesMax: number = 65_536;

/** Nesting of the arguments; the object itself is depth 1. Postgres refuses deeper documents only by `max_stack_depth`, which differs between nodes. */
export const argsDepthMax: number = 64;

/** Digits of a number in the arguments. The widest decimal in business, numeric(38,s), has 38. */
export const numberDigitsMax: number = 40;

/** Exponent of a number in the arguments, either sign: `1e131071` is 8 bytes here and 131,072 in Postgres. */
export const numberExponentMax: number = 30;

/** Bytes of a name: Postgres cuts identifiers behind 63. */
export const nameBytesMax: number = 63;

/** Bytes of a contract's name: the role `bucordo_c_<contract>` has 10 more, the schema `<contract>_history` 8. */
export const contractNameBytesMax: number = nameBytesMax - 10;

/** Roles of an identity, or roles and classes that a function asks for; checked per call by a linear search. */
export const rolesMax: number = 32;

/** Blocks that a transaction may stay valid. At 1,000 transactions a block the ids of the window are 3.2 GB in the database's index and never in memory; at 10 blocks a second it is almost three hours. */
export const validUntilWindow: number = 100_000;

/** Rows that a transaction may write: 10 a call at {@link callsMax}; about 0.3 s of one block at 33 µs a row. */
export const rowsWrittenMax: number = 10_000;

/**
 * Bytes that a transaction may write, 8 MiB: of its rows as they stand in the history, 100 and more for each
 * beside its values, and of its result. Sixteen times what a transaction carries; {@link rowsWrittenMax} rows of 700 bytes.
 */
export const writtenBytesMax: number = 8_388_608;

/**
 * Bytes that the transactions of a block may write together, 32 MiB: sixteen times what a block carries, four of the
 * largest transactions. They are stored twice, logged and hashed, at about 40 MiB a second.
 */
export const blockWrittenBytesMax: number = 33_554_432;

/** Bytes of a genesis document, 8 MiB: 20 contracts of 200 KB and 10,000 identities of 200 bytes. */
export const genesisBytesMax: number = 8_388_608;

/** Members in a genesis; far above what checkpoints by every member bear. */
export const membersMax: number = 1000;

/** Identities in a genesis over all members. */
export const identitiesMax: number = 10_000;

/** Contracts in a genesis. */
export const contractsMax: number = 100;

/** Functions of one contract. */
export const functionsMax: number = 1000;

/** Tables and views of one contract, and tables that one function scans. */
export const tablesMax: number = 1000;

/** Columns that a reader rule names: what a table of Postgres can have. */
export const columnsMax: number = 1600;

/** Rules of a contract that say who reads what: two for each of 500 tables. */
export const readersMax: number = 1000;

/** Versions from which one version of a contract can be reached directly. */
export const migrationsMax: number = 100;

/** Bytes of a contract document, 200 KiB: one text argument of a call ({@link argsBytesMax}) with room for escaped quotes and line ends. */
export const contractBytesMax: number = 204_800;

/** Largest budget of a transaction that a genesis may set. The register of the budget counts in 20 bits, up to 1,048,575. */
export const budgetMax: number = 1_000_000;

/** Largest value, in bytes, that a genesis may allow a contract to build: 1 MiB, the largest row. */
export const valueBytesMax: number = 1_048_576;

/** Parameters of a function: Postgres's own FUNC_MAX_ARGS. */
export const parametersMax: number = 100;

/** The last height: a position is height · 2^20 + index in a signed 64-bit integer. */
export const heightMax: number = 2 ** 43 - 1;

/**
 * Time of a block at height 0, milliseconds since the epoch; each height allows one more. The year 9700:
 * {@link heightMax} milliseconds later, 279 years, the year still has four digits, as every text of a time here.
 */
export const blockTimeMax: number = 243_935_280_000_000;

/** Milliseconds that an authenticated request may be older or younger than the node's clock. */
export const loginAgeMaxMs: number = 60_000;

/** Bytes of the message of a rejection: it is cut to 1,024 characters of at most 4 bytes. */
export const messageBytesMax: number = 4096;

/**
 * Bytes of the result of a transaction, 64 KiB: {@link callsMax} calls that each return a UUID and its
 * quotes take 39,001. A result is an answer, not a way to read: what is larger is asked for by a query.
 */
export const resultBytesMax: number = 65_536;

/** Statements in a skip: one for each of {@link membersMax} members. */
export const skipStatementsMax: number = 1000;

/** Bytes of a skip: {@link skipStatementsMax} statements of at most 340 bytes each, and its head. */
export const skipBytesMax: number = 341_000;
