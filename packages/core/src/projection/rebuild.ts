import { checkCount } from '../check-count.ts'
import type { Consumer } from '../consumer/consumer.ts'
import { isEventfoldError } from '../errors.ts'
import { sleep } from '../subscription/alarm.ts'
import type { GenerationRecord } from './generation-record.ts'
import type { Generations } from './generations.ts'
import { projectionConsumer } from './projection-consumer.ts'
import { ProjectionSupersededError } from './projection-errors.ts'
import type { ReadModelOptions } from './read-model-options.ts'
import { measureProgress, type RebuildProgress } from './rebuild-progress.ts'
import { buildingOf } from './switch-generation.ts'

export interface RebuildOptions {
  /** Over how many partitions the work is spread. Default: as many as the read model has. */
  readonly partitions?: number
  /** Interrupts the work; what is built stays, and the next call goes on from there. */
  readonly signal?: AbortSignal
  /** Told at the beginning, then every `progressInterval`, and at the end. */
  readonly onProgress?: (progress: RebuildProgress) => void
  /** In milliseconds. Default 250. */
  readonly progressInterval?: number
}

export interface DryRunOptions extends RebuildOptions {
  /** Most differences that are reported one by one; all are counted. Default 100. */
  readonly maxDifferences?: number
}

/** Longest time that a timer takes, in milliseconds. */
const forever = 2_147_483_647

/**
 * The generation that a call to rebuild works on: the one that is being built already, or a new one.
 *
 * @throws ProjectionSupersededError
 */
export async function beginRebuild<Transaction>(
  generations: Generations<Transaction>,
  purpose: 'rebuild' | 'dry-run',
): Promise<number> {
  await generations.prepare()
  const { version } = generations.storage
  const record = await generations.change(async (before, transaction) => {
    const { current, building } = before as GenerationRecord
    if (current.version > version) {
      throw new ProjectionSupersededError(generations.name, version, current.version)
    }
    if (building?.version !== version)
      return generations.begin(before as GenerationRecord, purpose, transaction)
    if (building.purpose === purpose) return before as GenerationRecord
    // A dry run of an upgrade keeps it from switching by itself; a rebuild lets it go on.
    return { ...(before as GenerationRecord), building: { ...building, purpose } }
  })
  return (record.building as NonNullable<GenerationRecord['building']>).number
}

/**
 * Runs the consumer of a generation that is being built until `work`, which is called when everything up to the
 * present has been done, has ended.
 *
 * @throws RebuildCancelledError, and what makes the consumer fail
 */
export async function buildGeneration<Transaction, Result>(
  generations: Generations<Transaction>,
  generation: number,
  { partitions, ...model }: ReadModelOptions,
  options: RebuildOptions,
  work: (catchUp: (position: number) => Promise<void>) => Promise<Result>,
): Promise<Result> {
  const { signal, onProgress } = options
  const interval = checkCount(options.progressInterval ?? 250, 'progressInterval', 1)
  const wanted = options.partitions ?? partitions
  signal?.throwIfAborted()
  const end = new AbortController()
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  const consumer = projectionConsumer(generations, generation, {
    ...model,
    ...(wanted !== undefined && { partitions: wanted }),
    onStateChange: ({ to, error }) => {
      if (to === 'failed') void fail(error)
    },
  })
  const abort = () => failed.reject(signal?.reason)
  signal?.addEventListener('abort', abort)
  const progress = await measureProgress(generations, generation)
  const watching = watch()
  // It may end before anybody waits for it.
  watching.catch(() => {})
  try {
    await Promise.race([consumer.start(), failed.promise])
    onProgress?.(await progress())
    const result = await Promise.race([build(consumer), watching, failed.promise])
    onProgress?.(await progress())
    return result
  } finally {
    signal?.removeEventListener('abort', abort)
    end.abort()
    await watching.catch(() => {})
    await consumer.stop()
  }

  async function build(running: Consumer<Transaction>): Promise<Result> {
    const catchUp = async (position: number) => {
      try {
        await running.waitFor(position, { timeout: forever, signal: end.signal })
      } catch (error) {
        // The error itself says more, and is on its way.
        if (isEventfoldError(error, 'consumer-failed')) await failed.promise
        throw error
      }
    }
    await catchUp(await generations.store.head())
    return work(catchUp)
  }

  /** A consumer fails as well when it is removed, because somebody cancelled the rebuild. */
  async function fail(error: unknown): Promise<void> {
    try {
      if (isEventfoldError(error, 'consumer-removed')) checkIsMeant(await generations.read())
      failed.reject(error)
    } catch (cancelled) {
      failed.reject(cancelled)
    }
  }

  /** @throws RebuildCancelledError */
  function checkIsMeant(record: GenerationRecord | undefined): void {
    if (record?.current.number !== generation) buildingOf(generations, record, generation)
  }

  /** Looks from time to time whether the rebuild was cancelled. */
  async function watch(): Promise<never> {
    for (;;) {
      await sleep(interval, end.signal)
      end.signal.throwIfAborted()
      try {
        checkIsMeant(await generations.read())
        onProgress?.(await progress())
      } catch (error) {
        // The consumer keeps trying while the store cannot be reached, and so does this.
        if (!isEventfoldError(error) || !error.retryable) throw error
      }
    }
  }
}
