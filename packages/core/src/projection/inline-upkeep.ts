import type { Consumer, WaitOptions } from '../consumer/consumer.ts'
import { untilReached } from '../consumer/until-reached.ts'
import { isEventfoldError } from '../errors.ts'
import { pageSize } from '../store/parse-query.ts'
import { advanceGeneration } from './advance-generation.ts'
import type { GenerationRecord } from './generation-record.ts'
import type { Generations } from './generations.ts'
import { holdConsumer } from './hold-consumer.ts'
import { InlineCarrier } from './inline-carrier.ts'
import type { ReadModelOptions } from './read-model-options.ts'
import { buildGeneration } from './rebuild.ts'
import { checkNothingHeld, switchGeneration } from './switch-generation.ts'
import type { Upkeep } from './upkeep.ts'

/** How long a start waits until what was appended before is readable, in milliseconds. */
const longestWait = 60_000

/** Keeps a read model up to date in the transactions of appends. */
export class InlineUpkeep<Transaction> implements Upkeep<Transaction> {
  readonly error: undefined
  readonly consumer: Consumer<Transaction> | undefined
  readonly #generations: Generations<Transaction>
  readonly #options: ReadModelOptions
  readonly #categories: readonly string[]
  #carrier: InlineCarrier<Transaction> | undefined

  constructor(
    generations: Generations<Transaction>,
    options: ReadModelOptions,
    categories: readonly string[],
  ) {
    this.#generations = generations
    this.#options = { ...options, partitions: 1 }
    this.#categories = categories
  }

  get isRunning(): boolean {
    return this.#carrier !== undefined
  }

  /** @throws ProjectionSupersededError, UnsupportedError, WaitTimeoutError, and what a handler throws */
  async start(): Promise<void> {
    if (this.#carrier !== undefined) return
    const generation = await this.#takeFromConsumer()
    const shared = this.#findCarrier()
    if (shared !== undefined) {
      shared.users++
      this.#carrier = shared
      return shared.ready
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    promise.catch(() => {})
    this.#carrier = new InlineCarrier(this.#generations, this.#categories, generation, promise)
    const { carriers } = this.#generations.store
    carriers.push(this.#carrier)
    // Every append locks them in this order.
    carriers.sort((a, b) => (a.name < b.name ? -1 : 1))
    try {
      await this.#untilReadable()
      while (!(await this.#catchUp(generation)));
      resolve()
    } catch (error) {
      reject(error)
      await this.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    const carrier = this.#carrier
    this.#carrier = undefined
    if (carrier === undefined || --carrier.users > 0) return
    const { carriers } = this.#generations.store
    carriers.splice(carriers.indexOf(carrier), 1)
  }

  async follow(): Promise<void> {}

  failureOf(): undefined {}

  /** What can be read of the log has been applied by then. */
  async waitFor(position: number, options?: Pick<WaitOptions, 'timeout' | 'signal'>): Promise<void> {
    const { store, name } = this.#generations
    await untilReached(store.adapter, name, position, () => store.head(), options)
  }

  /** That of another instance on the same store: an append carries a read model once. */
  #findCarrier(): InlineCarrier<Transaction> | undefined {
    const { store, storage } = this.#generations
    return store.carriers.find(({ name, version }) => name === storage.name && version === storage.version)
  }

  /** Waits for what has begun on this store before appends carried the read model, so that it can be caught up. */
  async #untilReadable(): Promise<void> {
    const { store, name } = this.#generations
    const { underWay } = store
    await underWay.earlierEnded()
    // An append of somebody else that is still open withholds what was stored after it.
    await untilReached(store.adapter, name, underWay.position, () => store.head(), { timeout: longestWait })
  }

  /** Lets the consumer do the bulk of what is missing, and takes its partition. Resolves with what serves. */
  async #takeFromConsumer(): Promise<number> {
    for (;;) {
      const { current, building, inline } = await this.#generations.prepare()
      if (current.version !== this.#generations.storage.version) {
        if (building !== null) await this.#upgrade(building.number)
      } else if (inline) {
        return current.number
      } else {
        const isThere = await this.#catchUpByConsumer(current.number)
        if (isThere && (await this.#hold(current.number))) return current.number
      }
    }
  }

  /** Old instances carry the old generation on until the switch; then their appends are refused. */
  async #upgrade(building: number): Promise<void> {
    await buildGeneration(this.#generations, building, this.#options, {}, (catchUp) => {
      return switchGeneration(this.#generations, building, catchUp, { inline: true })
    })
  }

  /** False: another generation serves by now. */
  async #catchUpByConsumer(generation: number): Promise<boolean> {
    try {
      return await buildGeneration(this.#generations, generation, this.#options, {}, async () => true)
    } catch (error) {
      if (isEventfoldError(error, 'rebuild-cancelled')) return false
      throw error
    }
  }

  /** False: other instances have changed things meanwhile. */
  async #hold(generation: number): Promise<boolean> {
    let isHeld = false
    await this.#generations.change(async (before, transaction) => {
      isHeld = false
      const record = before as GenerationRecord
      if (record.current.number !== generation || record.inline) return record
      const consumer = this.#generations.consumer(generation)
      const [partitions = []] = await this.#generations.lockPartitions([generation], transaction)
      if (partitions.length !== 1 || partitions.some(({ state }) => state.ahead.length > 0)) return record
      await checkNothingHeld(this.#generations, generation, transaction)
      await holdConsumer(consumer, true, transaction)
      isHeld = true
      return { ...record, inline: true }
    })
    return isHeld
  }

  /** Applies the next piece of what was appended by nobody who carries the read model. True: nothing is left. */
  async #catchUp(generation: number): Promise<boolean> {
    let isEnd = true
    await this.#generations.change(async (before, transaction) => {
      isEnd = true
      const record = before as GenerationRecord
      const [partitions = []] = await this.#generations.lockPartitions([record.current.number], transaction)
      if (record.current.number !== generation || !record.inline) return record
      const piece = { before: Number.MAX_SAFE_INTEGER, limit: pageSize }
      const { end } = await advanceGeneration(this.#generations, generation, partitions, transaction, piece)
      isEnd = end
      return record
    })
    return isEnd
  }
}
