import { readFileSync } from 'node:fs'
import { type EventStore, readModel, repository } from '@eventfold/core'
import { checkSchemas, lockSchemas, type SchemaLock } from '@eventfold/core/schemas'
import { describe, expect, test } from 'vitest'
import { earlierEvents } from '../src/earlier-events.ts'
import { Order } from '../src/order.ts'
import { OrderDetails } from '../src/order-details.ts'
import { Payment } from '../src/payment.ts'
import { Warehouse } from '../src/warehouse.ts'
import { storages } from './stores.ts'

const lockFile = new URL('../events.lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(lockFile, 'utf8')) as SchemaLock

const at = (hour: number) => `2024-03-01T${String(hour).padStart(2, '0')}:00:00.000Z`
const estimatedAt = '2024-03-09T00:00:00.000Z'

/** As the shop wrote it when it was new. */
const first = [
  {
    type: 'OrderPlaced',
    data: { customer: 'ada', sku: 'lamp', quantity: 2, price: 12.35, placedAt: at(8), estimatedAt },
  },
  { type: 'OrderViewed', data: { by: 'ada' } },
  { type: 'OrderPaidAndPacked', data: { at: at(9), amount: 24.7 } },
  { type: 'OrderSent', data: { at: at(10) } },
]

/** As it wrote it after its first change. */
const second = [
  {
    type: 'OrderPlaced',
    schemaVersion: 2,
    data: {
      customer: 'ada',
      items: [
        { sku: 'lamp', quantity: 1, unitPrice: 1_235 },
        { sku: 'bulb', quantity: 3, unitPrice: 200 },
      ],
      placedAt: at(11),
      estimatedAt,
    },
  },
]

describe.each(storages)('a log of the first shop, on %s', (_name, create) => {
  test('is read by the shop of today, and goes on', async () => {
    const open = await create()
    const before = await open()
    await before.append('order-1', first)
    await before.append('order-2', second)
    const stored = (await before.readLog()).events

    const store: EventStore = await open({ upcasters: earlierEvents })
    const orders = repository(Order, store, { validateOnRead: true })
    expect((await orders.load('1')).state).toMatchObject({ status: 'shipped', total: 2_470, paid: 2_470 })
    expect((await orders.load('2')).state).toMatchObject({ status: 'placed', total: 1_835, paid: 0 })
    await orders.execute('1', 'deliver', { at: at(20) })
    await orders.execute('2', 'pay', { at: at(12), amount: 1_835 })
    await orders.execute('3', 'place', {
      customer: 'bob',
      items: [{ sku: 'lamp', quantity: 1, unitPrice: 1_300 }],
      placedAt: at(13),
      estimatedAt,
    })
    const [placed] = await store.readStream('order-3')
    expect(placed?.schemaVersion).toBe(3)

    await using details = readModel(OrderDetails, store, { mode: 'async' })
    await details.start()
    await details.waitFor(await store.head(), { timeout: 60_000 })
    expect(await details.get('1')).toMatchObject({
      customer: 'ada',
      items: [{ sku: 'lamp', quantity: 2, unitPrice: 1_235 }],
      steps: [
        { status: 'placed', at: at(8) },
        { status: 'paid', at: at(9) },
        { status: 'processing', at: at(9) },
        { status: 'shipped', at: at(10) },
        { status: 'delivered', at: at(20) },
      ],
    })
    expect(await details.count({ customer: 'ada' })).toBe(2)
    expect((await details.audit()).complete).toBe(true)
    expect((await before.readLog()).events.slice(0, stored.length)).toEqual(stored)
  })
})

describe('the schemas of events', () => {
  const definitions = [Order, Payment, Warehouse]

  test('are those that were agreed on, and earlier events can still be read', async () => {
    expect(await checkSchemas(lock, definitions, { upcasters: earlierEvents })).toEqual([])
    expect(lockSchemas(definitions, { upcasters: earlierEvents, previous: lock })).toEqual(lock)
  })

  test('have samples of what the first shop wrote', () => {
    const sampled = Object.entries(lock.events['order'] ?? {}).flatMap(([type, { versions }]) =>
      Object.entries(versions).flatMap(([version, { samples }]) =>
        samples.map((data) => ({ type, schemaVersion: Number(version), data })),
      ),
    )
    for (const event of [...first, ...second]) expect(sampled).toContainEqual({ schemaVersion: 1, ...event })
  })
})
