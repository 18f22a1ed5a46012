import type { SqlAdapter } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import type { Access } from './access.ts'

type Row = Readonly<Record<string, unknown>>

/** SQL of the user. */
export class SqlRunner implements SqlAdapter<Database.Database> {
  readonly dialect = 'sqlite'
  readonly #access: Access
  readonly #reader: Database.Database

  constructor(access: Access, reader: Database.Database) {
    this.#access = access
    this.#reader = reader
  }

  async run(statement: string, transaction?: Database.Database): Promise<readonly Row[]> {
    if (transaction === undefined) {
      const rows = await this.#access.read(() => runIfReading(this.#reader.prepare<[], Row>(statement)))
      if (rows !== undefined) return rows
    }
    return this.#access.write(transaction, ({ database }) => run(database.prepare<[], Row>(statement)))
  }
}

/** @returns undefined, and nothing run, if it does not only read */
function runIfReading(statement: Database.Statement<[], Row>): readonly Row[] | undefined {
  return statement.reader && statement.readonly ? run(statement) : undefined
}

function run(statement: Database.Statement<[], Row>): readonly Row[] {
  if (statement.reader) return statement.safeIntegers(false).all()
  statement.run()
  return []
}
