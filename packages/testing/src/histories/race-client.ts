import assert from 'node:assert/strict'
import {
  type AppendResult,
  ConcurrencyError,
  type EventStore,
  type ExpectedVersion,
  type StreamAppend,
} from '@eventfold/core'
import { pause } from '../contract/wait-until.ts'

export interface RaceStep {
  readonly kind: 'any' | 'exact' | 'twice' | 'several' | 'transaction' | 'rollback'
  readonly stream: number
  readonly count: number
  /** Milliseconds before the step. */
  readonly pause: number
}

/** What a client did, and heard of it. */
export interface RaceRecord {
  /** Ticks of a clock that all clients share. */
  readonly invoked: number
  readonly replied: number
  readonly appends: readonly StreamAppend[]
  readonly eventIds: readonly string[]
  readonly outcome:
    | { readonly kind: 'stored'; readonly results: readonly AppendResult[] }
    | {
        readonly kind: 'conflict'
        readonly stream: string
        readonly expected: ExpectedVersion
        readonly actual: number
      }
    | { readonly kind: 'rolled back' }
}

const rolledBack = new Error('rolled back by the race')

export class RaceClient {
  readonly #store: EventStore
  readonly #tick: () => number

  constructor(store: EventStore, tick: () => number) {
    this.#store = store
    this.#tick = tick
  }

  async run(steps: readonly RaceStep[]): Promise<RaceRecord[]> {
    const records: RaceRecord[] = []
    for (const step of steps) {
      await pause(step.pause)
      records.push(await this.#step(step))
    }
    return records
  }

  async #step(step: RaceStep): Promise<RaceRecord> {
    const appends = await this.#appends(step)
    const eventIds = appends.flatMap(({ events }) => events.map(({ id }) => id as string))
    const invoked = this.#tick()
    const outcome = await this.#send(step, appends).then(
      (results): RaceRecord['outcome'] => ({ kind: 'stored', results }),
      (error: unknown): RaceRecord['outcome'] => {
        if (error === rolledBack) return { kind: 'rolled back' }
        if (!(error instanceof ConcurrencyError)) throw error
        const { stream, expected, actual } = error
        return { kind: 'conflict', stream, expected, actual }
      },
    )
    return { invoked, replied: this.#tick(), appends, eventIds, outcome }
  }

  async #appends({ kind, stream, count }: RaceStep): Promise<readonly StreamAppend[]> {
    const streams = kind === 'several' ? [stream, (stream + 1) % 3] : [stream]
    const appends: StreamAppend[] = []
    for (const key of streams) {
      const id = `race-${key}`
      const version = kind === 'any' ? 0 : ((await this.#store.streamInfo(id))?.version ?? 0)
      const events = Array.from({ length: count }, () => ({
        type: 'Ran',
        data: kind,
        id: this.#store.newId(),
      }))
      const isExact = kind === 'exact' || kind === 'twice'
      appends.push({ stream: id, events, expected: isExact ? version : 'any' })
    }
    return appends
  }

  async #send({ kind }: RaceStep, appends: readonly StreamAppend[]): Promise<readonly AppendResult[]> {
    const store = this.#store
    if (kind === 'transaction' || kind === 'rollback') {
      return store.transaction(async (transaction) => {
        const results = await store.appendAll(appends, { transaction })
        await pause()
        if (kind === 'rollback') throw rolledBack
        return results
      })
    }
    if (kind !== 'twice') return store.appendAll(appends)
    // As after a lost reply: both fail, or both succeed with one result, of which one is new.
    const [first, second] = await Promise.allSettled([store.appendAll(appends), store.appendAll(appends)])
    if (first.status === 'rejected') throw first.reason
    if (second.status === 'rejected') throw second.reason
    const [one, other] = [first.value, second.value]
    assert.deepEqual(
      one.map(({ duplicate }) => duplicate),
      other.map(({ duplicate }) => !duplicate),
    )
    const placesOf = (results: readonly AppendResult[]) =>
      results.map(({ version, position }) => [version, position])
    assert.deepEqual(placesOf(one), placesOf(other))
    return one
  }
}
