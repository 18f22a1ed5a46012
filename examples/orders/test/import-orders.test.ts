import { existsSync } from 'node:fs'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { demoOutside } from '../src/demo/demo-outside.ts'
import { earlierEvents } from '../src/earlier-events.ts'
import { importOrders } from '../src/import-orders.ts'
import { lifeOf } from '../src/life-of-order.ts'
import { openShop } from '../src/open-shop.ts'
import { finalStatuses, type OrderRow } from '../src/order-row.ts'
import { readOrders } from '../src/read-orders.ts'
import { salesBetween } from '../src/sales.ts'
import { type Open, storages } from './stores.ts'

const shipped = fileURLToPath(new URL('../exports/2025.csv', import.meta.url))
const besideRepository = '../../../../shared/data/olist-orders.csv'
const olist = process.env['OLIST_ORDERS'] ?? fileURLToPath(new URL(besideRepository, import.meta.url))
const reason = existsSync(olist) ? '' : ` (skipped: no ${olist}; set OLIST_ORDERS)`

const allOrders = {
  orders: 4_998,
  states: { delivered: 4_856, shipped: 61, canceled: 25, unavailable: 24, processing: 20, invoiced: 12 },
  oddities: {
    'shipped before it was paid': 74,
    'delivered at an unknown time': 1,
    'canceled after it was shipped': 3,
  },
}

const firstOrders = {
  orders: 1_000,
  states: { delivered: 975, shipped: 13, canceled: 2, unavailable: 4, processing: 3, invoiced: 3 },
  oddities: { 'shipped before it was paid': 11, 'canceled after it was shipped': 1 },
}

// A command for each step takes a while: one store gets all of them, the others the first, unless told otherwise.
const isWhole = (store: string) => store === 'SQLite' || process.env['OLIST_WHOLE'] === 'everywhere'

/** @param limit how many orders of the export, in the order of its rows */
async function replay(path: string, create: () => Promise<Open>, limit = Number.POSITIVE_INFINITY) {
  const rows: OrderRow[] = []
  for await (const row of readOrders(path)) if (rows.length < limit) rows.push(row)
  const open = await create()
  const store = await open({ upcasters: earlierEvents })
  const shop = openShop(store, demoOutside())
  const imported = await importOrders(shop.bus, Readable.from(rows))
  await using details = shop.details
  await using sales = shop.sales
  for (const model of [details, sales]) await model.start()
  const head = await store.head()
  for (const model of [details, sales]) await model.waitFor(head, { timeout: 60_000 })
  const states: Record<string, number> = {}
  for (const status of finalStatuses) states[status] = await details.count({ status })
  // What the rows say, without a look at any event.
  const months = Map.groupBy(rows, ({ placedAt }) => placedAt.slice(0, 7))
  for (const [month, placed] of months) expect((await sales.get(month))?.placed).toBe(placed.length)
  const all = await salesBetween(sales, '0000-00', '9999-99')
  expect(all).toMatchObject({
    placed: rows.length,
    shipped: rows.filter(({ shippedAt }) => shippedAt !== undefined).length,
    delivered: rows.filter(({ status, deliveredAt }) => status === 'delivered' || deliveredAt !== undefined)
      .length,
    canceled: rows.filter(({ status }) => status === 'canceled').length,
    unavailable: rows.filter(({ status }) => status === 'unavailable').length,
  })
  for (const { order, status, customer } of rows.slice(0, 20)) {
    expect(await details.get(order)).toMatchObject({ status, customer })
  }
  return { states, oddities: Object.fromEntries(imported.oddities), orders: imported.orders }
}

describe.each(storages)('on %s', (name, create) => {
  test('the shipped export ends where it says', async () => {
    expect(await replay(shipped, create)).toEqual({
      orders: 360,
      states: { delivered: 312, shipped: 15, canceled: 12, unavailable: 6, processing: 9, invoiced: 6 },
      oddities: {
        'shipped before it was paid': 3,
        'delivered at an unknown time': 1,
        'canceled after it was shipped': 3,
      },
    })
  })

  // Of a Brazilian marketplace (Olist, CC BY-NC-SA 4.0). Not part of the project.
  test.skipIf(reason !== '')(`real orders end where they did${reason}`, { timeout: 300_000 }, async () => {
    const expected = isWhole(name) ? allOrders : firstOrders
    expect(await replay(olist, create, expected.orders)).toEqual(expected)
  })
})

test('a life is in an order that the rules allow', () => {
  const row: OrderRow = {
    line: 2,
    order: '7',
    customer: 'ada',
    status: 'delivered',
    placedAt: '2026-01-01T00:00:00.000Z',
    approvedAt: '2026-01-03T00:00:00.000Z',
    shippedAt: '2026-01-02T00:00:00.000Z',
    deliveredAt: undefined,
    estimatedAt: '2026-01-09T00:00:00.000Z',
  }
  const { steps, oddities } = lifeOf(row)
  expect(steps.map(({ at, command }) => `${at.slice(8, 10)} ${command.command}`)).toEqual([
    '01 order.place',
    '02 order.pay',
    '02 order.ship',
    '09 order.deliver',
  ])
  expect(oddities).toEqual(['shipped before it was paid', 'delivered at an unknown time'])
})
