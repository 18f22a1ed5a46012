import type { IdempotencyConflictError, InvalidResultError } from './command/command-errors.ts'
import type {
  ConsumerFailedError,
  ConsumerRemovedError,
  HandlerTimeoutError,
  HistoryDivergedError,
  WaitTimeoutError,
} from './consumer/consumer-errors.ts'
import type { ExpectedVersion } from './event/expected-version.ts'
import type { SchemaIssue } from './event/standard-schema.ts'
import type {
  ConsumersBehindError,
  HistoryRemovedError,
  StreamArchivedError,
} from './maintenance/maintenance-errors.ts'
import type { SubjectForgottenError } from './privacy/privacy-errors.ts'
import type {
  MissingResultError,
  ProjectionSupersededError,
  RebuildCancelledError,
} from './projection/projection-errors.ts'
import type { SagaInstanceCode, SagaInstanceError, SagaUnfinishedError } from './saga/saga-errors.ts'
import type {
  ExportDisturbedError,
  ImportConflictError,
  ImportFileCode,
  ImportFileError,
} from './transfer/transfer-errors.ts'

/** Marks errors of every copy of this package, so that a second copy in node_modules does not break the guard. */
const brand: unique symbol = Symbol.for('eventfold.error') as never

/** Marks what a business rule has said, likewise. */
export const refusal: unique symbol = Symbol.for('eventfold.refusal') as never

/** What all errors of Eventfold have in common. */
export class EventfoldError<Code extends string = string> extends Error {
  /** Stable: part of the public interface, unlike the message. */
  readonly code: Code
  /** Whether the same call may succeed later without a change by the caller. */
  readonly retryable: boolean

  constructor(code: Code, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = new.target.name
    this.code = code
    this.retryable = options.retryable ?? false
    Object.defineProperty(this, brand, { value: true })
  }
}

/** A business rule says no. Thrown by your `decide`, with a code of your own; never retried. */
export class DomainError extends EventfoldError {
  constructor(code: string, message: string = code, options: { cause?: unknown } = {}) {
    super(code, message, options)
    Object.defineProperty(this, refusal, { value: true })
  }
}

/** The stream is not at the version that the appender believed. Load it again and decide again. */
export class ConcurrencyError extends EventfoldError<'concurrency'> {
  readonly stream: string
  readonly expected: ExpectedVersion
  /** The version the stream really has; 0 where there is no such stream. */
  readonly actual: number

  constructor(stream: string, expected: ExpectedVersion, actual: number) {
    const found = actual === 0 ? 'it does not exist' : `it is at version ${actual}`
    const wanted = typeof expected === 'number' ? `version ${expected}` : `'${expected}'`
    super(
      'concurrency',
      `Stream ${stream} was expected to be at ${wanted}, but ${found}. Load it and decide again.`,
      { retryable: true },
    )
    this.stream = stream
    this.expected = expected
    this.actual = actual
  }
}

/** The stream was closed: nobody appends to it, whatever is expected. Nothing was stored. */
export class StreamClosedError extends EventfoldError<'stream-closed'> {
  readonly stream: string
  /** The version that it ends at. */
  readonly version: number

  constructor(stream: string, version: number) {
    super(
      'stream-closed',
      `Stream ${stream} is closed at version ${version}. Append to another stream, or open it again with reopenStream.`,
    )
    this.stream = stream
    this.version = version
  }
}

/** An event id is in use already, for something else than this append. Nothing was stored. */
export class EventIdConflictError extends EventfoldError<'event-id-conflict'> {
  readonly eventId: string
  /** The stream that holds the id. */
  readonly stream: string

  constructor(eventId: string, stream: string, reason: string) {
    super(
      'event-id-conflict',
      `Event id ${eventId} is stored already in stream ${stream}, ${reason}. ` +
        'Repeat an append with exactly the same events, or give new events new ids.',
    )
    this.eventId = eventId
    this.stream = stream
  }
}

export type InvalidInputCode =
  | 'invalid-stream-id'
  | 'invalid-event'
  | 'invalid-event-id'
  | 'invalid-event-type'
  | 'invalid-message'
  | 'invalid-metadata'
  | 'invalid-tag'
  | 'invalid-schema-version'
  | 'invalid-expected-version'
  | 'invalid-command'
  | 'invalid-definition'
  | 'invalid-document'
  | 'invalid-option'
  | 'invalid-query'
  | 'invalid-transaction'
  | 'not-json'
  | 'empty-append'
  | 'too-many-events'
  | 'event-too-large'

/** The call itself is wrong. Nothing was stored. */
export class InvalidInputError extends EventfoldError<InvalidInputCode> {
  /** JSON pointer (RFC 6901) to the offending value, from the input that was given. */
  readonly pointer: string | undefined
  /** What the schema found, where a schema refused. */
  readonly issues: readonly SchemaIssue[] | undefined

  constructor(
    code: InvalidInputCode,
    message: string,
    details: { pointer?: string; issues?: readonly SchemaIssue[]; cause?: unknown } = {},
  ) {
    super(code, message, 'cause' in details ? { cause: details.cause } : {})
    this.pointer = details.pointer
    this.issues = details.issues
  }
}

/** A stored event that this program cannot read: unknown type, broken text, or refused by its schema. */
export class UnreadableEventError extends EventfoldError<'unreadable-event'> {
  readonly stream: string
  readonly version: number
  readonly type: string

  constructor(
    event: { readonly stream: string; readonly version: number; readonly type: string },
    reason: string,
    options: { cause?: unknown } = {},
  ) {
    super(
      'unreadable-event',
      `Event ${event.type} at version ${event.version} of stream ${event.stream} cannot be read: ${reason}.`,
      options,
    )
    this.stream = event.stream
    this.version = event.version
    this.type = event.type
  }
}

/** The stream does not reach the version that was asked for. */
export class VersionNotFoundError extends EventfoldError<'version-not-found'> {
  readonly stream: string
  readonly version: number
  readonly actual: number

  constructor(stream: string, version: number, actual: number) {
    super(
      'version-not-found',
      `Stream ${stream} has no version ${version}: it ends at ${actual}. Ask for a version up to that.`,
    )
    this.stream = stream
    this.version = version
    this.actual = actual
  }
}

/** More events than one array should hold. Nothing is cut off silently. */
export class StreamTooLongError extends EventfoldError<'stream-too-long'> {
  readonly stream: string
  readonly maxEvents: number

  constructor(stream: string, maxEvents: number) {
    super(
      'stream-too-long',
      `Stream ${stream} has more than ${maxEvents} events to read. Pass a limit, or use readStreamInBatches.`,
    )
    this.stream = stream
    this.maxEvents = maxEvents
  }
}

/** The store was closed before or during the call. */
export class StoreClosedError extends EventfoldError<'store-closed'> {
  constructor() {
    super('store-closed', 'The store is closed. Open a new one, and close it only when all work has ended.')
  }
}

/** The storage could not be reached, or the connection broke. */
export class StoreUnavailableError extends EventfoldError<'store-unavailable'> {
  /** `'not-stored'`: certainly nothing happened. `'unknown'`: it may have been stored; retry with the same ids. */
  readonly outcome: 'not-stored' | 'unknown'

  constructor(outcome: 'not-stored' | 'unknown', reason: string, options: { cause?: unknown } = {}) {
    const advice =
      outcome === 'unknown'
        ? 'It may have been stored: repeat it with the same event ids, which stores one copy.'
        : 'Nothing was stored: repeat it.'
    super('store-unavailable', `The store could not be reached (${reason}). ${advice}`, {
      ...options,
      retryable: true,
    })
    this.outcome = outcome
  }
}

/** Somebody else held a lock for longer than the configured time. Nothing was stored. */
export class LockTimeoutError extends EventfoldError<'lock-timeout'> {
  constructor(waitedMilliseconds: number, options: { cause?: unknown } = {}) {
    super(
      'lock-timeout',
      `A lock was not free within ${waitedMilliseconds} ms. Nothing was stored. ` +
        'Look for a transaction that stays open (an append inside one needs it as its option `transaction`), ' +
        'or raise the lock time-out.',
      { ...options, retryable: true },
    )
  }
}

/** The storage takes no more: the disk is full, or it is read-only. Nothing of the append was stored. */
export class StorageFullError extends EventfoldError<'storage-full'> {
  constructor(reason: string, options: { cause?: unknown } = {}) {
    super(
      'storage-full',
      `The storage takes no more (${reason}). Nothing was stored. ` +
        'Free some space, or make it writable, and repeat.',
      { ...options, retryable: true },
    )
  }
}

/** A document is not as the writer believed: somebody else was faster. Nothing of the call was stored. */
export class DocumentConflictError extends EventfoldError<'document-conflict'> {
  readonly collection: string
  readonly key: string

  constructor(collection: string, key: string) {
    super(
      'document-conflict',
      `Document ${key} of ${collection} was changed by somebody else. Read it again, and decide again.`,
      { retryable: true },
    )
    this.collection = collection
    this.key = key
  }
}

/** The store cannot do this. The message names what can. */
export class UnsupportedError extends EventfoldError<'unsupported'> {
  constructor(message: string) {
    super('unsupported', message)
  }
}

export type StoreSetupCode =
  | 'invalid-schema-name'
  | 'schema-missing'
  | 'schema-outdated'
  | 'schema-too-new'
  | 'schema-damaged'
  | 'unsupported-database'

/** The database is not as this version of the adapter needs it. The message names the remedy. */
export class StoreSetupError extends EventfoldError<StoreSetupCode> {}

/** The database answered something that no other class covers; the driver's error is the cause. */
export class StoreFailureError extends EventfoldError<'store-failure'> {
  constructor(reason: string, options: { cause?: unknown } = {}) {
    super('store-failure', `The store refused the call (${reason}). Mend that before you repeat it.`, options)
  }
}

/** Which class carries which code. `docs/reference/errors.md` explains each. */
export interface ErrorByCode {
  readonly concurrency: ConcurrencyError
  readonly 'stream-closed': StreamClosedError
  readonly 'stream-archived': StreamArchivedError
  readonly 'history-removed': HistoryRemovedError
  readonly 'consumers-behind': ConsumersBehindError
  readonly 'event-id-conflict': EventIdConflictError
  readonly 'unreadable-event': UnreadableEventError
  readonly 'subject-forgotten': SubjectForgottenError
  readonly 'version-not-found': VersionNotFoundError
  readonly 'stream-too-long': StreamTooLongError
  readonly 'store-closed': StoreClosedError
  readonly 'store-unavailable': StoreUnavailableError
  readonly 'lock-timeout': LockTimeoutError
  readonly 'storage-full': StorageFullError
  readonly 'store-failure': StoreFailureError
  readonly 'document-conflict': DocumentConflictError
  readonly 'missing-result': MissingResultError
  readonly 'projection-superseded': ProjectionSupersededError
  readonly 'rebuild-cancelled': RebuildCancelledError
  readonly unsupported: UnsupportedError
  readonly 'consumer-removed': ConsumerRemovedError
  readonly 'history-diverged': HistoryDivergedError
  readonly 'handler-timeout': HandlerTimeoutError
  readonly 'wait-timeout': WaitTimeoutError
  readonly 'consumer-failed': ConsumerFailedError
  readonly 'idempotency-conflict': IdempotencyConflictError
  readonly 'invalid-result': InvalidResultError
  readonly 'saga-unfinished': SagaUnfinishedError
  readonly 'import-conflict': ImportConflictError
  readonly 'export-disturbed': ExportDisturbedError
}

/**
 * Whether `error` comes from Eventfold, and if `code` is given, has that code. Works across copies of this package.
 *
 * @example
 * if (isEventfoldError(error, 'concurrency')) console.log(error.actual)
 */
export function isEventfoldError<Code extends string>(
  error: unknown,
  code: Code,
): error is Code extends keyof ErrorByCode
  ? ErrorByCode[Code]
  : Code extends InvalidInputCode
    ? InvalidInputError
    : Code extends StoreSetupCode
      ? StoreSetupError
      : Code extends SagaInstanceCode
        ? SagaInstanceError
        : Code extends ImportFileCode
          ? ImportFileError
          : EventfoldError<Code>
export function isEventfoldError(error: unknown): error is EventfoldError
export function isEventfoldError(error: unknown, code?: string): boolean {
  return (
    error instanceof Error &&
    brand in error &&
    (code === undefined || (error as { readonly code?: unknown }).code === code)
  )
}
