// What adapter authors need, apart from what everybody needs. Imported as `@eventfold/core/adapter`.
export type { Capabilities } from './capabilities.ts'
export { meetsExpectation } from './expected-version.ts'
export { evolveState, startState, validateEventData } from './fold.ts'
export { GroupCommit, type GroupCommitOptions, type Settled } from './group-commit.ts'
export { judgeAppend, type StoredIdentity } from './judge-append.ts'
export type {
  LogFilter,
  LogPage,
  LogQuery,
  StoreAdapter,
  StreamInfo,
  StreamQuery,
  StreamReceipt,
  StreamWrite,
} from './store-adapter.ts'
export type { EncodedEvent, FoldRow, StoredEvent } from './stored-event.ts'
export { validate } from './validate.ts'
