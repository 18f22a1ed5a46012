import assert from 'node:assert/strict'
import {
  type AppendResult,
  type DocumentProjection,
  type DocumentReader,
  defineAggregate,
  defineProjection,
  type EventStore,
  type NewEvent,
  type RecordedEvent,
  typeOf,
} from '@eventfold/core'
import { deposited, range } from './facts.ts'

const Account = defineAggregate('account', {
  initialState: {},
  events: {
    MoneyDeposited: typeOf<{ readonly cents: number }>(),
    AccountClosed: typeOf<Readonly<Record<string, never>>>(),
  },
  evolve: { MoneyDeposited: (state) => state, AccountClosed: (state) => state },
})

export interface Balance {
  readonly cents: number
  /** Of the events that it was made of. */
  readonly versions: readonly number[]
}

export interface BalanceFields {
  readonly cents: number
  readonly events: number
}

export type Balances = DocumentProjection<RecordedEvent, Balance, BalanceFields>

const empty: Balance = { cents: 0, versions: [] }

/**
 * A projection of accounts.
 *
 * @param factor of the cents, to tell two versions apart
 */
export function balancesOf(name = 'balances', version = 1, factor = 1): Balances {
  return defineProjection(name, {
    version,
    of: [Account],
    initialState: empty,
    fields: { cents: ({ cents }) => cents, events: ({ versions }) => versions.length },
    on: {
      MoneyDeposited: ({ cents, versions }, { data, version: eventVersion }) => ({
        cents: cents + data.cents * factor,
        versions: [...versions, eventVersion],
      }),
      AccountClosed: () => null,
    },
  }) as Balances
}

/** What was acknowledged, and so what every read model has to show. */
export class AcknowledgedAccounts {
  readonly #appends: { readonly stream: string; readonly version: number; readonly event: NewEvent }[] = []

  async append(
    store: EventStore,
    stream: string,
    events: readonly NewEvent[],
    transaction?: unknown,
  ): Promise<AppendResult> {
    const options = transaction === undefined ? {} : { transaction }
    const result = await store.append(stream, events, options)
    for (const [index, event] of events.entries()) {
      this.#appends.push({ stream, version: result.version - events.length + 1 + index, event })
    }
    return result
  }

  /** Four writers at once, each with an account of its own, which it closes at times, and one that all share. */
  async write(stores: readonly EventStore[], rounds: number): Promise<void> {
    const writers = range(0, 3).map(async (writer) => {
      const store = stores[writer % stores.length] as EventStore
      for (const round of range(1, rounds)) {
        const isClosing = round % 5 === 4 && writer % 2 === 0
        const stream = round % 3 === 0 && !isClosing ? 'account-common' : `account-${writer}`
        await this.append(store, stream, [isClosing ? { type: 'AccountClosed', data: {} } : deposited(round)])
      }
    })
    await Promise.all(writers)
  }

  /** The documents, by key, computed without any code of a projection. */
  balances(factor = 1): Record<string, Balance> {
    const balances: Record<string, Balance> = {}
    for (const { stream, version, event } of this.#appends.toSorted((a, b) => a.version - b.version)) {
      const key = stream.slice('account-'.length)
      const { cents, versions } = balances[key] ?? empty
      if (event.type === 'AccountClosed') delete balances[key]
      else {
        const { cents: more } = event.data as { readonly cents: number }
        balances[key] = { cents: cents + more * factor, versions: [...versions, version] }
      }
    }
    return balances
  }

  /** Asserts that a read model shows exactly this, by every way of reading. */
  async check(model: DocumentReader<Balance, BalanceFields>, factor = 1): Promise<void> {
    const expected = this.balances(factor)
    const { documents, next } = await model.list({ limit: 1_000 })
    assert.equal(next, undefined)
    const listed = documents.map(({ key, document }) => [key, document])
    assert.deepEqual(Object.fromEntries(listed), expected)
    assert.equal(await model.count(), Object.keys(expected).length)
    for (const key of [...Object.keys(expected), 'nobody']) {
      assert.deepEqual(await model.get(key), expected[key])
    }
    const cents = Object.values(expected).map((balance) => balance.cents)
    const from = cents.sort((a, b) => a - b)[Math.floor(cents.length / 2)] ?? 0
    const rich = Object.keys(expected).filter((key) => (expected[key] as Balance).cents >= from)
    const found = await model.find(
      { cents: { from }, events: { from: 1 } },
      { orderBy: 'cents', backwards: true },
    )
    assert.deepEqual(found.documents.map(({ key }) => key).sort(), rich.sort())
    const order = found.documents.map(({ document }) => document.cents)
    assert.deepEqual(
      order,
      order.toSorted((a, b) => b - a),
    )
  }
}
