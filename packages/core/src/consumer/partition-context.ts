import { sleep } from '../subscription/alarm.ts'
import { BackOff } from '../subscription/back-off.ts'
import { CallGuard } from './call-guard.ts'
import type { Stored } from './consumer-documents.ts'
import type { FailureReport } from './consumer-options.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import { HandledProgress } from './handled-progress.ts'
import { type HeldRecord, readHeld } from './parked-events.ts'
import { PartitionCheckpoint } from './partition-checkpoint.ts'
import type { PartitionState } from './partition-state.ts'

/** What those who work on one partition share, while this instance has it. */
export class PartitionContext<Transaction> {
  readonly settings: ConsumerSettings<Transaction>
  readonly checkpoint: PartitionCheckpoint<Transaction>
  readonly guard: CallGuard
  /** Of `handle`. */
  readonly progress: HandledProgress<Transaction>
  /** Keys whose events are held back. Only the owner of the partition adds and removes them. */
  readonly held: Map<string, HeldRecord> = new Map()
  /** Asks the work to end at the next event. Its reason is a `PartitionInterrupt`. */
  readonly quit: AbortSignal
  readonly #onChange: () => void
  /** By the monotonic clock: until when nobody else can have taken the partition for abandoned. */
  trustedUntil = 0
  /** The size of the next batch of `apply`: halved when one fails, so that in the end only the culprit does. */
  batchSize: number
  /** For parked events that are to be processed. */
  readonly parkedBackOff: BackOff
  /** Everything up to here is done, also if what is stored lags behind. */
  position = 0
  lastMoved = 0
  #trouble: { readonly error: unknown; readonly isOfStore?: boolean } | undefined
  /** Kept, since asking the signal for every event would cost. */
  #hasQuit = false

  constructor(
    settings: ConsumerSettings<Transaction>,
    claimed: Stored<PartitionState>,
    quit: AbortSignal,
    onChange: () => void,
  ) {
    this.settings = settings
    this.quit = quit
    quit.addEventListener('abort', () => {
      this.#hasQuit = true
    })
    this.#onChange = onChange
    this.guard = new CallGuard(settings.name, settings.handlerTimeout)
    this.batchSize = settings.batchSize
    this.parkedBackOff = this.newBackOff()
    this.checkpoint = new PartitionCheckpoint(settings, claimed, {
      signal: quit,
      random: settings.random,
      onRetry: (error, attempt) => this.lostStore(error, attempt),
      onRecovery: () => this.recovered(),
    })
    this.progress = new HandledProgress(this.checkpoint)
  }

  /** Why nothing moves for the moment. */
  get trouble(): { readonly error: unknown } | undefined {
    return this.#trouble
  }

  /** Takes over what is stored. */
  async load(): Promise<void> {
    await this.checkpoint.load()
    const held = await this.persist(() => readHeld(this.settings.documents, this.checkpoint.state))
    this.held.clear()
    for (const record of held) this.held.set(record.key, record)
    this.progress.clear()
    this.position = this.checkpoint.state.position
  }

  /**
   * Stores how far it is, if that was not done within the interval. Resolves with the milliseconds after which to come
   * again. All in milliseconds.
   */
  async flush(interval: number): Promise<number> {
    const { checkpoint, progress, position } = this
    if (checkpoint.state.position >= position) return Number.MAX_SAFE_INTEGER
    const left = progress.savedAt + interval - performance.now()
    if (left > 0) return left
    await progress.save(position)
    return Number.MAX_SAFE_INTEGER
  }

  /** Stores how far it is, and gives the partition up. Never rejects. */
  async release(): Promise<void> {
    const { checkpoint, progress, position } = this
    if (checkpoint.state.owner === null) return
    const reached = Math.max(checkpoint.state.position, position, progress.position ?? 0)
    await checkpoint.release(progress.next(reached), progress.writes)
  }

  /** Repeats a call to the store while that is worth it, until the partition is to be left. */
  persist<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.checkpoint.persist(work)
  }

  now(): Promise<number> {
    return this.persist(() => this.settings.store.adapter.now())
  }

  newBackOff(): BackOff {
    const { firstPause, longestPause, random } = this.settings
    return new BackOff(firstPause, longestPause, random)
  }

  /** @throws PartitionInterrupt */
  async pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, this.quit)
    this.quit.throwIfAborted()
  }

  /** Whether the work may go on without a look at the store. @param now by the monotonic clock */
  isOurs(now: number): boolean {
    return now < this.trustedUntil && !this.#hasQuit
  }

  /** @throws PartitionInterrupt when the work is to end, or the partition is not ours */
  async checkIsOurs(): Promise<void> {
    this.quit.throwIfAborted()
    if (this.isOurs(performance.now())) return
    await this.checkpoint.verify()
    this.trustedUntil = performance.now() + this.settings.leaseTime / 3
  }

  /** Tells of a failure. */
  report(error: unknown, failure: Omit<FailureReport, 'partition'>): void {
    if (failure.action === 'retry') this.#trouble = { error }
    this.settings.onError(error, { partition: this.checkpoint.state.index, ...failure })
    this.#onChange()
  }

  /** Tells of a call to the store that will be tried again. */
  lostStore(error: unknown, attempt: number): void {
    this.report(error, { attempt, action: 'retry' })
    this.#trouble = { error, isOfStore: true }
  }

  /** Tells that the store answers. */
  recovered(): void {
    if (this.#trouble?.isOfStore !== true) return
    this.#trouble = undefined
    this.#onChange()
  }

  /** Tells that everything up to `position` is done. */
  moved(position: number, events: number): void {
    this.position = position
    if (events > 0) this.guard.succeeded()
    this.#trouble = undefined
    this.lastMoved = performance.now()
    this.settings.onProgress({ partition: this.checkpoint.state.index, position, events })
    this.#onChange()
  }
}
