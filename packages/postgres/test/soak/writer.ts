import { isEventfoldError, type NewEvent, type StoreUnavailableError } from '@eventfold/core'
import pg from 'pg'
import type { Random } from '../../../testing/test/chaos/random.ts'
import type { PostgresStore } from '../../src/index.ts'
import type { Ledger, Told } from './ledger.ts'

/** One of many that append in every way there is, and note what they were told. */
export class Writer {
  readonly #store: PostgresStore
  readonly #url: string
  readonly #random: Random
  readonly #ledger: Ledger
  readonly #dropReply: ((text: string) => void) | undefined
  #streams = 0

  /** @param dropReply loses the reply to the next request with a text */
  constructor(
    store: PostgresStore,
    url: string,
    random: Random,
    ledger: Ledger,
    dropReply: ((text: string) => void) | undefined,
  ) {
    this.#store = store
    this.#url = url
    this.#random = random
    this.#ledger = ledger
    this.#dropReply = dropReply
  }

  async step(): Promise<void> {
    const kinds = [
      this.#any,
      this.#any,
      this.#exact,
      this.#fresh,
      this.#several,
      this.#transaction,
      this.#foreign,
    ]
    const kind = kinds[this.#random.below(kinds.length)] as () => Promise<void>
    await kind.call(this)
  }

  async #any(): Promise<void> {
    const stream = this.#hotStream()
    const events = this.#events()
    if (this.#random.chance(0.1)) this.#dropReply?.(events[0]?.id as string)
    const first = await this.#append('any', stream, events, () => this.#store.append(stream, events))
    if (first === undefined || !this.#random.chance(0.2)) return
    const again = await this.#store.append(stream, events).catch(() => undefined)
    if (again === undefined) return
    if (!again.duplicate || again.version !== first.version || again.position !== first.position) {
      this.#ledger.violation('a repetition had another result')
    }
  }

  async #exact(): Promise<void> {
    const stream = this.#hotStream()
    const events = this.#events()
    const info = await this.#store.streamInfo(stream).catch(() => undefined)
    const expected = info?.version ?? 'no-stream'
    const result = await this.#append('exact', stream, events, () =>
      this.#store.append(stream, events, { expected }),
    )
    if (result !== undefined && result.version !== (info?.version ?? 0) + events.length) {
      this.#ledger.violation(`${stream} was appended to at another version than expected`)
    }
  }

  async #fresh(): Promise<void> {
    const stream = `fresh-${this.#random.uuid()}-${this.#streams++}`
    const events = this.#events()
    await this.#append('no-stream', stream, events, () =>
      this.#store.append(stream, events, { expected: 'no-stream' }),
    )
  }

  async #several(): Promise<void> {
    const writes = [...new Set([this.#hotStream(), this.#hotStream(), this.#hotStream()])].map((stream) => ({
      stream,
      events: this.#events(),
    }))
    await this.#record('several', writes, () => this.#store.appendAll(writes))
  }

  /** A transaction of the store, with savepoints and rollbacks. */
  async #transaction(): Promise<void> {
    const kept = [{ stream: this.#hotStream(), events: this.#events() }]
    const dropped = [{ stream: this.#hotStream(), events: this.#events() }]
    const isRolledBack = this.#random.chance(0.3)
    const hasSavepoint = this.#random.chance(0.5)
    const pause = this.#random.next() * 0.02
    const reason = new Error('rolled back on purpose')
    if (hasSavepoint) this.#note('savepoint', dropped, 'not stored')
    const work = this.#store.transaction(async (transaction) => {
      if (hasSavepoint) {
        await transaction.query('SAVEPOINT s')
        await this.#store.appendAll(dropped, { transaction })
        await transaction.query('ROLLBACK TO SAVEPOINT s')
      }
      await this.#store.appendAll(kept, { transaction })
      await transaction.query('SELECT pg_sleep($1)', [pause])
      if (isRolledBack) throw reason
    })
    await work.then(
      () => this.#note('transaction', kept, 'stored'),
      (error: unknown) => this.#note('transaction', kept, isRolledBack ? 'not stored' : tellFrom(error)),
    )
  }

  /** A transaction of the caller, on a client that may be killed. */
  async #foreign(): Promise<void> {
    const writes = [{ stream: this.#hotStream(), events: this.#events() }]
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: 'soak',
      lock_timeout: 2_000,
    })
    client.on('error', () => {})
    let told: Told = 'not stored'
    try {
      await client.connect()
      await client.query('BEGIN')
      await this.#store.appendAll(writes, { transaction: client })
      await client.query('SELECT pg_sleep($1)', [this.#random.next() * 0.02])
      if (this.#random.chance(0.7)) {
        told = 'unknown'
        const { command } = await client.query('COMMIT')
        told = command === 'COMMIT' ? 'stored' : 'not stored'
      } else if (this.#random.chance(0.5)) {
        await client.query('ROLLBACK')
      }
    } catch {
      // The note tells how far it came.
    }
    this.#note('foreign', writes, told)
    await client.end().catch(() => {})
  }

  async #append<Result extends { readonly version: number }>(
    kind: string,
    stream: string,
    events: readonly NewEvent[],
    call: () => Promise<Result>,
  ): Promise<Result | undefined> {
    let told: Told = 'stored'
    try {
      const result = await call()
      const base = result.version - events.length
      const placed = events.map(({ id }, index) => ({ id: id as string, stream, version: base + index + 1 }))
      this.#ledger.note({ kind, told, events: placed })
      return result
    } catch (error) {
      told = tellFrom(error)
      this.#note(kind, [{ stream, events }], told)
      return undefined
    }
  }

  async #record(
    kind: string,
    writes: readonly { readonly stream: string; readonly events: readonly NewEvent[] }[],
    call: () => Promise<unknown>,
  ): Promise<void> {
    await call().then(
      () => this.#note(kind, writes, 'stored'),
      (error: unknown) => this.#note(kind, writes, tellFrom(error)),
    )
  }

  #note(
    kind: string,
    writes: readonly { readonly stream: string; readonly events: readonly NewEvent[] }[],
    told: Told,
  ): void {
    const events = writes.flatMap(({ stream, events }) =>
      events.map(({ id }) => ({ id: id as string, stream })),
    )
    this.#ledger.note({ kind, told, events })
  }

  #hotStream(): string {
    return `hot-${this.#random.below(8)}`
  }

  #events(): readonly NewEvent[] {
    const size = this.#random.chance(0.7) ? 1 : 1 + this.#random.below(12)
    return Array.from({ length: size }, () => {
      const id = this.#random.uuid()
      return { type: 'Happened', data: { id }, id, ...(this.#random.chance(0.2) && { tags: ['tagged'] }) }
    })
  }
}

/** Other errors than Eventfold's are those of the writer's own statements, before the commit. */
function tellFrom(error: unknown): Told {
  return isEventfoldError(error, 'store-unavailable') &&
    (error as StoreUnavailableError).outcome === 'unknown'
    ? 'unknown'
    : 'not stored'
}
