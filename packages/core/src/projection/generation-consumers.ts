import type { Consumer } from '../consumer/consumer.ts'
import type { ConsumerState } from '../consumer/consumer-status.ts'
import { isEventfoldError } from '../errors.ts'
import type { Generations } from './generations.ts'
import { projectionConsumer } from './projection-consumer.ts'
import type { ReadModelOptions } from './read-model-options.ts'

/** The consumers that one instance of a read model runs, by generation. */
export class GenerationConsumers<Transaction> {
  readonly #generations: Generations<Transaction>
  readonly #options: ReadModelOptions
  readonly #onLook: () => void
  readonly #isShown: (generation: number) => boolean
  readonly #consumers = new Map<number, Consumer<Transaction>>()
  readonly #failures = new Map<number, unknown>()

  constructor(
    generations: Generations<Transaction>,
    options: ReadModelOptions,
    hooks: {
      /** What serves may change: a generation is live, or was retired. */
      readonly onLook: () => void
      /** Whether the states of this generation are those of the read model. */
      readonly isShown: (generation: number) => boolean
    },
  ) {
    this.#generations = generations
    this.#options = options
    this.#onLook = hooks.onLook
    this.#isShown = hooks.isShown
  }

  get(generation: number): Consumer<Transaction> | undefined {
    return this.#consumers.get(generation)
  }

  get haveFailed(): boolean {
    return [...this.#consumers.values()].some(({ state }) => state === 'failed')
  }

  failureOf(generation: number): unknown {
    return this.#failures.get(generation)
  }

  /** False where the generation was retired meanwhile. */
  async run(generation: number): Promise<boolean> {
    if (this.#consumers.has(generation)) return true
    const consumer = projectionConsumer(this.#generations, generation, {
      ...this.#options,
      onStateChange: (change) => this.#changed(generation, change),
    })
    try {
      await consumer.start()
    } catch (error) {
      if (isEventfoldError(error, 'consumer-removed')) return false
      throw error
    }
    this.#consumers.set(generation, consumer)
    return true
  }

  /** Tries again what had failed. */
  async startFailed(): Promise<void> {
    for (const consumer of this.#consumers.values()) {
      if (consumer.state === 'failed') await consumer.start()
    }
  }

  /** Resolves with those that were stopped. */
  async stop(isMeant: (generation: number) => boolean = () => true): Promise<readonly number[]> {
    const generations = [...this.#consumers.keys()].filter(isMeant)
    await Promise.all(generations.map((generation) => this.#consumers.get(generation)?.stop()))
    for (const generation of generations) this.#consumers.delete(generation)
    return generations
  }

  #changed(
    generation: number,
    change: { readonly from: ConsumerState; readonly to: ConsumerState; readonly error?: unknown },
  ): void {
    const isRetired = isEventfoldError(change.error, 'consumer-removed')
    if (change.to === 'live' || isRetired) this.#onLook()
    // Another generation serves by now: that is no failure of this read model.
    if (isRetired) return
    if (change.to === 'failed') this.#failures.set(generation, change.error)
    else this.#failures.delete(generation)
    if (this.#isShown(generation)) this.#options.onStateChange?.(change)
  }
}
