import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Append, BenchmarkStore, Contender, Loaded, Projected, Settings } from '../contender.ts'
import { addDeposit, type Balance, type Deposit, type MoneyDeposited, noBalance } from '../deposit.ts'
import { newEventId } from '../event-id.ts'
import { pageSize } from '../page-size.ts'
import { SqliteBalances } from './sqlite-balances.ts'
import { readPragmas } from './sqlite-pragmas.ts'

const schema = `
  CREATE TABLE events (
    position    INTEGER PRIMARY KEY,
    stream      TEXT NOT NULL,
    version     INTEGER NOT NULL,
    id          BLOB NOT NULL UNIQUE,
    type        TEXT NOT NULL,
    data        TEXT NOT NULL,
    metadata    TEXT,
    recorded_at INTEGER NOT NULL,
    UNIQUE (stream, version)
  ) STRICT`

interface EventRow {
  readonly version: number
  readonly type: string
  readonly data: string
}

export interface LogRow {
  readonly position: number
  readonly stream: string
  readonly type: string
  readonly data: string
}

/** One table, prepared statements, one transaction for each append. The unique constraint finds the conflicts. */
export class HandWrittenSqliteStore implements BenchmarkStore {
  protected readonly database: Database.Database
  readonly #insert: Database.Statement<[string, number, Buffer, string, string, number]>
  readonly #select: Database.Statement<[string], EventRow>
  readonly #selectPage: Database.Statement<[number, number], LogRow>
  readonly #transaction: Database.Transaction<(appends: readonly Append[]) => void>

  readonly #balances: SqliteBalances
  #models = 0

  constructor(file: string) {
    this.database = new Database(file)
    this.database.pragma('journal_mode = WAL')
    this.database.pragma('synchronous = FULL')
    this.database.pragma('wal_autocheckpoint = 10000')
    this.database.exec(schema)
    this.#insert = this.database.prepare(
      'INSERT INTO events (stream, version, id, type, data, recorded_at) VALUES (?, ?, ?, ?, ?, ?)',
    )
    this.#select = this.database.prepare(
      'SELECT version, type, data FROM events WHERE stream = ? ORDER BY version',
    )
    this.#selectPage = this.database.prepare(
      'SELECT position, stream, type, data FROM events WHERE position > ? ORDER BY position LIMIT ?',
    )
    this.#balances = new SqliteBalances(this.database)
    this.#transaction = this.database.transaction((appends) => {
      for (const append of appends) this.insert(append)
    })
  }

  async append(append: Append): Promise<void> {
    this.#transaction.immediate([append])
  }

  async load(stream: string): Promise<Loaded> {
    return this.#fold(stream)
  }

  async command(stream: string, event: MoneyDeposited): Promise<void> {
    const { balance, version } = this.#fold(stream)
    if (balance.cents < 0) throw new Error('The account is overdrawn')
    await this.append({ stream, expected: version, events: [event] })
  }

  async catchUp(): Promise<{ readonly seen: Balance }> {
    let balance = noBalance
    for (let page = this.page(0); page.length > 0; page = this.page(page.at(-1)?.position ?? 0)) {
      for (const { data } of page) balance = addDeposit(balance, JSON.parse(data) as Deposit)
    }
    return { seen: balance }
  }

  async project(): Promise<() => Promise<Projected>> {
    const model = `balances-${++this.#models}`
    this.#balances.build(model, (position) => this.page(position))
    return async () => this.#balances.sumUp(model)
  }

  async fill(appends: readonly Append[]): Promise<void> {
    this.#transaction.immediate(appends)
  }

  async countEvents(): Promise<number> {
    return this.database.prepare<[], number>('SELECT count(*) FROM events').pluck().get() ?? 0
  }

  async settings(): Promise<Settings> {
    return readPragmas(this.database)
  }

  async close(): Promise<void> {
    this.database.close()
  }

  protected page(after: number): readonly LogRow[] {
    return this.#selectPage.all(after, pageSize)
  }

  protected insert({ stream, expected, events }: Append): void {
    const now = Date.now()
    let version = expected
    for (const { type, data } of events) {
      this.#insert.run(stream, ++version, newEventId(), type, JSON.stringify(data), now)
    }
  }

  #fold(stream: string): Loaded {
    let balance = noBalance
    let version = 0
    for (const row of this.#select.all(stream)) {
      balance = addDeposit(balance, JSON.parse(row.data) as Deposit)
      version = row.version
    }
    return { balance, version }
  }
}

export const handWrittenSqlite: Contender = {
  name: 'hand-written',
  open: async ({ directory }) => new HandWrittenSqliteStore(join(directory, 'events.db')),
}
