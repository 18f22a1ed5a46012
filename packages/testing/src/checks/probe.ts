import { type RecordedEvent, StoreClosedError } from '@eventfold/core'
import type { FaultPoint } from './schedule.ts'

/** A call, as it was made. */
export interface CallRecord {
  readonly call: string
  /** The first of this name is 1. */
  readonly nth: number
  /** Whether others can see what it does, so that it matters whether a fault comes before or after it. */
  readonly hasEffect: boolean
  /** Whether it may stand still: it is asynchronous, and holds no transaction open. */
  mayPause: boolean
}

/**
 * Stands between one instance of a consumer and everything outside: counts the calls, makes one of them go wrong, and
 * lets nothing through after a crash.
 */
export class Probe {
  readonly calls: CallRecord[] = []
  /** Which events the handlers were given, in order. */
  readonly deliveries: RecordedEvent[] = []
  /** Resolves when the fault has happened. */
  readonly struck: Promise<void>
  readonly #asynchronous: Set<string>
  readonly #point: FaultPoint | undefined
  readonly #strike: () => void
  readonly #gate = Promise.withResolvers<void>()
  readonly #counts = new Map<string, number>()
  #handling: RecordedEvent | undefined
  #struckAt: RecordedEvent | undefined
  #hasStruck = false
  #isDead = false

  /** @param asynchronous names of the calls that have been seen to be so, in all runs of a check */
  constructor(asynchronous: Set<string>, point?: FaultPoint) {
    this.#asynchronous = asynchronous
    this.#point = point
    const { promise, resolve } = Promise.withResolvers<void>()
    this.struck = promise
    this.#strike = resolve
  }

  get hasStruck(): boolean {
    return this.#hasStruck
  }

  /** The event that was being handled when the fault happened. */
  get struckAt(): RecordedEvent | undefined {
    return this.#struckAt
  }

  /** Ends a pause. */
  release(): void {
    this.#gate.resolve()
  }

  /** A call that is asynchronous. */
  async call<Result>(
    name: string,
    kind: Pick<CallRecord, 'hasEffect' | 'mayPause'>,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const record = this.enter(name, kind)
    await this.pass(record, 'before')
    const result = await work()
    await this.pass(record, 'after')
    return result
  }

  /** A call whose result tells whether it is asynchronous; then it fails as such. */
  callAny(name: string, work: () => unknown): unknown {
    if (!this.#asynchronous.has(name)) return this.#callAny(name, work)
    const call = (async () => this.#callAny(name, work))()
    // Whoever does not wait for it finds nothing in the outcome, and the process goes on.
    call.catch(() => {})
    return call
  }

  #callAny(name: string, work: () => unknown): unknown {
    const record = this.enter(name, { hasEffect: true, mayPause: false })
    if (this.#isPauseAt(record, 'before')) return this.pass(record, 'before').then(work)
    this.#check(record, 'before')
    const result = work()
    if (!isPromiseLike(result)) {
      this.#check(record, 'after')
      return result
    }
    record.mayPause = true
    this.#asynchronous.add(name)
    return Promise.resolve(result).then(async (value) => {
      await this.pass(record, 'after')
      return value
    })
  }

  /** The handler of an event. */
  deliver(event: RecordedEvent, work: () => unknown): unknown {
    this.deliveries.push(event)
    this.#handling = event
    const done = () => {
      this.#handling = undefined
    }
    let result: unknown
    try {
      result = this.callAny('handler', work)
    } catch (error) {
      done()
      throw error
    }
    if (isPromiseLike(result)) return Promise.resolve(result).finally(done)
    done()
    return result
  }

  enter(call: string, kind: Pick<CallRecord, 'hasEffect' | 'mayPause'>): CallRecord {
    if (this.#isDead) throw new StoreClosedError()
    const nth = (this.#counts.get(call) ?? 0) + 1
    this.#counts.set(call, nth)
    const record = { call, nth, ...kind }
    this.calls.push(record)
    return record
  }

  async pass(record: CallRecord, when: FaultPoint['when']): Promise<void> {
    this.#check(record, when)
    if (this.#isPauseAt(record, when)) await this.#gate.promise
  }

  #isPauseAt(record: CallRecord, when: FaultPoint['when']): boolean {
    return this.#point?.fault === 'pause' && this.#isAt(record, when)
  }

  #isAt({ call, nth, mayPause }: CallRecord, when: FaultPoint['when']): boolean {
    const point = this.#point
    if (point === undefined || point.call !== call || point.nth !== nth || point.when !== when) return false
    // Where a database answers, calls come in another order each time: this one may be in a transaction.
    return point.fault !== 'pause' || mayPause || this.#asynchronous.has(call)
  }

  #check(record: CallRecord, when: FaultPoint['when']): void {
    if (this.#isDead) throw new StoreClosedError()
    if (!this.#isAt(record, when)) return
    this.#hasStruck = true
    this.#struckAt = this.#handling
    this.#strike()
    if (this.#point?.fault === 'crash') {
      this.#isDead = true
      throw new StoreClosedError()
    }
    if (this.#point?.fault === 'fail') throw new PlannedFailure(record.call)
  }
}

/** What a call fails with that a check makes fail. */
export class PlannedFailure extends Error {
  constructor(call: string) {
    super(`The check made this call of ${call} fail.`)
    this.name = 'PlannedFailure'
  }
}

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function'
}
