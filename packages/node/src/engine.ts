/**
 * The engine without the node around it: a Postgres, a genesis in it, and blocks that are executed.
 * For tools and benchmarks that drive execution themselves; applications use the front door.
 */

export { isPermitted } from './admission/catalogue-table.ts';
export type { Catalogue } from './chain/catalogue.ts';
export { RowBuffer } from './chain/row-buffer.ts';
export type { BlockOutcome, SealedBlock } from './chain/sealed-block.ts';
export { type RowParts, transactionRowLength, writeTransactionRow } from './chain/transaction-row.ts';
export { Executor } from './execution/executor.ts';
export { installGenesis } from './execution/install-genesis.ts';
export { defaultCacheDirectory, provideBinaries } from './postgres/binaries.ts';
export { type ConnectionOptions, connect } from './postgres/connection.ts';
export { type PostgresServer, startEmbedded } from './postgres/embedded.ts';
export { isAlive, isServerOf, readPostmaster } from './postgres/postmaster.ts';
export { serverAccount } from './postgres/server-account.ts';
export { prepareDatabase, setUpScript } from './postgres/set-up.ts';
