import { checkCount } from '../check-count.ts'
import type { Consumer, WaitOptions } from '../consumer/consumer.ts'
import { untilReached } from '../consumer/until-reached.ts'
import { isEventfoldError, StoreClosedError } from '../errors.ts'
import { Alarm, sleep } from '../subscription/alarm.ts'
import { GenerationConsumers } from './generation-consumers.ts'
import type { GenerationRecord } from './generation-record.ts'
import type { Generations } from './generations.ts'
import { ProjectionSupersededError } from './projection-errors.ts'
import type { ReadModelOptions } from './read-model-options.ts'
import { trySwitch } from './switch-generation.ts'
import type { Upkeep } from './upkeep.ts'

/** How soon a switch is tried again that the new generation was not ready for, in milliseconds. */
const upgradePause = 10

/**
 * Runs an asynchronous read model in this process: a consumer for the generation that serves, and one for an upgrade
 * that is being built. Follows what other instances change.
 */
export class ProjectionRunner<Transaction> implements Upkeep<Transaction> {
  readonly #generations: Generations<Transaction>
  readonly #options: ReadModelOptions
  readonly #followInterval: number
  readonly #consumers: GenerationConsumers<Transaction>
  readonly #alarm = new Alarm()
  #end: AbortController | undefined
  #loop: Promise<void> = Promise.resolve()
  #turn: Promise<unknown> = Promise.resolve()
  #current: number | undefined
  /** Aborts when another generation serves. */
  #switched = new AbortController()
  #error: unknown

  constructor(generations: Generations<Transaction>, options: ReadModelOptions) {
    this.#generations = generations
    this.#options = options
    this.#consumers = new GenerationConsumers(generations, options, {
      onLook: this.#alarm.ring,
      isShown: (number) => this.#current === undefined || number === this.#current,
    })
    this.#followInterval = checkCount(options.followInterval ?? 1_000, 'followInterval', 1)
  }

  get isRunning(): boolean {
    return this.#end !== undefined
  }

  /** Why it has ended by itself. */
  get error(): unknown {
    return this.#error
  }

  /** Of the generation that serves, where this instance runs it. */
  get consumer(): Consumer<Transaction> | undefined {
    return this.#current === undefined ? undefined : this.#consumers.get(this.#current)
  }

  failureOf(generation: number): unknown {
    return this.#consumers.failureOf(generation)
  }

  /** @throws ProjectionSupersededError, HistoryDivergedError, and what the store throws */
  async start(): Promise<void> {
    if (this.#end !== undefined) return this.#inTurn(() => this.#startFailed())
    const end = new AbortController()
    this.#end = end
    this.#error = undefined
    try {
      // It may still be ending by itself.
      await this.#loop
      const record = await this.#generations.prepare()
      if (record.inline) await this.#generations.takeFromAppends()
      await this.follow()
      this.#loop = this.#followUntil(end.signal)
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    this.#end?.abort()
    this.#end = undefined
    this.#alarm.ring()
    await this.#loop
    await this.#turn
    await this.#consumers.stop()
  }

  /** Looks at once at what serves and what is being built. One look at a time. */
  follow(): Promise<void> {
    return this.#inTurn(() => this.#follow())
  }

  /** Resolves when everything up to `position` is in the generation that serves. */
  async waitFor(position: number, options: Pick<WaitOptions, 'timeout' | 'signal'> = {}): Promise<void> {
    const { timeout = 5_000, signal } = options
    const began = performance.now()
    const { consumer } = this
    if (consumer !== undefined) {
      const switched = this.#switched.signal
      try {
        const either = signal === undefined ? switched : AbortSignal.any([signal, switched])
        return await consumer.waitFor(position, { timeout, signal: either })
      } catch (error) {
        const isRetired =
          isEventfoldError(error, 'consumer-failed') && isEventfoldError(error.cause, 'consumer-removed')
        if (!(switched.aborted || isRetired) || signal?.aborted === true) throw error
      }
    }
    const { store, name } = this.#generations
    const left = Math.max(0, Math.ceil(timeout - (performance.now() - began)))
    const reached = async () => {
      const actual = await this.#generations.reached()
      // What a newer version has superseded is kept up to date by others.
      const isAlive = this.#error === undefined || isEventfoldError(this.#error, 'projection-superseded')
      if (actual < position && !isAlive) throw this.#error
      return actual
    }
    await untilReached(store.adapter, name, position, reached, {
      timeout: left,
      ...(signal !== undefined && { signal }),
    })
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => {})
    return turn
  }

  async #startFailed(): Promise<void> {
    if (!this.#consumers.haveFailed) return
    // What was retired meanwhile is not to begin anew.
    await this.#follow()
    await this.#consumers.startFailed()
  }

  async #followUntil(end: AbortSignal): Promise<void> {
    const { closing } = this.#generations.store
    const endOrClosing = AbortSignal.any([end, closing])
    while (!end.aborted) {
      await this.#alarm.sleep(this.#followInterval, endOrClosing)
      if (end.aborted) return
      try {
        if (closing.aborted) throw new StoreClosedError()
        await this.follow()
      } catch (error) {
        if (end.aborted) return
        if (!passesByItself(error)) return this.#endBecauseOf(error)
        this.#report(error, 'retry')
      }
    }
  }

  async #endBecauseOf(error: unknown): Promise<void> {
    this.#error = error
    this.#end?.abort()
    this.#end = undefined
    this.#switched.abort()
    this.#switched = new AbortController()
    await this.#consumers.stop()
    this.#report(error, 'stop')
  }

  async #follow(): Promise<void> {
    const { version } = this.#generations.storage
    const record = await this.#generations.read()
    if (this.#end === undefined || record === undefined) return
    const { current, building } = record
    if (this.#current !== current.number) {
      this.#current = current.number
      this.#switched.abort()
      this.#switched = new AbortController()
    }
    if (current.version > version) {
      return this.#endBecauseOf(
        new ProjectionSupersededError(this.#generations.name, version, current.version),
      )
    }
    const wanted = new Set<number>()
    if (current.version === version) wanted.add(current.number)
    if (building?.version === version && building.purpose === 'upgrade') wanted.add(building.number)
    for (const number of wanted) if (!(await this.#consumers.run(number))) return this.#follow()
    const known = new Set([current.number, building?.number])
    const gone = await this.#consumers.stop((number) => !wanted.has(number))
    // They may have created anew what was removed while they ended.
    for (const number of gone) if (!known.has(number)) await this.#generations.removeLeftovers(number)
    await this.#upgrade(record)
  }

  async #upgrade({ building }: GenerationRecord): Promise<void> {
    const consumer = building === null ? undefined : this.#consumers.get(building.number)
    if (building === null || consumer?.state !== 'live') return
    const result = await trySwitch(this.#generations, building.number)
    if (result.done) await this.#follow()
    else void sleep(upgradePause).then(this.#alarm.ring)
  }

  #report(error: unknown, action: 'retry' | 'stop'): void {
    try {
      this.#options.onError?.(error, { attempt: 1, action })
    } catch {
      // A hook that throws must not stop a read model.
    }
  }
}

/** A build that was cancelled in the middle of a look is seen by the next one. */
function passesByItself(error: unknown): boolean {
  return isEventfoldError(error) && (error.retryable || error.code === 'rebuild-cancelled')
}
