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
export type { Clock, IdSource } from './clock.ts'
export { type Codec, jsonCodec } from './codec.ts'
export type { CommandContext } from './command-context.ts'
export {
  ConcurrencyError,
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
  StreamTooLongError,
  UnreadableEventError,
  VersionNotFoundError,
} from './errors.ts'
export { causedBy, type EventMetadata, type JsonValue, type NewEvent, type RecordedEvent } from './event.ts'
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
export { type FoldableEvent, fold } from './fold.ts'
export type { Executed, Loaded } from './loaded.ts'
export type { PlannedCommand } from './planned-command.ts'
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
export { categoryOf, keyOf, streamId } from './stream-id.ts'
