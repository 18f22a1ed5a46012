import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readOrders } from '../src/read-orders.ts'
import { temporaryFolder } from './temporary-folder.ts'

const header =
  'order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date'

async function read(row: string) {
  const path = join(await temporaryFolder(), 'orders.csv')
  await writeFile(path, `${header}\n${row}\n`)
  const rows = []
  for await (const each of readOrders(path)) rows.push(each)
  return rows
}

test('a row is read, with what is missing', async () => {
  expect(await read('7,ada,canceled,10/2/2017 9:05,,,,10/18/2017 0:00')).toEqual([
    {
      line: 2,
      order: '7',
      customer: 'ada',
      status: 'canceled',
      placedAt: '2017-10-02T09:05:00.000Z',
      approvedAt: undefined,
      shippedAt: undefined,
      deliveredAt: undefined,
      estimatedAt: '2017-10-18T00:00:00.000Z',
    },
  ])
})

test.each([
  ['7,ada,lost,10/2/2017 9:05,,,,10/18/2017 0:00', 'Line 2: "lost" is no status of an order.'],
  [
    '7,ada,shipped,2017-10-02,,,,10/18/2017 0:00',
    'Line 2: "2017-10-02" is no time, such as 10/2/2017 10:56.',
  ],
  [
    '7,ada,shipped,2/30/2017 9:05,,,,10/18/2017 0:00',
    'Line 2: "2/30/2017 9:05" is no time, such as 10/2/2017 10:56.',
  ],
  ['7,,shipped,10/2/2017 9:05,,,,10/18/2017 0:00', 'Line 2: it has no customer_id.'],
])('%s is refused', async (row, message) => {
  await expect(read(row)).rejects.toThrow(message)
})
