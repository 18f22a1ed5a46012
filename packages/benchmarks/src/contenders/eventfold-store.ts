import { defineAggregate, type EventStore, keyOf, type Repository, repository } from '@eventfold/core'
import type { Append, BenchmarkStore, Loaded, Settings } from '../contender.ts'
import { addDeposit, type Balance, depositSchema, type MoneyDeposited, noBalance } from '../deposit.ts'

const Account = defineAggregate('account', {
  initialState: noBalance,
  events: { MoneyDeposited: depositSchema },
  evolve: { MoneyDeposited: addDeposit },
  commands: { deposit: depositSchema },
  decide: {
    deposit: (balance, data) => {
      if (balance.cents < 0) throw new Error('The account is overdrawn')
      return [{ type: 'MoneyDeposited', data }]
    },
  },
})

type Accounts<Transaction> = Repository<
  (typeof Account)['events'],
  Balance,
  (typeof Account)['commands'],
  unknown,
  Transaction
>

/** Eventfold, the same on every store: appends to the event store, loads and commands through the repository. */
export class EventfoldStore<Transaction> implements BenchmarkStore {
  readonly #store: EventStore<Transaction>
  readonly #accounts: Accounts<Transaction>
  readonly #readSettings: (store: EventStore<Transaction>) => Promise<Settings>

  constructor(
    store: EventStore<Transaction>,
    readSettings: (store: EventStore<Transaction>) => Promise<Settings>,
  ) {
    this.#store = store
    this.#accounts = repository(Account, store)
    this.#readSettings = readSettings
  }

  async append({ stream, expected, events }: Append): Promise<void> {
    await this.#store.append(stream, events, { expected })
  }

  async load(stream: string): Promise<Loaded> {
    const { state, version } = await this.#accounts.load(keyOf(stream))
    return { balance: state, version }
  }

  async command(stream: string, { data }: MoneyDeposited): Promise<void> {
    await this.#accounts.execute(keyOf(stream), 'deposit', data)
  }

  async fill(appends: readonly Append[]): Promise<void> {
    await this.#store.appendAll(appends)
  }

  async countEvents(): Promise<number> {
    let count = 0
    for await (const batch of this.#store.readLogInBatches({ limit: 10_000 })) count += batch.length
    return count
  }

  settings(): Promise<Settings> {
    return this.#readSettings(this.#store)
  }

  close(): Promise<void> {
    return this.#store.close()
  }
}
