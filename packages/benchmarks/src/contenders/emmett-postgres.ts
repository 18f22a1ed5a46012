import { CommandHandler, type Event } from '@event-driven-io/emmett'
import { getPostgreSQLEventStore, type PostgresEventStore } from '@event-driven-io/emmett-postgresql'
import pg from 'pg'
import type { Append, BenchmarkStore, Contender, Loaded, Settings } from '../contender.ts'
import { addDeposit, type Balance, type Deposit, type MoneyDeposited, noBalance } from '../deposit.ts'
import { type Pulling, tunedPulling } from './emmett-pulling.ts'
import { readServerSettings } from './postgres-settings.ts'

type Deposited = Event<'MoneyDeposited', Deposit>

const evolve = (balance: Balance, { data }: Deposited) => addDeposit(balance, data)
const handle = CommandHandler<Balance, Deposited>({ evolve, initialState: () => noBalance })

/** Emmett over a pool of pg, with the defaults of both. */
class EmmettPostgresStore implements BenchmarkStore {
  readonly #pool: pg.Pool
  readonly #store: PostgresEventStore
  readonly #pulling: Pulling
  #consumers = 0

  constructor(connectionString: string, pulling: Pulling) {
    this.#pulling = pulling
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

  async catchUp(events: number): Promise<{ readonly seen: Balance }> {
    let balance = noBalance
    const consumer = this.#store.consumer<Deposited>({ pulling: this.#pulling })
    consumer.reactor<Deposited>({
      processorId: `balance-${++this.#consumers}`,
      eachMessage: ({ data }) => {
        balance = addDeposit(balance, data)
      },
      stopAfter: () => balance.deposits === events,
    })
    await consumer.start()
    return { seen: balance }
  }

  async fill(appends: readonly Append[]): Promise<void> {
    for (const append of appends) await this.append(append)
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

function contender(name: 'Emmett' | 'Emmett, tuned', pulling: Pulling): Contender {
  return {
    name,
    open: async ({ connectionString }) => {
      const store = new EmmettPostgresStore(connectionString, pulling)
      await store.createTables()
      return store
    },
  }
}

export const emmettPostgres: Contender = contender('Emmett', {})
export const tunedEmmettPostgres: Contender = contender('Emmett, tuned', tunedPulling)
