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
} from './aggregate/aggregate.ts'
export { type AggregateRoot, type AggregateRootClass, aggregateRoot } from './aggregate/aggregate-root.ts'
export type { CommandContext } from './aggregate/command-context.ts'
export { type ExecuteOptions, executeAll } from './aggregate/execute-all.ts'
export { type FoldableEvent, fold } from './aggregate/fold.ts'
export type { LoadOptions, PastEvent } from './aggregate/load-options.ts'
export type { Executed, Loaded } from './aggregate/loaded.ts'
export type { PlannedCommand } from './aggregate/planned-command.ts'
export {
  type InputArguments,
  Repository,
  type RepositoryOf,
  type RepositoryOptions,
  repository,
} from './aggregate/repository.ts'
export { type RootClass, RootRepository, rootRepository } from './aggregate/root-repository.ts'
export type { Command, CommandOf, CommandTarget } from './command/command.ts'
export { CommandBus, commandBus } from './command/command-bus.ts'
export type { CommandBusOptions, CommandMiddleware, SentCommand } from './command/command-bus-options.ts'
export { IdempotencyConflictError, InvalidResultError } from './command/command-errors.ts'
export type { CommandResult, CommandSender, SendOptions } from './command/command-sender.ts'
export type { CommandEvent, CommandValue, CommandValues } from './command/command-values.ts'
export { defineService, type ServiceDefinition } from './command/define-service.ts'
export { isRefusal } from './command/is-refusal.ts'
export { type Service, type ServiceContext, type ServiceHandlers, service } from './command/service.ts'
export { Consumer } from './consumer/consumer.ts'
export {
  ConsumerFailedError,
  ConsumerRemovedError,
  HandlerTimeoutError,
  HistoryDivergedError,
  WaitTimeoutError,
} from './consumer/consumer-errors.ts'
export type {
  ConsumerOptions,
  ConsumerProgress,
  ConsumerStart,
  ConsumerStateChange,
  FailurePolicy,
  FailureReport,
  RetryOptions,
} from './consumer/consumer-options.ts'
export type {
  ConsumerLag,
  ConsumerState,
  ConsumerStatus,
  FailureInfo,
  ParkedEvent,
  PartitionStatus,
} from './consumer/consumer-status.ts'
export type { WaitOptions } from './consumer/consumer-waiters.ts'
export {
  defineReactor,
  type ReactorContext,
  type ReactorDefinition,
  type ReactorHandlers,
} from './consumer/define-reactor.ts'
export type { ParkedSelection } from './consumer/parked-requests.ts'
export type { BatchContext, Delivery, HandlerContext, Processor } from './consumer/processor.ts'
export { type ReactOptions, react } from './consumer/react.ts'
export { type DoctorOptions, doctor } from './doctor/doctor.ts'
export type { Finding, Severity } from './doctor/finding.ts'
export {
  ConcurrencyError,
  DocumentConflictError,
  DomainError,
  EventfoldError,
  EventIdConflictError,
  type InvalidInputCode,
  InvalidInputError,
  isEventfoldError,
  LockTimeoutError,
  StorageFullError,
  StoreClosedError,
  StoreFailureError,
  type StoreSetupCode,
  StoreSetupError,
  StoreUnavailableError,
  StreamClosedError,
  StreamTooLongError,
  UnreadableEventError,
  UnsupportedError,
  VersionNotFoundError,
} from './errors.ts'
export type { Clock, IdSource } from './event/clock.ts'
export { type Codec, jsonCodec } from './event/codec.ts'
export {
  type DroppedEvent,
  defineUpcasters,
  type RenamedEvent,
  type SplitEvent,
  type UpcastContext,
  type UpcastData,
  type UpcastEvent,
  type UpcasterOptions,
  type Upcasters,
  type UpcastFailure,
  type UpcastStep,
  type UpcastSteps,
} from './event/define-upcasters.ts'
export {
  causedBy,
  type EventMetadata,
  type JsonValue,
  type NewEvent,
  type RecordedEvent,
} from './event/event.ts'
export type { EventFrom, EventSource } from './event/event-sources.ts'
export type { ExpectedVersion } from './event/expected-version.ts'
export {
  type SchemaInput,
  type SchemaIssue,
  type SchemaOutput,
  type SchemaResult,
  type StandardSchema,
  typeOf,
} from './event/standard-schema.ts'
export { categoryOf, keyOf, streamId } from './event/stream-id.ts'
export {
  type ArchivedStream,
  type ArchiveStreamOptions,
  archiveStream,
} from './maintenance/archive-stream.ts'
export { type CloseStreamOptions, closeStream } from './maintenance/close-stream.ts'
export {
  ConsumersBehindError,
  HistoryRemovedError,
  StreamArchivedError,
} from './maintenance/maintenance-errors.ts'
export { reopenStream } from './maintenance/reopen-stream.ts'
export { type SummariseStreamOptions, summariseStream } from './maintenance/summarise-stream.ts'
export type { Tombstone } from './maintenance/tombstone.ts'
export {
  type RemovalOptions,
  type TruncatedStream,
  type TruncateStreamOptions,
  truncateStream,
} from './maintenance/truncate-stream.ts'
export type { Notarised } from './notary/log-records.ts'
export { type NotariseLogOptions, notariseLog } from './notary/notarise-log.ts'
export type { NotaryKey } from './notary/seal.ts'
export {
  type LogBreak,
  type LogRemoval,
  type LogReport,
  type VerifyLogOptions,
  verifyLog,
} from './notary/verify-log.ts'
export { CommandQueue, type CommandQueueOptions, commandQueue } from './outbox/command-queue.ts'
export {
  defineOutbox,
  type Message,
  type MessageOf,
  type NewMessageOf,
  type OutboxDefinition,
} from './outbox/define-outbox.ts'
export type { DeliveryOptions, PutOptions } from './outbox/delivery-options.ts'
export { Outbox, type OutboxOptions, outbox } from './outbox/outbox.ts'
export type { Publish } from './outbox/publish.ts'
export { type EventMessage, type PublishEventsOptions, publishEvents } from './outbox/publish-events.ts'
export { documentKeys } from './privacy/document-keys.ts'
export type { TextFinding } from './privacy/find-texts.ts'
export {
  type ForgetOptions,
  type ForgetProgress,
  type ForgetReport,
  forgetSubject,
  type RebuiltReadModel,
} from './privacy/forget-subject.ts'
export type { KeyStore, SubjectKeys } from './privacy/key-store.ts'
export { memoryKeys } from './privacy/memory-keys.ts'
export type { PersonalData, PersonalFields, PersonalSource } from './privacy/personal-data.ts'
export { type PersonalEvent, personalEvents } from './privacy/personal-events.ts'
export { SubjectForgottenError } from './privacy/privacy-errors.ts'
export type { PrivacyOptions } from './privacy/privacy-options.ts'
export { rotateKey } from './privacy/rotate-key.ts'
export type { AuditReport } from './projection/audit.ts'
export type {
  CheckOptions,
  CheckReport,
  CheckSelection,
  DocumentDifference,
} from './projection/check-documents.ts'
export type { DryRunReport, RebuildDifference } from './projection/compare-documents.ts'
export type { TableDifference } from './projection/compare-tables.ts'
export {
  type DocumentHandlers,
  type DocumentOf,
  type DocumentProjection,
  defineProjection,
} from './projection/define-projection.ts'
export {
  defineTableProjection,
  type TableHandlers,
  type TableNames,
  type TableProjection,
} from './projection/define-table-projection.ts'
export type { DocumentPage, FindOptions, KeyedDocument, Where } from './projection/document-query.ts'
export { DocumentReadModel } from './projection/document-read-model.ts'
export type { DocumentReader, ReadModelOf } from './projection/document-reader.ts'
export type { FieldCondition, FieldScalar } from './projection/field-text.ts'
export { LiveReadModel } from './projection/live-read-model.ts'
export {
  MissingResultError,
  ProjectionSupersededError,
  RebuildCancelledError,
} from './projection/projection-errors.ts'
export { readModel } from './projection/read-model.ts'
export type { ReadModelMode, ReadModelOptions } from './projection/read-model-options.ts'
export type { DryRunOptions, RebuildOptions } from './projection/rebuild.ts'
export type { RebuildProgress } from './projection/rebuild-progress.ts'
export { type ReadModelStatus, type RebuildReport, StoredReadModel } from './projection/stored-read-model.ts'
export { type TableDryRunOptions, TableReadModel } from './projection/table-read-model.ts'
export { type AskOptions, type Query, QueryBus, query, queryBus } from './query/query-bus.ts'
export { defineSaga, type SagaDefinition } from './saga/define-saga.ts'
export { defineStepSaga } from './saga/define-step-saga.ts'
export { Saga, type SagaStatusReport, saga } from './saga/saga.ts'
export type {
  CommandFailure,
  CommandRetry,
  DoneCommand,
  RefusedCommand,
  SagaCommand,
  SagaContext,
  SagaEffects,
  TimerDue,
} from './saga/saga-effects.ts'
export type { SagaEntries } from './saga/saga-entries.ts'
export { SagaInstanceError, SagaUnfinishedError } from './saga/saga-errors.ts'
export type { SagaInstance, WaitingFor } from './saga/saga-instance.ts'
export type { SagaOptions } from './saga/saga-options.ts'
export type { SagaStatus } from './saga/saga-record.ts'
export type { SagaStep } from './saga/saga-step.ts'
export type { StepOutcome, StepSagaState } from './saga/step-saga-state.ts'
export type { SnapshotMoment, SnapshotOptions, SnapshotProblem } from './snapshot/snapshot-options.ts'
export type { IgnoredSnapshot, SnapshotDifference, SnapshotReport } from './snapshot/snapshot-report.ts'
export { Snapshots } from './snapshot/snapshots.ts'
export { EventStore } from './store/event-store.ts'
export type {
  AppendOptions,
  AppendResult,
  EventStoreOptions,
  ReadLogOptions,
  ReadStreamOptions,
  RecordedPage,
  StreamAppend,
} from './store/event-store-options.ts'
export { type SubscribeOptions, Subscription, type SubscriptionBatch } from './subscription/subscription.ts'
export { type ExportOptions, type ExportProgress, exportLog } from './transfer/export-log.ts'
export {
  type ImportOptions,
  type ImportProgress,
  type ImportReport,
  importLog,
} from './transfer/import-log.ts'
export {
  ExportDisturbedError,
  ImportConflictError,
  type ImportFileCode,
  ImportFileError,
} from './transfer/transfer-errors.ts'
