/** The Bucordo node: start one, read its configuration, make its key and certificates. */

export { faultCodes } from './codes.ts';
export type { Endpoint, LogLevel, NodeConfig, PeerConfig, PostgresConfig, TlsConfig } from './config.ts';
export { addressText, DEFAULT_PORTS, parseConfig, readConfig } from './config.ts';
export { newestRules, PROGRAM_VERSION, RELEASE, rulesHash } from './execution/release.ts';
export type { FaultFacts } from './fault.ts';
export { Fault } from './fault.ts';
export type { CertificateRequest, CertifiedKey } from './identity/certificates.ts';
export {
  AUTHORITY_DAYS,
  CERTIFICATE_DAYS_MAX,
  createAuthority,
  daysLeft,
  issueCertificate,
  RENEW_BEFORE_DAYS,
} from './identity/certificates.ts';
export { createNodeKey, readNodeKey } from './identity/node-key.ts';
export type { NodeKey } from './identity/ports.ts';
export { readSecretFile, writeSecretFile } from './identity/secret-file.ts';
export type { NodeAddresses, NodeStatus, RunningNode, StartOverrides } from './main.ts';
export { startNode } from './main.ts';
export type { Log, LogFacts } from './observe/ports.ts';
export { type CopiedFile, copyDatabase, type DatabaseCopy, restoreDatabase } from './postgres/backup.ts';
export { setUpScript } from './postgres/set-up.ts';
