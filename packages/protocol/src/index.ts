/**
 * The front door of `@bucordo/protocol`: everything that other packages may use.
 */

export {
  checkArguments,
  isParameterType,
  type Parameter,
  type ParameterType,
} from './arguments.ts';
export {
  BLOCK_HEADER_LENGTH,
  type Block,
  type BlockHeader,
  blockHash,
  decodeBlock,
  decodeBlockHeader,
  encodeBlock,
  encodeBlockHeader,
  isBlockTimePossible,
  type OrderingKind,
} from './block.ts';
export {
  type BlockHash,
  type Height,
  type MemberId,
  type NetworkId,
  type Plain,
  type PublicKey,
  parseHeight,
  parseMemberId,
  parseNetworkId,
  parsePublicKey,
  parseTransactionId,
  type StateHash,
  type TransactionId,
} from './brands.ts';
export {
  CHECKPOINT_CONTRACT,
  CHECKPOINT_FUNCTION,
  type Checkpoint,
  checkpointCall,
  checkpointHash,
  decodeCheckpoint,
  encodeCheckpoint,
  signCheckpoint,
  verifyCheckpoint,
} from './checkpoint.ts';
export { type CodeMeaning, isContractCode, isRefusalCode, type RefusalCode, refusalCodes } from './codes.ts';
export {
  type ContractDocument,
  type ContractPermission,
  completeContract,
  contractHash,
  decodeContractDocument,
  encodeContractDocument,
  type GenesisContract,
  type Migration,
  type PublishedView,
  type ReaderRule,
} from './contract-document.ts';
export {
  columnNameBytesMax,
  columnNameProblem,
  isObjectName,
  isReservedContractName,
  tableNameBytesMax,
  tableNameProblem,
} from './contract-names.ts';
export { checkReportHash, decisionHash } from './decision.ts';
export { DecodeError } from './decode-error.ts';
export { fromDidKey, toDidKey } from './did-key.ts';
export { admitKey, isWellFormedSignature, publicKeyOf, sign, verify } from './ed25519.ts';
export { effectHash, type RowEffect, rowEffectHash } from './effect.ts';
export {
  checkEnrolledKeys,
  type EnrollingCall,
  type EnrolmentRefusal,
  isEnrolling,
} from './enrolled-keys.ts';
export { decodeEnvelope, encodeEnvelope, envelopeElements } from './envelope.ts';
export { compactJson, type ExactJson, jsonElements, parseExactJson } from './exact-json.ts';
export {
  type ArgumentFlaw,
  type ArgumentsRange,
  explainArguments,
  explainRefusedArguments,
  notations,
} from './explain-arguments.ts';
export {
  type DecisionKind,
  decisionKinds,
  decodeGenesis,
  encodeGenesis,
  type Genesis,
  type GenesisIdentity,
  type GenesisMember,
  type GenesisOrdering,
  limitDefaults,
  type NetworkLimits,
  networkId,
  type Policy,
  type PostgresRange,
  policyDefault,
} from './genesis.ts';
export { concatBytes, domainPrefix, equalBytes, type Sha256, sha256, type Tag, taggedHash } from './hash.ts';
export { fromHex, toHex } from './hex.ts';
export { isStrictJson } from './json.ts';
export * from './limits.ts';
export {
  type Authorization,
  formatAuthorization,
  type LoginRequest,
  loginHash,
  parseAuthorization,
} from './login.ts';
export {
  type InclusionProof,
  merkleLeaf,
  merkleProof,
  merkleRoot,
  merkleRootOfData,
  verifyMerkleProof,
} from './merkle.ts';
export {
  type BlocksRequest,
  decodeBlocksRequest,
  decodeForwardReply,
  decodeSubmitReply,
  decodeSubmitRequest,
  encodeBlocksRequest,
  encodeForwardReply,
  encodeSubmitReply,
  encodeSubmitRequest,
  type ForwardRefusal,
  type ForwardReply,
  type Outcome,
  type SubmitReply,
  type SubmitRequest,
  type WaitLevel,
  waitLevel,
  waitLevels,
} from './messages.ts';
export { nearName } from './near-name.ts';
export { describeOutcomeDetail, noDetail, type OutcomeDetail } from './outcome-detail.ts';
export { decodeReceipt, encodeReceipt, type Receipt, receiptLeaf } from './receipt.ts';
export { changesRoot, encodeRowChange, type RowChange, rowChangeHash } from './row-change.ts';
export { isOfType, type ScalarType, scalarTypes } from './scalar.ts';
export {
  decodeSignedTransaction,
  encodeSignedTransaction,
  SIGNED_TRANSACTION_OVERHEAD,
  type SignedTransaction,
  SignedTransactionView,
  scanSignedTransaction,
  signedTransactionLength,
  signTransaction,
  transactionLeaf,
  verifyTransaction,
  writePayloadHead,
  writeSignature,
} from './signed-transaction.ts';
export {
  decodeSkip,
  encodeSkip,
  type PlainSkip,
  type Skip,
  type SkipStatement,
  signSkip,
  skipHash,
  verifySkip,
} from './skip.ts';
export { decodeStateHeader, encodeStateHeader, type StateHeader, stateHash } from './state-header.ts';
export {
  decodeTestimony,
  encodeTestimony,
  type SignedHeader,
  type Statement,
  type Testimony,
} from './testimony.ts';
export { fromUtf8, toUtf8, utf8Length } from './text.ts';
export {
  type Call,
  decodeTransaction,
  encodeArguments,
  encodeTransaction,
  type Transaction,
  type TransactionInput,
  transactionId,
} from './transaction.ts';
export {
  PAYLOAD_IDENTITY_AT,
  PAYLOAD_NETWORK_AT,
  scanTransaction,
  TransactionView,
} from './transaction-scan.ts';
