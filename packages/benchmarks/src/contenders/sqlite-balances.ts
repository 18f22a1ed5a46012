import type Database from 'better-sqlite3'
import type { Projected } from '../contender.ts'
import { addBalances, addDeposit, type Balance, type Deposit, noBalance } from '../deposit.ts'
import type { LogRow } from './hand-written-sqlite.ts'

const schema = `
  CREATE TABLE balances (
    model TEXT NOT NULL,
    key   TEXT NOT NULL,
    data  TEXT NOT NULL,
    PRIMARY KEY (model, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE checkpoints (
    model    TEXT NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`

const upsertBalance = `
  INSERT INTO balances (model, key, data) VALUES (?, ?, ?)
  ON CONFLICT (model, key) DO UPDATE SET data = excluded.data`

/**
 * A hand-written read model: for each page of the log one transaction, which moves the checkpoint, reads the documents
 * that change, and writes them. It does not wait for the disk, for the log holds what a crash undoes here.
 */
export class SqliteBalances {
  readonly #database: Database.Database
  readonly #move: Database.Statement<[number, string, number]>
  readonly #read: Database.Statement<[string, string], string>
  readonly #write: Database.Statement<[string, string, string]>
  readonly #apply: Database.Transaction<(model: string, position: number, page: readonly LogRow[]) => number>

  constructor(database: Database.Database) {
    database.exec(schema)
    this.#database = database
    this.#move = database.prepare('UPDATE checkpoints SET position = ? WHERE model = ? AND position = ?')
    this.#read = database
      .prepare<[string, string], string>('SELECT data FROM balances WHERE model = ? AND key = ?')
      .pluck()
    this.#write = database.prepare(upsertBalance)
    this.#apply = database.transaction((model, position, page) => this.#applyPage(model, position, page))
  }

  build(model: string, pageAfter: (position: number) => readonly LogRow[]): void {
    this.#database.pragma('synchronous = NORMAL')
    this.#database.prepare('INSERT INTO checkpoints (model, position) VALUES (?, 0)').run(model)
    let position = 0
    for (let page = pageAfter(0); page.length > 0; page = pageAfter(position)) {
      position = this.#apply.immediate(model, position, page)
    }
    this.#database.pragma('synchronous = FULL')
  }

  sumUp(model: string): Projected {
    const texts = this.#database
      .prepare<[string], string>('SELECT data FROM balances WHERE model = ?')
      .pluck()
      .all(model)
    const sum = texts.map((text) => JSON.parse(text) as Balance).reduce(addBalances, noBalance)
    return { documents: texts.length, deposits: sum.deposits, cents: sum.cents }
  }

  #applyPage(model: string, position: number, page: readonly LogRow[]): number {
    const next = page.at(-1)?.position ?? position
    if (this.#move.run(next, model, position).changes !== 1) throw new Error('Somebody else moved it')
    const balances = new Map<string, Balance>()
    for (const { stream, data } of page) {
      const balance = balances.get(stream) ?? this.#balanceOf(model, stream)
      balances.set(stream, addDeposit(balance, JSON.parse(data) as Deposit))
    }
    for (const [stream, balance] of balances) this.#write.run(model, stream, JSON.stringify(balance))
    return next
  }

  #balanceOf(model: string, stream: string): Balance {
    const text = this.#read.get(model, stream)
    return text === undefined ? noBalance : (JSON.parse(text) as Balance)
  }
}
