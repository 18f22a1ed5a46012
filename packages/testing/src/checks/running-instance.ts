import type { ConsumerStateChange } from '@eventfold/core'
import type { StoreAdapter } from '@eventfold/core/adapter'
import type { Instance } from './subject.ts'

/** Most rounds for a consumer that appends what it reads itself. */
const mostRounds = 100

/** An instance of a consumer from its start on. */
export class RunningInstance {
  readonly #adapter: StoreAdapter
  readonly #patience: number
  readonly #instance: Instance
  readonly #end = new AbortController()
  readonly #failed: Promise<never>
  #failure: { readonly error: unknown } | undefined
  readonly #started: Promise<void>

  /** @param adapter of the storage, to see what there is to be done */
  constructor(
    adapter: StoreAdapter,
    patience: number,
    create: (onStateChange: (change: ConsumerStateChange) => void) => Instance,
  ) {
    this.#adapter = adapter
    this.#patience = patience
    const { promise, reject } = Promise.withResolvers<never>()
    this.#failed = promise
    this.#instance = create(({ to, error }) => {
      if (to !== 'failed') return
      this.#failure = { error }
      reject(error)
    })
    this.#started = this.#instance.start()
    for (const unheard of [this.#failed, this.#started]) unheard.catch(() => {})
  }

  /** Resolves when everything in the log is done. Rejects with what made it fail. */
  async finish(): Promise<void> {
    const work = this.#finish()
    work.catch(() => {})
    try {
      await Promise.race([work, this.#failed])
    } catch (error) {
      // What made it fail tells more than that it has failed.
      throw this.#failure === undefined ? error : this.#failure.error
    }
  }

  async stop(): Promise<void> {
    this.#end.abort()
    await this.#instance.stop()
  }

  async #finish(): Promise<void> {
    await this.#started
    for (let round = 0; round < mostRounds; round++) {
      const head = await this.#adapter.head()
      await this.#instance.waitFor(head, { timeout: this.#patience, signal: this.#end.signal })
      if ((await this.#adapter.head()) === head) return
    }
    throw new Error(`It appends events that it reads itself, and did not end within ${mostRounds} rounds.`)
  }
}
