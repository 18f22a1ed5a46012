import { documentKeys, type EventStore, forgetSubject, readModel, repository } from '@eventfold/core'
import { describe, expect, test } from 'vitest'
import { Order } from '../src/order.ts'
import { OrderDetails } from '../src/order-details.ts'
import { shopStoreOptions } from '../src/shop-store.ts'
import { storages } from './stores.ts'

const at = '2026-01-01T12:00:00.000Z'
const recipient = { name: 'Ada Lovelace', address: '12 St James Square' }
const forgotten = { name: 'forgotten', address: 'forgotten' }
const placing = {
  items: [{ sku: 'lamp', quantity: 1, unitPrice: 500 }],
  placedAt: at,
  estimatedAt: at,
}

/** Every row of every table of a database, as text. */
async function everyRow({ adapter: { sql } }: EventStore) {
  if (sql === undefined) return ''
  const isPostgres = sql.dialect === 'postgres'
  const tables = await sql.run(
    isPostgres
      ? `SELECT format('%I.%I', schemaname, tablename) AS "name" FROM pg_tables WHERE schemaname LIKE 'eventfold%'`
      : `SELECT '"' || name || '"' AS name FROM sqlite_schema WHERE type = 'table'`,
  )
  const rows: string[] = []
  for (const { name } of tables) {
    const row = isPostgres ? 'SELECT t::text AS "row" FROM ' : 'SELECT * FROM '
    rows.push(JSON.stringify(await sql.run(`${row}${String(name)}${isPostgres ? ' t' : ''}`)))
  }
  expect(rows.length).toBeGreaterThan(4)
  return rows.join('\n')
}

describe.each(storages)('a customer who is forgotten, on %s', (_name, create) => {
  test('is nowhere to be found, and the orders stay', async () => {
    const keys = documentKeys(await (await create())())
    const open = await create()
    const store = await open(shopStoreOptions(keys))
    const orders = repository(Order, store, { snapshots: { every: 1 }, cache: 10 })
    await orders.execute('1', 'place', { ...placing, customer: 'ada', recipient })
    await orders.execute('2', 'place', {
      ...placing,
      customer: 'bob',
      recipient: { ...recipient, name: 'Bob' },
    })
    await orders.execute('1', 'pay', { at, amount: 500 })
    await using details = readModel(OrderDetails, store, { mode: 'async' })
    await details.start()
    await details.waitFor(await store.head(), { timeout: 60_000 })
    expect((await details.get('1'))?.recipient).toEqual(recipient)

    const report = await forgetSubject(store, 'ada', { readModels: [details] })
    // Bob lives at the same place, which his own document says.
    expect(report).toMatchObject({
      events: 1,
      streams: ['order-1'],
      values: 2,
      readModels: ['order-details'],
    })
    expect(report.found?.map(({ value, place }) => [value, place])).toEqual([
      ['OrderPlaced.recipient', 'document'],
    ])
    expect(await everyRow(store)).not.toContain('Lovelace')

    const [placed] = await store.readStream('order-1')
    expect(placed?.data).toMatchObject({ customer: 'ada', recipient: forgotten, total: 500 })
    expect((await orders.load('1')).state.status).toBe('paid')
    expect(await details.get('1')).toMatchObject({ customer: 'ada', recipient: forgotten, status: 'paid' })
    expect((await details.get('2'))?.recipient?.name).toBe('Bob')
    await orders.execute('1', 'process', { at })
    await details.rebuild()
    expect(await details.get('1')).toMatchObject({ recipient: forgotten, status: 'processing' })
    expect(await everyRow(store)).not.toContain('Lovelace')
  })
})
