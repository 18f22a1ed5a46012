import type pg from 'pg'
import type { Projected } from '../contender.ts'
import { addBalances, addDeposit, type Balance, noBalance } from '../deposit.ts'
import type { LogRow } from './hand-written-postgres.ts'

export const balancesSchema = `
  CREATE TABLE balances (
    model text COLLATE "C" NOT NULL,
    key   text COLLATE "C" NOT NULL,
    data  json NOT NULL,
    PRIMARY KEY (model, key)
  );
  CREATE TABLE checkpoints (
    model    text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL
  )`

const createCheckpoint = 'INSERT INTO checkpoints (model, position) VALUES ($1, 0)'

const moveCheckpoint = 'UPDATE checkpoints SET position = $2 WHERE model = $1 AND position = $3'

const readBalances = 'SELECT key, data FROM balances WHERE model = $1 AND key = ANY ($2)'

const writeBalances = `
  INSERT INTO balances (model, key, data) SELECT $1, * FROM unnest($2::text[], $3::json[])
  ON CONFLICT (model, key) DO UPDATE SET data = excluded.data`

interface BalanceRow {
  readonly key: string
  readonly data: Balance
}

/**
 * A hand-written read model: for each page of the log one transaction, which moves the checkpoint, reads the documents
 * that change, and writes them. It does not wait for the disk, for the log holds what a crash undoes here.
 */
export class PostgresBalances {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async build(model: string, pageAfter: (position: string) => Promise<readonly LogRow[]>): Promise<void> {
    const client = await this.#pool.connect()
    try {
      await client.query(createCheckpoint, [model])
      let position = '0'
      for (let page = await pageAfter(position); page.length > 0; page = await pageAfter(position)) {
        position = await applyPage(client, model, position, page)
      }
    } finally {
      client.release()
    }
  }

  async sumUp(model: string): Promise<Projected> {
    const text = 'SELECT key, data FROM balances WHERE model = $1'
    const { rows } = await this.#pool.query<BalanceRow>(text, [model])
    const sum = rows.map(({ data }) => data).reduce(addBalances, noBalance)
    return { documents: rows.length, deposits: sum.deposits, cents: sum.cents }
  }
}

async function applyPage(
  client: pg.ClientBase,
  model: string,
  position: string,
  page: readonly LogRow[],
): Promise<string> {
  const next = page.at(-1)?.position ?? position
  await client.query('BEGIN; SET LOCAL synchronous_commit = off')
  const values = [model, next, position]
  const { rowCount } = await client.query({ name: 'move-checkpoint', text: moveCheckpoint, values })
  if (rowCount !== 1) throw new Error('Somebody else moved it')
  const keys = [...new Set(page.map(({ stream }) => stream))]
  const read = { name: 'read-balances', text: readBalances, values: [model, keys] }
  const { rows } = await client.query<BalanceRow>(read)
  const balances = new Map(rows.map(({ key, data }) => [key, data]))
  for (const { stream, data } of page) {
    balances.set(stream, addDeposit(balances.get(stream) ?? noBalance, data))
  }
  const texts = keys.map((key) => JSON.stringify(balances.get(key)))
  await client.query({ name: 'write-balances', text: writeBalances, values: [model, keys, texts] })
  await client.query('COMMIT')
  return next
}
