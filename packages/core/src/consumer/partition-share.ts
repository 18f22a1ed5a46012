import { isEventfoldError } from '../errors.ts'
import { changeConsumer } from './change-consumer.ts'
import type { ConsumerRecord, Stored } from './consumer-documents.ts'
import { ConsumerRemovedError, HistoryDivergedError } from './consumer-errors.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import { ConsumerStopped } from './fail-event.ts'
import { fairShare } from './fair-share.ts'
import { InstanceLease } from './instance-lease.ts'
import { PartitionRunner } from './partition-runner.ts'
import type { PartitionState } from './partition-state.ts'

export interface PartitionShareHooks {
  readonly onChange: () => void
  /** A partition, or the consumer, cannot go on. */
  readonly onError: (error: unknown) => void
  /** A partition was given up, which the others should hear of. */
  readonly onRelease: () => void
}

/** The partitions that one instance has: it claims what is free up to its share, and gives up what is beyond. */
export class PartitionShare<Transaction> {
  readonly id: string
  readonly #settings: ConsumerSettings<Transaction>
  readonly #hooks: PartitionShareHooks
  readonly #lease: InstanceLease<Transaction>
  readonly #runners = new Map<number, PartitionRunner<Transaction>>()
  #record: Stored<ConsumerRecord> | undefined
  #looking: Promise<void> = Promise.resolve()
  #head = 0
  #hasReleased = false
  #isClosed = false
  #trouble: { readonly error: unknown } | undefined
  /** What had failed before is tried again by whoever starts. */
  #takesFailed = true

  constructor(settings: ConsumerSettings<Transaction>, hooks: PartitionShareHooks) {
    this.#settings = settings
    this.#hooks = hooks
    this.id = `${settings.instance}#${crypto.randomUUID()}`
    this.#lease = new InstanceLease(settings, this.id)
  }

  get runners(): readonly PartitionRunner<Transaction>[] {
    return [...this.#runners.values()]
  }

  /** How many partitions there were at the last look. */
  get partitions(): number | undefined {
    return this.#record?.state.partitions
  }

  /** Why a partition that is free could not be taken; it will be tried again. */
  get trouble(): { readonly error: unknown } | undefined {
    return this.#trouble
  }

  get isPaused(): boolean {
    return this.#record?.state.paused === true
  }

  /** Gives a sign of life, and looks at everything. */
  async renew(startedAt: number): Promise<void> {
    const { adapter } = this.#settings.store
    await this.#lease.renew(await adapter.now())
    // Read before the head, which they may have passed by the time it is here.
    const positions = this.runners.map(({ context }) => context.position)
    const head = await adapter.head()
    for (const position of positions) {
      if (position <= head) continue
      const reason = `it was at position ${position}, and the log ends at ${head}`
      throw new HistoryDivergedError(this.#settings.name, position, reason)
    }
    for (const { stall, context } of this.runners) {
      stall.look(this.#head)
      context.recovered()
    }
    this.#head = head
    await this.look(startedAt + (this.#settings.leaseTime * 2) / 3)
  }

  /** Whether there is something to look at. Says to the others first what they should hear. */
  async hasChanged(): Promise<boolean> {
    const { documents, store } = this.#settings
    if (this.#hasReleased) {
      this.#hasReleased = false
      await changeConsumer(documents)
      store.adapter.wakeUp()
    }
    const record = await documents.readConsumer()
    return record?.text !== this.#record?.text
  }

  /** Compares what is stored with what is done here. One look after another. */
  look(trustedUntil?: number): Promise<void> {
    const look = this.#looking.then(() => this.#look(trustedUntil))
    this.#looking = look.catch(() => {})
    return look
  }

  async #look(trustedUntil: number | undefined): Promise<void> {
    const { documents, store, name } = this.#settings
    const now = await store.adapter.now()
    const record = await documents.readConsumer()
    if (record === undefined) throw new ConsumerRemovedError(name)
    const partitions = await documents.allPartitions()
    // Read after the partitions: whoever has one gave a sign of life before.
    const alive = await this.#lease.alive(now)
    const hasChanged = record.text !== this.#record?.text
    this.#record = record
    for (const runner of this.#runners.values()) {
      const stored = partitions.find(({ state }) => state.index === runner.index)?.state
      if (stored?.owner !== this.id || stored.epoch !== runner.epoch) runner.lose()
      else if (trustedUntil !== undefined) runner.context.trustedUntil = trustedUntil
      if (hasChanged) runner.retryParked()
    }
    if (record.state.paused) for (const runner of this.#runners.values()) runner.quit()
    else await this.#takeShare(partitions, alive)
    this.#hooks.onChange()
  }

  /** Takes no more partitions, and gives up all it has. */
  close(): void {
    this.#isClosed = true
    for (const runner of this.runners) runner.quit()
  }

  /** Makes room for others at once. All partitions are given up already. */
  async leave(): Promise<void> {
    await this.#lease.end()
    await changeConsumer(this.#settings.documents)
    this.#settings.store.adapter.wakeUp()
  }

  async #takeShare(partitions: readonly Stored<PartitionState>[], alive: ReadonlySet<string>): Promise<void> {
    const share = fairShare(partitions.length, [...alive], this.id)
    const takesFailed = this.#takesFailed
    this.#takesFailed = false
    const mine = this.runners.filter((runner) => !runner.isEnding)
    for (const runner of mine.slice(share)) runner.quit()
    let count = Math.min(mine.length, share)
    this.#trouble = undefined
    for (const stored of partitions) {
      const { owner, failed, index } = stored.state
      if (this.#isClosed) return
      if (this.#runners.has(index)) continue
      if (owner === this.id) {
        this.#run(stored)
        count++
        continue
      }
      const isFree = owner === null || !alive.has(owner)
      const isWanted = failed === null ? count < share : takesFailed
      if (!isFree || !isWanted) continue
      try {
        if (await this.#claim(stored)) count++
      } catch (error) {
        // A dead owner's transaction may still be open. The others can be had nevertheless.
        if (!isEventfoldError(error, 'lock-timeout')) throw error
        this.#trouble = { error }
        this.#settings.onError(error, { partition: index, attempt: 1, action: 'retry' })
      }
    }
  }

  async #claim({ key, text, state }: Stored<PartitionState>): Promise<boolean> {
    const { documents } = this.#settings
    const claimed: PartitionState = {
      ...state,
      owner: this.id,
      epoch: state.epoch + 1,
      revision: state.revision + 1,
      failed: null,
    }
    const write = documents.partitionWrite(claimed, text)
    try {
      await documents.adapter.write([write])
    } catch (error) {
      if (!isEventfoldError(error, 'document-conflict')) throw error
      return false
    }
    this.#run({ key, text: write.data, state: claimed })
    return true
  }

  #run(claimed: Stored<PartitionState>): void {
    if (this.#isClosed) return
    const runner: PartitionRunner<Transaction> = new PartitionRunner(this.#settings, claimed, {
      onChange: this.#hooks.onChange,
      onEnd: () => this.#ended(runner),
    })
    this.#runners.set(runner.index, runner)
  }

  #ended({ index, error }: PartitionRunner<Transaction>): void {
    this.#runners.delete(index)
    if (error === undefined) {
      this.#hasReleased = true
      this.#hooks.onRelease()
    } else {
      this.#hooks.onError(error.error instanceof ConsumerStopped ? error.error.cause : error.error)
    }
    this.#hooks.onChange()
  }
}
