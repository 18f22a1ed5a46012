// What adapter authors need, apart from what everybody needs. Imported as `@eventfold/core/adapter`.
export type { Capabilities } from './capabilities.ts'
export type {
  DocumentAdapter,
  DocumentQuery,
  DocumentReference,
  DocumentWrite,
  FieldRange,
  FieldValue,
  FoundDocument,
} from './document-adapter.ts'
export { type AnyDocumentProjection, DocumentFold, type EncodedDocument } from './document-fold.ts'
export { meetsExpectation } from './expected-version.ts'
export { evolveState, startState, validateEventData } from './fold.ts'
export { GroupCommit, type GroupCommitOptions, type Settled } from './group-commit.ts'
export { deepFreeze } from './json.ts'
export { judgeAppend, type StoredIdentity } from './judge-append.ts'
export type { SqlAdapter } from './sql-adapter.ts'
export type {
  LogFilter,
  LogPage,
  LogQuery,
  StoreAdapter,
  StreamInfo,
  StreamQuery,
  StreamReceipt,
  StreamWrite,
  TransactionOptions,
} from './store-adapter.ts'
export type { EncodedEvent, FoldRow, StoredEvent } from './stored-event.ts'
export { untilAborted } from './until-aborted.ts'
export { validate } from './validate.ts'
