import { EventStore, EventType } from '@castore/core'
import { InMemoryEventStorageAdapter } from '@castore/event-storage-adapter-in-memory'
import type { Append, BenchmarkStore, Contender, Loaded, Settings } from '../contender.ts'
import { addDeposit, type Deposit, type MoneyDeposited, noBalance } from '../deposit.ts'

interface Account {
  readonly aggregateId: string
  readonly version: number
  readonly cents: number
  readonly deposits: number
}

interface DepositedDetail {
  readonly aggregateId: string
  readonly version: number
  readonly type: 'MoneyDeposited'
  readonly timestamp: string
  readonly payload: Deposit
}

function openAccounts(adapter: InMemoryEventStorageAdapter) {
  return new EventStore({
    eventStoreId: 'ACCOUNTS',
    eventTypes: [new EventType<'MoneyDeposited', Deposit>({ type: 'MoneyDeposited' })],
    reducer: (account: Account, { aggregateId, version, payload }: DepositedDetail): Account => ({
      aggregateId,
      version,
      ...addDeposit(account ?? noBalance, payload),
    }),
    eventStorageAdapter: adapter,
  })
}

class CastoreMemoryStore implements BenchmarkStore {
  readonly #adapter = new InMemoryEventStorageAdapter({})
  readonly #accounts = openAccounts(this.#adapter)

  async append({ stream, expected, events }: Append): Promise<void> {
    const details = events.map(({ type, data }, index) => ({
      aggregateId: stream,
      version: expected + index + 1,
      type,
      payload: data,
    }))
    const [first, ...others] = details
    if (first === undefined) return
    if (others.length === 0) await this.#accounts.pushEvent(first)
    else
      await EventStore.pushEventGroup({}, this.#group(first), ...others.map((detail) => this.#group(detail)))
  }

  async load(stream: string): Promise<Loaded> {
    const { aggregate } = await this.#accounts.getAggregate(stream)
    if (aggregate === undefined) return { balance: noBalance, version: 0 }
    return { balance: aggregate, version: aggregate.version }
  }

  async command(stream: string, event: MoneyDeposited): Promise<void> {
    const { balance, version } = await this.load(stream)
    if (balance.cents < 0) throw new Error('The account is overdrawn')
    await this.append({ stream, expected: version, events: [event] })
  }

  async fill(appends: readonly Append[]): Promise<void> {
    for (const append of appends) await this.append(append)
  }

  async countEvents(): Promise<number> {
    return Object.values(this.#adapter.eventStore).reduce((count, events) => count + events.length, 0)
  }

  async settings(): Promise<Settings> {
    return {}
  }

  async close(): Promise<void> {}

  #group(detail: Omit<DepositedDetail, 'timestamp'>) {
    return this.#accounts.groupEvent(detail)
  }
}

export const castoreMemory: Contender = {
  name: 'castore',
  open: async () => new CastoreMemoryStore(),
}
