// What adapter authors need, apart from what everybody needs. Imported as `@eventfold/core/adapter`.

export { evolveState, startState, validateEventData } from './aggregate/fold.ts'
export { consumerNames } from './consumer/consumer-names.ts'
export type { Finding, Inspection, Severity } from './doctor/finding.ts'

export { meetsExpectation } from './event/expected-version.ts'
export { deepFreeze } from './event/json.ts'
export type { EncodedEvent, FoldRow, StoredEvent } from './event/stored-event.ts'
export { validate } from './event/validate.ts'
export { type AnyDocumentProjection, DocumentFold, type EncodedDocument } from './projection/document-fold.ts'
export type { SagaRecord } from './saga/saga-record.ts'
export { type AnySagaDefinition, SagaRules } from './saga/saga-rules.ts'
export type { SagaAdvance } from './saga/saga-turn.ts'
export { AppendListeners } from './store/append-listeners.ts'
export type { Capabilities } from './store/capabilities.ts'
export type {
  DocumentAdapter,
  DocumentQuery,
  DocumentReference,
  DocumentWrite,
  FieldRange,
  FieldValue,
  FoundDocument,
  WriteOptions,
} from './store/document-adapter.ts'
export { GroupCommit, type GroupCommitOptions, type Settled } from './store/group-commit.ts'
export { judgeAppend, type StoredIdentity } from './store/judge-append.ts'
export { type ImportGround, judgeImport } from './store/judge-import.ts'
export type { MaintenanceAdapter, StreamMark } from './store/maintenance-adapter.ts'
export { matchesFilter } from './store/matches-filter.ts'
export type { SqlAdapter } from './store/sql-adapter.ts'
export type {
  AppendListener,
  LogFilter,
  LogPage,
  LogQuery,
  LogStretch,
  StoreAdapter,
  StreamInfo,
  StreamQuery,
  StreamReceipt,
  StreamWrite,
  TransactionOptions,
} from './store/store-adapter.ts'
export type { ListedDocument, TransferAdapter } from './store/transfer-adapter.ts'
export { untilAborted } from './store/until-aborted.ts'
