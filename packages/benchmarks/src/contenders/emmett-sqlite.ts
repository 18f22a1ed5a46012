import { join } from 'node:path'
import { CommandHandler, type Event } from '@event-driven-io/emmett'
import { getSQLiteEventStore, type SQLiteEventStore, sqliteConnection } from '@event-driven-io/emmett-sqlite'
import type { Append, BenchmarkStore, Contender, Loaded, Settings } from '../contender.ts'
import { addDeposit, type Balance, type Deposit, type MoneyDeposited, noBalance } from '../deposit.ts'
import { type Pulling, tunedPulling } from './emmett-pulling.ts'
import { describePragma, pragmas } from './sqlite-pragmas.ts'

type Deposited = Event<'MoneyDeposited', Deposit>

const evolve = (balance: Balance, { data }: Deposited) => addDeposit(balance, data)
const handle = CommandHandler<Balance, Deposited>({ evolve, initialState: () => noBalance })

/**
 * Emmett over one connection. Its default, a connection for each call, fails: setting WAL mode on the new connection
 * meets the first transaction ("cannot commit transaction - SQL statements in progress").
 *
 * One call at a time: calls under way at once on one connection would share a transaction, and resolve before it
 * commits.
 */
class EmmettSqliteStore implements BenchmarkStore {
  readonly #connection: ReturnType<typeof sqliteConnection>
  readonly #store: SQLiteEventStore
  readonly #pulling: Pulling
  #turn: Promise<unknown> = Promise.resolve()
  #consumers = 0

  constructor(fileName: string, connection: ReturnType<typeof sqliteConnection>, pulling: Pulling) {
    this.#connection = connection
    this.#pulling = pulling
    this.#store = getSQLiteEventStore({
      fileName,
      connectionOptions: { singleton: true, connection },
    })
  }

  append(append: Append): Promise<void> {
    return this.#inTurn(() => this.#append(append))
  }

  load(stream: string): Promise<Loaded> {
    return this.#inTurn(async () => {
      const { state, currentStreamVersion } = await this.#store.aggregateStream<Balance, Deposited>(stream, {
        evolve,
        initialState: () => noBalance,
      })
      return { balance: state, version: Number(currentStreamVersion) }
    })
  }

  command(stream: string, event: MoneyDeposited): Promise<void> {
    return this.#inTurn(async () => {
      await handle(this.#store, stream, (balance) => {
        if (balance.cents < 0) throw new Error('The account is overdrawn')
        return event
      })
    })
  }

  async catchUp(events: number): Promise<{ readonly seen: Balance }> {
    let balance = noBalance
    const consumer = this.#store.consumer<Deposited>({ pulling: this.#pulling })
    consumer.processor<Deposited>({
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
    const row = await this.#connection.querySingle<{ n: number }>('SELECT count(*) AS n FROM emt_messages')
    return row?.n ?? 0
  }

  async settings(): Promise<Settings> {
    const version = await this.#connection.querySingle<{ v: string }>('SELECT sqlite_version() AS v')
    const settings: Record<string, string> = { sqlite: version?.v ?? '' }
    for (const name of pragmas) {
      const row = await this.#connection.querySingle<Record<string, unknown>>(`PRAGMA ${name}`)
      settings[name] = describePragma(name, Object.values(row ?? {})[0])
    }
    return settings
  }

  async close(): Promise<void> {
    await this.#turn
    this.#connection.close()
  }

  async #append({ stream, expected, events }: Append): Promise<void> {
    await this.#store.appendToStream<Deposited>(stream, [...events], {
      expectedStreamVersion: BigInt(expected),
    })
  }

  #inTurn<Result>(call: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(call)
    this.#turn = result.catch(() => {})
    return result
  }
}

/** Emmett sets WAL mode without waiting for it, so that it may come too late and fail. The rest is as for the others. */
const preparations = [
  'PRAGMA journal_mode = WAL',
  'PRAGMA wal_autocheckpoint = 10000',
  'PRAGMA cache_size = -16000',
]

function contender(name: 'Emmett' | 'Emmett, tuned', pulling: Pulling): Contender {
  return {
    name,
    open: async ({ directory }) => {
      const fileName = join(directory, 'events.db')
      const connection = sqliteConnection({ fileName })
      for (const pragma of preparations) await connection.query(pragma)
      const store = new EmmettSqliteStore(fileName, connection, pulling)
      // The first call creates the tables.
      await store.load('account-none')
      return store
    },
  }
}

export const emmettSqlite: Contender = contender('Emmett', {})
export const tunedEmmettSqlite: Contender = contender('Emmett, tuned', tunedPulling)
