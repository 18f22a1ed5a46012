import { type DocumentReader, defineProjection } from '@eventfold/core'
import { Order } from './order.ts'

/** What has happened in a month. Money is in minor units. */
export interface MonthOfSales {
  readonly month: string
  readonly placed: number
  readonly paid: number
  readonly refunded: number
  readonly shipped: number
  readonly delivered: number
  readonly hoursToDelivery: number
  readonly canceled: number
  readonly unavailable: number
}

const empty = {
  placed: 0,
  paid: 0,
  refunded: 0,
  shipped: 0,
  delivered: 0,
  hoursToDelivery: 0,
  canceled: 0,
  unavailable: 0,
}

/** A document for each month, by the times that the shop gave what happened. */
export const Sales = defineProjection('sales', {
  of: [Order],
  key: ({ data }) => ('at' in data ? data.at : data.placedAt).slice(0, 7),
  initialState: (month: string): MonthOfSales => ({ month, ...empty }),
  fields: ['month'],
  on: {
    OrderPlaced: (sales) => ({ ...sales, placed: sales.placed + 1 }),
    OrderPaid: (sales, { data }) => ({ ...sales, paid: sales.paid + data.amount }),
    OrderRefunded: (sales, { data }) => ({ ...sales, refunded: sales.refunded + data.amount }),
    OrderShipped: (sales) => ({ ...sales, shipped: sales.shipped + 1 }),
    OrderDelivered: (sales, { data }) => ({
      ...sales,
      delivered: sales.delivered + 1,
      hoursToDelivery: sales.hoursToDelivery + data.hours,
    }),
    OrderCanceled: (sales) => ({ ...sales, canceled: sales.canceled + 1 }),
    OrderReturned: (sales) => ({ ...sales, canceled: sales.canceled + 1 }),
    OrderUnavailable: (sales) => ({ ...sales, unavailable: sales.unavailable + 1 }),
  },
})

/** The sum of the months from one to another, both included. */
export async function salesBetween(
  sales: Pick<DocumentReader<MonthOfSales, { month: string }>, 'find'>,
  from: string,
  to: string,
) {
  const { documents } = await sales.find({ month: { from, to } }, { limit: 1_000 })
  const sum = { ...empty }
  for (const { document } of documents) {
    for (const name of Object.keys(empty) as (keyof typeof empty)[]) sum[name] += document[name]
  }
  return sum
}
