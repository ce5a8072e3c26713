/**
 * How large a contract may be. Every step of the checker takes time in proportion to these, so a
 * hostile proposal cannot hold a node's checker up.
 */

/**
 * Bytes of one text of the package, 128 KiB. A contract document is at most 200 KiB and travels as one
 * argument; a thousand lines of SQL are about 50 KiB.
 */
export const textBytesMax: number = 131_072;

/** Bytes of `contract.json`, 64 KiB: 500 functions with 100 bytes of permissions each. */
export const manifestBytesMax: number = 65_536;

/** Bytes of all texts together, as a contract document may hold them: 200 KiB. */
export const packageBytesMax: number = 204_800;

/** Migrations in a package: a contract that is upgraded twice a week for a year. */
export const migrationsMax: number = 100;

/**
 * Openings of block comments in one text. The scanner reads an unclosed one again from each opening:
 * 1,000 openings in 128 KiB take 5 ms, 16,000 take seconds.
 */
export const commentOpeningsMax: number = 1_000;

/**
 * Sum of the squared lengths of runs of operator characters. The scanner shortens such a run from its
 * end one character at a time: 10⁷ take 60 ms. A ruler of 80 equal signs in a comment counts 6,400.
 */
export const operatorRunCostMax: number = 10_000_000;

/**
 * Tokens of one statement or embedded expression. The parser recurses over chains such as `1 + 1 + …`
 * and runs out of its stack at about 10,000.
 */
export const statementTokensMax: number = 4_000;

/** Statements of one text: 500 functions with comments on them, or 500 tables with two indexes each. */
export const statementsMax: number = 2_000;

/** Depth of a parse tree. What people write stays below 60. */
export const treeDepthMax: number = 400;

/** Bytes of one function's body, 32 KiB. */
export const bodyBytesMax: number = 32_768;

/** Depth of blocks, loops and conditions in one another. */
export const statementDepthMax: number = 50;

/** Rows that a constant bound of `generate_series`, or characters that `repeat` and the like, may name. */
export const constantBoundMax: number = 10_000;

/** Findings after which a check stops looking: a person corrects the first ones first. */
export const findingsMax: number = 500;
