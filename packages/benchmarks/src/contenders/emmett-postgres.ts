import { CommandHandler, type Event } from '@event-driven-io/emmett'
import { getPostgreSQLEventStore, type PostgresEventStore } from '@event-driven-io/emmett-postgresql'
import pg from 'pg'
import type { Append, BenchmarkStore, Contender, Loaded, Settings } from '../contender.ts'
import { addDeposit, type Balance, type Deposit, type MoneyDeposited, noBalance } from '../deposit.ts'
import { readServerSettings } from './postgres-settings.ts'

type Deposited = Event<'MoneyDeposited', Deposit>

const evolve = (balance: Balance, { data }: Deposited) => addDeposit(balance, data)
const handle = CommandHandler<Balance, Deposited>({ evolve, initialState: () => noBalance })

/** Emmett over a pool of pg, with the defaults of both. */
class EmmettPostgresStore implements BenchmarkStore {
  readonly #pool: pg.Pool
  readonly #store: PostgresEventStore

  constructor(connectionString: string) {
    this.#pool = new pg.Pool({ connectionString })
    this.#pool.on('error', () => {})
    this.#store = getPostgreSQLEventStore(connectionString, { connectionOptions: { pool: this.#pool } })
  }

  async createTables(): Promise<void> {
    await this.#store.schema.migrate()
  }

  async append({ stream, expected, events }: Append): Promise<void> {
    await this.#store.appendToStream<Deposited>(stream, [...events], {
      expectedStreamVersion: BigInt(expected),
    })
  }

  async load(stream: string): Promise<Loaded> {
    const { state, currentStreamVersion } = await this.#store.aggregateStream<Balance, Deposited>(stream, {
      evolve,
      initialState: () => noBalance,
    })
    return { balance: state, version: Number(currentStreamVersion) }
  }

  async command(stream: string, event: MoneyDeposited): Promise<void> {
    await handle(this.#store, stream, (balance) => {
      if (balance.cents < 0) throw new Error('The account is overdrawn')
      return event
    })
  }

  async fill(appends: readonly Append[]): Promise<void> {
    await Promise.all(appends.map((append) => this.append(append)))
  }

  async countEvents(): Promise<number> {
    const { rows } = await this.#pool.query('SELECT count(*)::int AS n FROM emt_messages')
    return rows[0].n
  }

  settings(): Promise<Settings> {
    return readServerSettings((sql) => this.#pool.query(sql))
  }

  async close(): Promise<void> {
    await this.#store.close()
    await this.#pool.end()
  }
}

export const emmettPostgres: Contender = {
  name: 'Emmett',
  open: async ({ connectionString }) => {
    const store = new EmmettPostgresStore(connectionString)
    await store.createTables()
    return store
  },
}
