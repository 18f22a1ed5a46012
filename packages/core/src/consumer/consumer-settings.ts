import { checkCount } from '../check-count.ts'
import { InvalidInputError, isEventfoldError, UnsupportedError } from '../errors.ts'
import { checkName } from '../event/text-rules.ts'
import type { EventStore } from '../store/event-store.ts'
import { pageSize, parseLogFilter } from '../store/parse-query.ts'
import type { LogFilter } from '../store/store-adapter.ts'
import { ConsumerDocuments } from './consumer-documents.ts'
import type { ConsumerOptions, ConsumerStart, FailurePolicy, FailureReport } from './consumer-options.ts'
import type { Processor } from './processor.ts'
import { sliceCount } from './slices.ts'

/**
 * Events of a page for `handle`. Whatever is held when garbage is collected is copied, and V8 enlarges the space for
 * young objects by how much that was in all: with 1,000 events a process grows by tens of megabytes.
 */
const handledPageSize = 400

/** A consumer's options, checked and complete. */
export interface ConsumerSettings<Transaction> {
  readonly name: string
  readonly store: EventStore<Transaction>
  readonly documents: ConsumerDocuments<Transaction>
  readonly processor: Processor<Transaction>
  readonly filter: LogFilter
  readonly from: ConsumerStart
  readonly partitions: number | undefined
  readonly onFailure: FailurePolicy
  readonly attempts: number
  readonly firstPause: number
  readonly longestPause: number
  readonly isTransient: (error: unknown) => boolean
  readonly handlerTimeout: number
  readonly leaseTime: number
  readonly stopTimeout: number
  readonly batchSize: number
  readonly pollInterval: number
  readonly batchInterval: number
  readonly instance: string
  readonly random: () => number
  readonly onStateChange: NonNullable<ConsumerOptions['onStateChange']>
  readonly onError: (error: unknown, failure: FailureReport) => void
  readonly onProgress: NonNullable<ConsumerOptions['onProgress']>
}

/** @throws InvalidInputError, UnsupportedError */
export function consumerSettings<Transaction>(
  store: EventStore<Transaction>,
  name: string,
  processor: Processor<Transaction>,
  options: ConsumerOptions,
): ConsumerSettings<Transaction> {
  checkName(name, 'consumer name', 'invalid-option', 256)
  if ((processor.handle === undefined) === (processor.apply === undefined)) {
    throw new InvalidInputError('invalid-definition', `Consumer ${name} needs either 'handle' or 'apply'.`)
  }
  const { documents } = store.adapter
  if (documents === undefined) {
    throw new UnsupportedError(
      `A ${store.adapter.name} store keeps events only. A consumer needs one that keeps documents, such as ` +
        'openMemory, openSqlite or openPostgres give; store.subscribe works on every store.',
    )
  }
  const { from = 'beginning', partitions, onFailure = 'stop', retry = {} } = options
  if (from !== 'beginning' && from !== 'now') checkStart(from)
  if (!['stop', 'skip', 'park'].includes(onFailure)) {
    throw new InvalidInputError(
      'invalid-option',
      `onFailure is ${String(onFailure)}; use stop, skip or park.`,
    )
  }
  if (partitions !== undefined && checkCount(partitions, 'partitions', 1) > sliceCount) {
    throw new InvalidInputError('invalid-option', `partitions is ${partitions}; the most are ${sliceCount}.`)
  }
  const { instance = crypto.randomUUID() } = options
  checkName(instance, 'name of an instance', 'invalid-option', 256)
  return {
    name,
    store,
    documents: new ConsumerDocuments(documents, name),
    processor,
    filter: parseLogFilter(options.filter ?? {}),
    from,
    partitions,
    onFailure,
    attempts: checkCount(retry.attempts ?? 5, 'retry.attempts', 1),
    firstPause: checkCount(retry.firstPause ?? 100, 'retry.firstPause', 0),
    longestPause: checkCount(retry.longestPause ?? 30_000, 'retry.longestPause', 0),
    isTransient: retry.isTransient ?? isRetryable,
    handlerTimeout: checkCount(options.handlerTimeout ?? 30_000, 'handlerTimeout', 1),
    leaseTime: checkCount(options.leaseTime ?? 10_000, 'leaseTime', 1),
    stopTimeout: checkCount(options.stopTimeout ?? 10_000, 'stopTimeout', 0),
    batchSize: checkCount(
      options.batchSize ?? (processor.handle === undefined ? pageSize : handledPageSize),
      'batchSize',
      1,
    ),
    pollInterval: checkCount(options.pollInterval ?? 1_000, 'pollInterval', 1),
    batchInterval: checkCount(options.batchInterval ?? 10, 'batchInterval', 0),
    instance,
    random: options.random ?? Math.random,
    onStateChange: quietly(options.onStateChange),
    onError: quietly(options.onError),
    onProgress: quietly(options.onProgress),
  }
}

function checkStart(from: number): void {
  if (typeof from === 'number') return void checkCount(from, 'from', 0)
  throw new InvalidInputError(
    'invalid-option',
    `from is ${String(from)}; use 'beginning', 'now' or a position.`,
  )
}

function isRetryable(error: unknown): boolean {
  return isEventfoldError(error) && error.retryable
}

/** A hook that throws must not stop a consumer. */
function quietly<Arguments extends readonly unknown[]>(
  hook: ((...values: Arguments) => void) | undefined,
): (...values: Arguments) => void {
  if (hook === undefined) return () => {}
  return (...values) => {
    try {
      hook(...values)
    } catch {}
  }
}
