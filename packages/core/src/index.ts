export {
  type AggregateDefinition,
  type CommandSchemas,
  type Decide,
  defineAggregate,
  type EventOf,
  type EventSchemas,
  type Evolve,
  type NewEventOf,
  type StateOf,
} from './aggregate.ts'
export { type AggregateRoot, type AggregateRootClass, aggregateRoot } from './aggregate-root.ts'
export type { AuditReport } from './audit.ts'
export type { CheckOptions, CheckReport, CheckSelection, DocumentDifference } from './check-documents.ts'
export type { Clock, IdSource } from './clock.ts'
export { type Codec, jsonCodec } from './codec.ts'
export type { CommandContext } from './command-context.ts'
export type { DryRunReport, RebuildDifference } from './compare-documents.ts'
export type { TableDifference } from './compare-tables.ts'
export { Consumer } from './consumer.ts'
export type {
  ConsumerOptions,
  ConsumerProgress,
  ConsumerStart,
  ConsumerStateChange,
  FailurePolicy,
  FailureReport,
  RetryOptions,
} from './consumer-options.ts'
export type {
  ConsumerLag,
  ConsumerState,
  ConsumerStatus,
  FailureInfo,
  ParkedEvent,
  PartitionStatus,
} from './consumer-status.ts'
export type { WaitOptions } from './consumer-waiters.ts'
export {
  type DocumentHandlers,
  type DocumentOf,
  type DocumentProjection,
  defineProjection,
} from './define-projection.ts'
export {
  defineReactor,
  type ReactorContext,
  type ReactorDefinition,
  type ReactorHandlers,
} from './define-reactor.ts'
export {
  defineTableProjection,
  type TableHandlers,
  type TableNames,
  type TableProjection,
} from './define-table-projection.ts'
export type { DocumentPage, FindOptions, KeyedDocument, Where } from './document-query.ts'
export { DocumentReadModel } from './document-read-model.ts'
export type { DocumentReader, ReadModelOf } from './document-reader.ts'
export {
  ConcurrencyError,
  ConsumerFailedError,
  ConsumerRemovedError,
  DocumentConflictError,
  DomainError,
  EventfoldError,
  EventIdConflictError,
  HandlerTimeoutError,
  HistoryDivergedError,
  type InvalidInputCode,
  InvalidInputError,
  isEventfoldError,
  LockTimeoutError,
  MissingResultError,
  ProjectionSupersededError,
  RebuildCancelledError,
  StorageFullError,
  StoreClosedError,
  StoreFailureError,
  type StoreSetupCode,
  StoreSetupError,
  StoreUnavailableError,
  StreamTooLongError,
  UnreadableEventError,
  UnsupportedError,
  VersionNotFoundError,
  WaitTimeoutError,
} from './errors.ts'
export { causedBy, type EventMetadata, type JsonValue, type NewEvent, type RecordedEvent } from './event.ts'
export type { EventFrom, EventSource } from './event-sources.ts'
export { EventStore } from './event-store.ts'
export type {
  AppendOptions,
  AppendResult,
  EventStoreOptions,
  ReadLogOptions,
  ReadStreamOptions,
  RecordedPage,
  StreamAppend,
} from './event-store-options.ts'
export { type ExecuteOptions, executeAll } from './execute-all.ts'
export type { ExpectedVersion } from './expected-version.ts'
export type { FieldCondition, FieldScalar } from './field-text.ts'
export { type FoldableEvent, fold } from './fold.ts'
export { LiveReadModel } from './live-read-model.ts'
export type { Executed, Loaded } from './loaded.ts'
export type { ParkedSelection } from './parked-requests.ts'
export type { PlannedCommand } from './planned-command.ts'
export type { BatchContext, Delivery, HandlerContext, Processor } from './processor.ts'
export { type ReactOptions, react } from './react.ts'
export { readModel } from './read-model.ts'
export type { ReadModelMode, ReadModelOptions } from './read-model-options.ts'
export type { DryRunOptions, RebuildOptions } from './rebuild.ts'
export type { RebuildProgress } from './rebuild-progress.ts'
export {
  type InputArguments,
  type LoadOptions,
  type PastEvent,
  Repository,
  type RepositoryOf,
  type RepositoryOptions,
  repository,
} from './repository.ts'
export { type RootClass, RootRepository, rootRepository } from './root-repository.ts'
export {
  type SchemaInput,
  type SchemaIssue,
  type SchemaOutput,
  type SchemaResult,
  type StandardSchema,
  typeOf,
} from './standard-schema.ts'
export { type ReadModelStatus, type RebuildReport, StoredReadModel } from './stored-read-model.ts'
export { categoryOf, keyOf, streamId } from './stream-id.ts'
export { type SubscribeOptions, Subscription, type SubscriptionBatch } from './subscription.ts'
export { type TableDryRunOptions, TableReadModel } from './table-read-model.ts'
