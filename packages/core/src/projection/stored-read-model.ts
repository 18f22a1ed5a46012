import type { Consumer, WaitOptions } from '../consumer/consumer.ts'
import type { ConsumerStatus } from '../consumer/consumer-status.ts'
import { slowestPosition } from '../consumer/partition-positions.ts'
import { addTallies, emptyTally } from '../consumer/tally.ts'
import type { EventStore } from '../store/event-store.ts'
import { type AuditReport, auditProjection } from './audit.ts'
import type { Building, Generation } from './generation-record.ts'
import type { Generations } from './generations.ts'
import { projectionConsumer } from './projection-consumer.ts'
import type { ReadModelOptions } from './read-model-options.ts'
import { beginRebuild, buildGeneration, type RebuildOptions } from './rebuild.ts'
import { measureBuild, type RebuildProgress } from './rebuild-progress.ts'
import { switchGeneration } from './switch-generation.ts'
import { untilUpgraded } from './until-upgraded.ts'
import type { Upkeep } from './upkeep.ts'

/** How a read model is, in the whole fleet. */
export interface ReadModelStatus {
  readonly name: string
  /** Of the definition of this instance. */
  readonly version: number
  /** Whether this instance runs. */
  readonly running: boolean
  /** What serves: its number among the builds, and its version. Undefined before the first start. */
  readonly current: Generation | undefined
  /** What is being built beside it, and how far that is, also while nobody works on it. */
  readonly building: (Building & Pick<RebuildProgress, 'done' | 'handled'>) | undefined
  /** Everything up to here is in what serves. */
  readonly position: number
  /** The consumer that keeps it up to date. Undefined before the first start, and where appends do. */
  readonly consumer: ConsumerStatus | undefined
  /** Why this instance has ended by itself. */
  readonly error: unknown
  /** False where it has ended by itself, or its consumer is not healthy. */
  readonly healthy: boolean
}

/** What a rebuild has done. */
export interface RebuildReport {
  /** How many events were handled, once per key. */
  readonly handled: number
  readonly milliseconds: number
}

/** What stored read models of all kinds have in common. Made by `readModel`. */
export abstract class StoredReadModel<Transaction> {
  readonly store: EventStore<Transaction>
  /** @internal */
  protected readonly generations: Generations<Transaction>
  /** @internal */
  protected readonly upkeep: Upkeep<Transaction>
  /** @internal */
  protected readonly options: ReadModelOptions

  /** @internal */
  constructor(generations: Generations<Transaction>, upkeep: Upkeep<Transaction>, options: ReadModelOptions) {
    this.store = generations.store
    this.generations = generations
    this.upkeep = upkeep
    this.options = options
  }

  get name(): string {
    return this.generations.name
  }

  /** The consumer of what serves, for its parked events and for pausing; undefined where this instance has none. */
  get consumer(): Consumer<Transaction> | undefined {
    return this.upkeep.consumer
  }

  /**
   * Keeps the read model up to date from now on, until {@link stop}. The first start of all builds it from the
   * beginning of the log. Where the definition has a newer version than what serves, it is built anew beside that, which
   * serves until the new one is as far: with `async` that is later, so until {@link upgraded} resolves, documents of the
   * old version are read under the type of the new one. What had failed is tried again. Does nothing if it runs.
   *
   * With `inline`, it waits for the appends and transactions under way on this store, so never call it inside one. What
   * is appended through this store meanwhile is not missed, except in a transaction that was not begun by
   * `store.transaction`, and that commits after the start: {@link audit} finds it.
   *
   * @throws ProjectionSupersededError a newer version serves
   * @throws WaitTimeoutError inline; a transaction of somebody kept what was appended before unreadable for a minute
   * @throws HistoryDivergedError, StoreUnavailableError, StoreClosedError, StoreFailureError
   */
  async start(): Promise<void> {
    await this.upkeep.start()
  }

  /** Ends the upkeep by this instance, and leaves nothing half-done. Never rejects. May be called twice. */
  async stop(): Promise<void> {
    await this.upkeep.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /**
   * Resolves when the version of this definition serves: at once, unless an older one still does. Then it is built by
   * the instances that run with this definition, and takes as long as a rebuild.
   *
   * @param options `timeout` in milliseconds, default 60,000
   * @throws WaitTimeoutError
   * @throws ConsumerFailedError the build has failed, here or elsewhere; the old version goes on serving
   * @throws ProjectionSupersededError a newer version serves
   * @example
   * await summaries.start()
   * await summaries.upgraded({ timeout: 600_000 })
   */
  async upgraded(options: Pick<WaitOptions, 'timeout' | 'signal'> = {}): Promise<void> {
    await untilUpgraded(this.generations, this.upkeep, options)
  }

  /**
   * Resolves when what is read from now on reflects everything up to `position`, in whatever version serves: see
   * {@link upgraded}. Never early.
   *
   * @throws WaitTimeoutError
   * @throws ConsumerFailedError the consumer of this instance has failed; at once
   * @throws StoreClosedError, HistoryDivergedError, and why else this instance has ended by itself; at once
   */
  async waitFor(position: number, options: Pick<WaitOptions, 'timeout' | 'signal'> = {}): Promise<void> {
    await this.upkeep.waitFor(position, options)
  }

  /** How it is, in the whole fleet; also where it does not run. A few small reads. */
  async status(): Promise<ReadModelStatus> {
    const { name, generations, upkeep } = this
    const record = await generations.read()
    const { error } = upkeep
    const partitions = record === undefined ? [] : await generations.readPartitions(record.current.number)
    const building = record?.building ?? undefined
    const consumer =
      record === undefined || record.inline
        ? undefined
        : await (upkeep.consumer ?? projectionConsumer(generations, record.current.number, {})).status()
    return {
      name,
      version: generations.storage.version,
      running: upkeep.isRunning,
      current: record?.current,
      building: building && { ...building, ...(await measureBuild(generations, building.number)) },
      position: slowestPosition(partitions),
      consumer,
      error,
      healthy: error === undefined && consumer?.healthy !== false,
    }
  }

  /**
   * Builds the read model anew from the beginning of the log, beside what serves, while appends go on; then switches in
   * one transaction, so that no reader sees it go back. Resolves when the new one serves. Goes on where an interrupted
   * call ended, also in another process; after a crash it first waits until the lease of the dead one has run out, for
   * `leaseTime` at most. It needs no {@link start}.
   *
   * @throws RebuildCancelledError somebody called {@link cancelRebuild}
   * @throws ProjectionSupersededError, and what a handler throws for good; then the old one goes on serving
   * @example
   * await summaries.rebuild({ partitions: 4, onProgress: ({ done, total }) => print(done / total) })
   */
  async rebuild(options: RebuildOptions = {}): Promise<RebuildReport> {
    const began = performance.now()
    const generation = await beginRebuild(this.generations, 'rebuild')
    await buildGeneration(this.generations, generation, this.options, options, async (catchUp) => {
      await switchGeneration(this.generations, generation, catchUp)
      // Its consumer goes on from here before that of the rebuild ends.
      if (this.upkeep.isRunning) await this.upkeep.follow()
    })
    const partitions = await this.generations.readPartitions(generation)
    const { count } = partitions.map(({ handled }) => handled).reduce(addTallies, emptyTally)
    return { handled: count, milliseconds: performance.now() - began }
  }

  /**
   * Proves that every event up to the checkpoint has been consumed, each once: counts the events of the log for this
   * projection and sums their ids, and compares with what was counted as they were consumed. Reads the whole log once;
   * holds the checkpoint only for a moment at the beginning.
   *
   * With `inline` it finds what was appended by a store that did not carry the read model.
   *
   * @throws UnreadableEventError, StoreUnavailableError, StoreClosedError, StoreFailureError
   * @example
   * const { complete, expected, handled } = await summaries.audit()
   */
  async audit(): Promise<AuditReport> {
    return auditProjection(this.generations)
  }

  /** Ends a rebuild, a dry run or an upgrade, wherever it runs, and removes what it has built. False: there is none. */
  async cancelRebuild(): Promise<boolean> {
    const { generations } = this
    if ((await generations.read()) === undefined) return false
    let isCancelled = false
    const record = await generations.change(async (before, transaction) => {
      isCancelled = before?.building !== null
      return generations.abandon(before as NonNullable<typeof before>, transaction)
    })
    await generations.removeRetired(record)
    this.store.adapter.wakeUp()
    return isCancelled
  }
}
