/**
 * The test kit for contracts: throwaway servers, contract tests in TypeScript and SQL, each run twice
 * under different conditions.
 */

export { startThrowawayServer, type ThrowawayOptions, type ThrowawayServer } from './throwaway-server.ts';
