import {
  Consumer,
  type ConsumerOptions,
  type EventStore,
  keyOf,
  type RecordedEvent,
  type Repository,
  repository,
} from '@eventfold/core'
import type { Append, BenchmarkStore, Loaded, Projected, Settings } from '../contender.ts'
import { addDeposit, type Balance, type Deposit, type MoneyDeposited, noBalance } from '../deposit.ts'
import { Account } from './eventfold-account.ts'
import { buildBalances } from './eventfold-balances.ts'

type Accounts<Transaction> = Repository<
  (typeof Account)['events'],
  Balance,
  (typeof Account)['commands'],
  unknown,
  Transaction
>

/** Eventfold, the same on every store: appends to the event store, loads and commands through the repository. */
export class EventfoldStore<Transaction> implements BenchmarkStore {
  protected readonly store: EventStore<Transaction>
  #accounts: Accounts<Transaction>
  readonly #readSettings: (store: EventStore<Transaction>) => Promise<Settings>
  readonly #following: Consumer<Transaction>[] = []
  #readers = 0

  constructor(
    store: EventStore<Transaction>,
    readSettings: (store: EventStore<Transaction>) => Promise<Settings>,
  ) {
    this.store = store
    this.#accounts = repository(Account, store)
    this.#readSettings = readSettings
  }

  async append({ stream, expected, events }: Append): Promise<void> {
    await this.store.append(stream, events, { expected })
  }

  async load(stream: string): Promise<Loaded> {
    const { state, version } = await this.#accounts.load(keyOf(stream))
    return { balance: state, version }
  }

  keep(what: 'snapshots' | 'states'): void {
    const options = what === 'snapshots' ? { snapshots: { every: 100 } } : { cache: 1_000 }
    this.#accounts = repository(Account, this.store, options)
  }

  async command(stream: string, { data }: MoneyDeposited): Promise<void> {
    await this.#accounts.execute(keyOf(stream), 'deposit', data)
  }

  async catchUp(): Promise<{ readonly seen: Balance; readonly stop?: () => Promise<void> }> {
    let balance = noBalance
    const handle = ({ event }: { readonly event: RecordedEvent }) => {
      balance = addDeposit(balance, event.data as Deposit)
    }
    const consumer = new Consumer(this.store, `balance-${++this.#readers}`, { handle })
    const head = await this.store.head()
    await consumer.start()
    await consumer.waitFor(head, { timeout: 600_000 })
    return { seen: balance, stop: () => consumer.stop() }
  }

  project(): Promise<() => Promise<Projected>> {
    return buildBalances(this.store, `balances-${++this.#readers}`)
  }

  async follow(readers: number, of: 'all' | 'none'): Promise<() => Promise<void>> {
    const handle = () => {}
    const options: ConsumerOptions = { from: 'now', ...(of === 'none' && { filter: { category: 'none' } }) }
    for (let reader = 1; reader <= readers; reader++) {
      const consumer = new Consumer(this.store, `reader-${reader}`, { handle }, options)
      this.#following.push(consumer)
      await consumer.start()
    }
    return async () => {
      const head = await this.store.head()
      for (const consumer of this.#following) await consumer.waitFor(head)
    }
  }

  async fill(appends: readonly Append[]): Promise<void> {
    await this.store.appendAll(appends)
  }

  async countEvents(): Promise<number> {
    let count = 0
    for await (const batch of this.store.readLogInBatches({ limit: 10_000 })) count += batch.length
    return count
  }

  settings(): Promise<Settings> {
    return this.#readSettings(this.store)
  }

  async close(): Promise<void> {
    for (const consumer of this.#following) await consumer.stop()
    await this.store.close()
  }
}
