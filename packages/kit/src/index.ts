/**
 * The test kit for contracts: throwaway servers, contract tests in TypeScript and SQL, each run twice
 * under different conditions.
 */

export {
  contractNetwork,
  contractTest,
  type TestArguments,
  type TestBody,
  type TestCaller,
  type TestContext,
  type UpgradeContext,
  upgradeTest,
} from './contract-test.ts';
export type { BranchCoverage, CodeCoverage, CoverageReport, FunctionCoverage } from './coverage.ts';
export type { NetworkDescription, TestMember } from './network-description.ts';
export {
  type ContractTestOptions,
  runContractTests,
  type TestFailure,
  type TestReport,
  type TestResult,
} from './run-contract-tests.ts';
export type { TestRow } from './test-database.ts';
export { Rejected, TestError, type TestPlace } from './test-error.ts';
export { startThrowawayServer, type ThrowawayOptions, type ThrowawayServer } from './throwaway-server.ts';
