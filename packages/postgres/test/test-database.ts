import type { DocumentAdapter, SqlAdapter } from '@eventfold/core/adapter'
import { createDatabase } from '@eventfold/local-postgres'
import pg from 'pg'
import { afterAll, inject } from 'vitest'
import { openPostgres, type PostgresOptions, type PostgresStore } from '../src/index.ts'

export interface TestDatabase {
  readonly url: string
  /** For what the test does past the library. */
  readonly pool: pg.Pool
  open(options?: Partial<PostgresOptions>): Promise<PostgresStore>
  /** A client of its own, closed in the end. */
  connect(): Promise<pg.Client>
  /** The first column of the first row. */
  value(sql: string, parameters?: unknown[]): Promise<unknown>
}

/** An empty database for the tests of one file; everything that was opened on it is closed in the end. */
export async function testDatabase(): Promise<TestDatabase> {
  const { url, drop } = await createDatabase(inject('postgresUrl'))
  const pool = new pg.Pool({ connectionString: url })
  pool.on('error', () => {})
  const closers: (() => Promise<unknown>)[] = []
  afterAll(async () => {
    await Promise.all(closers.map((close) => close()))
    await pool.end()
    await drop()
  })
  return {
    url,
    pool,
    async open(options = {}) {
      const { pool: given } = options
      const store = await openPostgres({ ...(given === undefined && { connectionString: url }), ...options })
      closers.push(() => store.close())
      return store
    },
    async connect() {
      const client = new pg.Client({ connectionString: url })
      client.on('error', () => {})
      await client.connect()
      closers.push(() => client.end().catch(() => {}))
      return client
    },
    async value(sql, parameters = []) {
      const { rows } = await pool.query({ text: sql, values: parameters, rowMode: 'array' })
      return rows[0]?.[0]
    },
  }
}

/** Waits for a condition, and fails when it does not come true. */
export async function until(condition: () => unknown, milliseconds = 10_000): Promise<void> {
  const deadline = Date.now() + milliseconds
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Not within ${milliseconds} ms: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export const happened = (n = 0): { type: string; data: { n: number } } => ({ type: 'Happened', data: { n } })

/** The optional parts of the port, which this adapter has. */
export function partsOf({ adapter }: PostgresStore): {
  readonly documents: DocumentAdapter<pg.ClientBase>
  readonly sql: SqlAdapter<pg.ClientBase>
} {
  const { documents, sql } = adapter
  if (documents === undefined || sql === undefined) throw new Error('The adapter lacks a part')
  return { documents, sql }
}
