import { isEventfoldError } from '../errors.ts'
import type { DocumentWrite } from '../store/document-adapter.ts'
import { type KeepTryingOptions, keepTrying } from '../subscription/keep-trying.ts'
import type { ConsumerSettings } from './consumer-settings.ts'
import { PartitionInterrupt } from './partition-interrupt.ts'
import type { PartitionState } from './partition-state.ts'

export interface SaveOptions<Transaction> {
  /** Stored in the same step. In the order of collections, which everybody locks in. */
  readonly writes?: readonly DocumentWrite[]
  /** Done in the same transaction, after the fence. It may run several times; what it did before is undone. */
  readonly work?: (transaction: Transaction) => unknown
  /** Ends the transaction, and `work` with it. */
  readonly signal?: AbortSignal
  /** Whether it waits for the disk. Default false: the log holds what a crash of the machine undoes here. */
  readonly durable?: boolean
}

/**
 * The fence around one partition: what is stored of it, as this owner believes it to be. Every step is written by
 * compare-and-set on the whole text before anything else, so whoever has been overtaken changes nothing.
 */
export class PartitionCheckpoint<Transaction> {
  readonly #settings: ConsumerSettings<Transaction>
  readonly #retry: KeepTryingOptions
  readonly #owner: string
  #state: PartitionState
  #text: string

  /**
   * @param claimed as the claim has stored it
   * @param retry how calls to the store are repeated, and until when
   */
  constructor(
    settings: ConsumerSettings<Transaction>,
    claimed: { readonly text: string; readonly state: PartitionState },
    retry: KeepTryingOptions,
  ) {
    this.#settings = settings
    this.#state = claimed.state
    this.#text = claimed.text
    this.#owner = claimed.state.owner as string
    this.#retry = retry
  }

  get state(): PartitionState {
    return this.#state
  }

  /**
   * Goes on from what is stored.
   *
   * @throws PartitionInterrupt `lost`
   */
  async load(): Promise<void> {
    const stored = await this.persist(() => this.#settings.documents.readPartition(this.#state.index))
    const isOurs = stored?.state.owner === this.#owner && stored.state.epoch === this.#state.epoch
    if (stored === undefined || !isOurs) throw new PartitionInterrupt('lost')
    this.#state = stored.state
    this.#text = stored.text
  }

  /**
   * Whether the partition is still ours.
   *
   * @throws PartitionInterrupt `lost`, `reload`
   */
  async verify(): Promise<void> {
    const believed = this.#text
    await this.load()
    if (this.#text !== believed) throw new PartitionInterrupt('reload')
  }

  /**
   * Stores `next` with all that belongs to it, in one step. Tries until it knows the outcome: after a lost reply, by
   * what is stored.
   *
   * @throws PartitionInterrupt; and what the store throws that is not worth repeating
   */
  async save(next: PartitionState, options: Omit<SaveOptions<Transaction>, 'work'> = {}): Promise<void> {
    const failure = await this.tryToSave(next, options)
    if (failure !== undefined) throw failure.error
  }

  /**
   * The same where it may be refused: resolves with the error, in an object, if `work` has failed, or another document
   * is not as expected. Then nothing was stored.
   *
   * @throws PartitionInterrupt; and what the store throws that is not worth repeating
   */
  tryToSave(
    next: PartitionState,
    options: SaveOptions<Transaction>,
  ): Promise<{ readonly error: unknown } | undefined> {
    const state = { ...next, revision: this.#state.revision + 1 }
    const write = this.#settings.documents.partitionWrite(state, this.#text)
    return this.persist(async () => {
      const failure = await this.#attempt(write, options)
      if (failure === undefined || (failure.isUncertain && (await this.#isStored(write.data)))) {
        this.#state = state
        this.#text = write.data
        return undefined
      }
      if (failure.isRefusal) return { error: failure.error }
      throw failure.error
    })
  }

  /** Repeats a call to the store while that is worth it, until the partition is to be left. */
  persist<Result>(work: () => Promise<Result>): Promise<Result> {
    return keepTrying(work, this.#retry)
  }

  /**
   * Gives the partition up, in two attempts, since what `next` saves would be handled again. Should both fail, the
   * lease runs out. Never rejects.
   */
  async release(next: PartitionState, writes: readonly DocumentWrite[]): Promise<void> {
    const state = { ...next, owner: null, revision: this.#state.revision + 1 }
    const write = this.#settings.documents.partitionWrite(state, this.#text)
    const failure = await this.#attempt(write, { writes, durable: true })
    if (failure !== undefined) await this.#attempt(write, { writes, durable: true })
  }

  async #attempt(write: DocumentWrite, options: SaveOptions<Transaction>): Promise<Failure | undefined> {
    const { writes = [], work, durable = false, signal } = options
    const { documents, store } = this.#settings
    const all = [...writes, write]
    let step = 'fence' as Step
    try {
      if (work === undefined) {
        await documents.adapter.write(all, undefined, { durable })
        return undefined
      }
      await store.adapter.transaction(
        async (transaction) => {
          step = 'fence'
          await documents.adapter.write(all, transaction)
          step = 'work'
          const result = work(transaction)
          if (isPromiseLike(result)) await result
          step = 'commit'
        },
        { durable, signal, idleTimeout: this.#settings.handlerTimeout },
      )
      return undefined
    } catch (error) {
      return { error, ...judge(error, step) }
    }
  }

  /** @throws PartitionInterrupt it is neither as before nor as we wanted it */
  async #isStored(wanted: string): Promise<boolean> {
    const stored = await this.#settings.documents.readPartition(this.#state.index)
    if (stored?.text === wanted) return true
    if (stored?.text === this.#text) return false
    const isOurs = stored?.state.owner === this.#owner && stored.state.epoch === this.#state.epoch
    throw new PartitionInterrupt(isOurs ? 'reload' : 'lost')
  }
}

type Step = 'fence' | 'work' | 'commit'

interface Failure {
  readonly error: unknown
  /** Whether it was refused for what it is, and not for the state of the store. */
  readonly isRefusal: boolean
  /** Whether it may have been stored nevertheless, now or before. */
  readonly isUncertain: boolean
}

function judge(error: unknown, step: Step): Pick<Failure, 'isRefusal' | 'isUncertain'> {
  const mayPass = isEventfoldError(error) && error.retryable
  if (step === 'work') return { isRefusal: true, isUncertain: false }
  if (step === 'fence')
    return { isRefusal: isEventfoldError(error, 'document-conflict'), isUncertain: mayPass }
  // A commit that is refused for good, as by a deferred constraint, is the fault of what was done.
  return { isRefusal: !mayPass && !isEventfoldError(error, 'store-closed'), isUncertain: true }
}

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function'
}
