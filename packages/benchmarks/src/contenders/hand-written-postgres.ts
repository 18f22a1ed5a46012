import pg from 'pg'
import type { Append, BenchmarkStore, Contender, Loaded, Projected, Settings } from '../contender.ts'
import { addDeposit, type Balance, type Deposit, type MoneyDeposited, noBalance } from '../deposit.ts'
import { newEventId } from '../event-id.ts'
import { pageSize } from '../page-size.ts'
import { balancesSchema, PostgresBalances } from './postgres-balances.ts'
import { readServerSettings } from './postgres-settings.ts'

const schema = `
  CREATE TABLE events (
    position    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream      text COLLATE "C" NOT NULL,
    version     int NOT NULL,
    id          uuid NOT NULL UNIQUE,
    type        text NOT NULL,
    data        json NOT NULL,
    metadata    jsonb,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (stream, version)
  )`

const insertOne = 'INSERT INTO events (stream, version, id, type, data) VALUES ($1, $2, $3, $4, $5)'

const insertMany = `
  INSERT INTO events (stream, version, id, type, data)
  SELECT * FROM unnest($1::text[], $2::int[], $3::uuid[], $4::text[], $5::json[])`

const selectStream = 'SELECT version, type, data FROM events WHERE stream = $1 ORDER BY version'

const selectPage =
  'SELECT position, stream, type, data FROM events WHERE position > $1 ORDER BY position LIMIT $2'

interface EventRow {
  readonly version: number
  readonly type: string
  readonly data: Deposit
}

export interface LogRow {
  readonly position: string
  readonly stream: string
  readonly type: string
  readonly data: Deposit
}

/** The defaults of pg, by a list of our own: Emmett replaces the parsers of the whole process. */
const jsonTypes = new Set<number>([pg.types.builtins.JSON, pg.types.builtins.JSONB])
const numberTypes = new Set<number>([pg.types.builtins.INT2, pg.types.builtins.INT4])
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number) => {
    if (jsonTypes.has(oid)) return JSON.parse
    return numberTypes.has(oid) ? Number : (text: string) => text
  },
}

/** One table, named prepared statements, one round trip for each append. The unique constraint finds the conflicts. */
export class HandWrittenPostgresStore implements BenchmarkStore {
  protected readonly pool: pg.Pool
  readonly #balances: PostgresBalances
  #models = 0

  constructor(connectionString: string) {
    this.pool = new pg.Pool({ connectionString, types })
    this.pool.on('error', () => {})
    this.#balances = new PostgresBalances(this.pool)
  }

  async createTables(): Promise<void> {
    await this.pool.query(schema)
    await this.pool.query(balancesSchema)
  }

  async append(append: Append): Promise<void> {
    await this.insert([append])
  }

  async load(stream: string): Promise<Loaded> {
    const { rows } = await this.pool.query<EventRow>({ name: 'load', text: selectStream, values: [stream] })
    let balance = noBalance
    let version = 0
    for (const row of rows) {
      balance = addDeposit(balance, row.data)
      version = row.version
    }
    return { balance, version }
  }

  async command(stream: string, event: MoneyDeposited): Promise<void> {
    const { balance, version } = await this.load(stream)
    if (balance.cents < 0) throw new Error('The account is overdrawn')
    await this.append({ stream, expected: version, events: [event] })
  }

  async catchUp(): Promise<{ readonly seen: Balance }> {
    let balance = noBalance
    for (
      let page = await this.page('0');
      page.length > 0;
      page = await this.page(page.at(-1)?.position ?? '')
    ) {
      for (const { data } of page) balance = addDeposit(balance, data)
    }
    return { seen: balance }
  }

  async project(): Promise<() => Promise<Projected>> {
    const model = `balances-${++this.#models}`
    await this.#balances.build(model, (position) => this.page(position))
    return () => this.#balances.sumUp(model)
  }

  async fill(appends: readonly Append[]): Promise<void> {
    await this.insert(appends)
  }

  async countEvents(): Promise<number> {
    const { rows } = await this.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM events')
    return rows[0]?.n ?? 0
  }

  settings(): Promise<Settings> {
    return readServerSettings((sql) => this.pool.query(sql))
  }

  async close(): Promise<void> {
    await this.pool.end()
  }

  protected async page(after: string): Promise<readonly LogRow[]> {
    const values = [after, pageSize]
    const { rows } = await this.pool.query<LogRow>({ name: 'page', text: selectPage, values })
    return rows
  }

  /** All of them in one statement, or none. */
  protected async insert(appends: readonly Append[]): Promise<void> {
    const [first] = appends
    const [only] = first?.events ?? []
    if (first !== undefined && only !== undefined && appends.length === 1 && first.events.length === 1) {
      const { stream, expected } = first
      const values = [
        stream,
        expected + 1,
        newEventId().toString('hex'),
        only.type,
        JSON.stringify(only.data),
      ]
      await this.pool.query({ name: 'append-one', text: insertOne, values })
    } else {
      await this.pool.query({ name: 'append-many', text: insertMany, values: toColumns(appends) })
    }
  }
}

export function toColumns(appends: readonly Append[]): unknown[][] {
  const streams: string[] = []
  const versions: number[] = []
  const ids: string[] = []
  const names: string[] = []
  const data: string[] = []
  for (const { stream, expected, events } of appends) {
    let version = expected
    for (const event of events) {
      streams.push(stream)
      versions.push(++version)
      ids.push(newEventId().toString('hex'))
      names.push(event.type)
      data.push(JSON.stringify(event.data))
    }
  }
  return [streams, versions, ids, names, data]
}

export const handWrittenPostgres: Contender = {
  name: 'hand-written',
  open: async ({ connectionString }) => {
    const store = new HandWrittenPostgresStore(connectionString)
    await store.createTables()
    return store
  },
}
