import { defineProjection } from '@eventfold/core'
import { Order, type OrderStatus } from './order.ts'

/** An order as its customer sees it. Money is in minor units, times are ISO times of the shop. */
export interface OrderDetail {
  readonly customer: string
  readonly recipient: { readonly name: string; readonly address: string } | null
  readonly status: OrderStatus
  readonly total: number
  readonly refunded: number
  readonly placedAt: string
  readonly estimatedAt: string
  readonly items: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice: number }[]
  /** When it came to which status. */
  readonly steps: readonly { readonly status: OrderStatus; readonly at: string }[]
}

const none: OrderDetail = {
  customer: '',
  recipient: null,
  status: 'new',
  total: 0,
  refunded: 0,
  placedAt: '',
  estimatedAt: '',
  items: [],
  steps: [],
}

/** A document for each order, found by customer, status and time. */
export const OrderDetails = defineProjection('order-details', {
  of: [Order],
  initialState: none,
  fields: ['customer', 'status', 'placedAt'],
  on: {
    OrderPlaced: (order, { data: { customer, recipient = null, items, total, placedAt, estimatedAt } }) =>
      step({ ...order, customer, recipient, items, total, placedAt, estimatedAt }, 'placed', placedAt),
    OrderPaid: (order, { data }) => step(order, 'paid', data.at),
    OrderProcessed: (order, { data }) => step(order, 'processing', data.at),
    OrderInvoiced: (order, { data }) => step(order, 'invoiced', data.at),
    OrderShipped: (order, { data }) => step(order, 'shipped', data.at),
    OrderDelivered: (order, { data }) => step(order, 'delivered', data.at),
    OrderCanceled: (order, { data }) => step(order, 'canceled', data.at),
    OrderUnavailable: (order, { data }) => step(order, 'unavailable', data.at),
    OrderReturned: (order, { data }) => step(order, 'canceled', data.at),
    OrderRefunded: (order, { data }) => ({ ...order, refunded: order.refunded + data.amount }),
  },
})

function step(order: OrderDetail, status: OrderStatus, at: string): OrderDetail {
  return { ...order, status, steps: [...order.steps, { status, at }] }
}
