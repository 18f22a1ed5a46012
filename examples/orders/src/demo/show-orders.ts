import type { EventStore } from '@eventfold/core'
import { count, formatTable } from '@eventfold/example-terminal'
import { formatMoney } from '../money.ts'
import type { openShop } from '../open-shop.ts'
import { finalStatuses } from '../order-row.ts'
import { salesBetween } from '../sales.ts'

type Shop = ReturnType<typeof openShop>

/** Final states, one order's life, a customer's orders and the months, from the read models. */
export async function showOrders({ details, sales }: Shop, store: EventStore, print: (text: string) => void) {
  const states = await Promise.all(
    finalStatuses.map(async (status) => ({ status, orders: count(await details.count({ status })) })),
  )
  print('What has become of the orders\n')
  print(formatTable(states, ['orders']))

  const { documents: canceled } = await details.find(
    { status: 'canceled' },
    { orderBy: 'placedAt', limit: 1 },
  )
  const [first] = canceled.length > 0 ? canceled : (await details.find({}, { limit: 1 })).documents
  if (first === undefined) return
  const events = await store.readStream(`order-${first.key}`)
  print(`\nThe life of order ${first.key}, ${count(events.length)} events\n`)
  print(
    formatTable(
      first.document.steps.map(({ status, at }) => ({ status, at: minute(at) })),
      [],
    ),
  )

  const { customer } = first.document
  const page = await details.find({ customer }, { limit: 5 })
  print(`\nOrders of customer ${customer}, ${count(await details.count({ customer }))} in all\n`)
  print(
    formatTable(
      page.documents.map(({ key, document: { status, total, placedAt } }) => ({
        order: key,
        placed: minute(placedAt),
        total: formatMoney(total),
        status,
      })),
      ['total'],
    ),
  )

  const { documents: months } = await sales.find({}, { orderBy: 'month', backwards: true, limit: 6 })
  print('\nThe last months\n')
  print(
    formatTable(
      months
        .toReversed()
        .map(({ document: { month, placed, paid, refunded, delivered, hoursToDelivery } }) => ({
          month,
          placed: count(placed),
          paid: formatMoney(paid - refunded),
          delivered: count(delivered),
          'days to delivery': delivered === 0 ? '' : (hoursToDelivery / delivered / 24).toFixed(1),
        })),
      ['placed', 'paid', 'delivered', 'days to delivery'],
    ),
  )
  const all = await salesBetween(sales, '0000-00', '9999-99')
  print(
    `\n  In all ${count(all.placed)} orders for ${formatMoney(all.paid - all.refunded)}, ${count(all.delivered)} delivered.`,
  )
}

function minute(time: string) {
  return time.slice(0, 16).replace('T', ' ')
}
