import { defineStepSaga } from '@eventfold/core'
import { Order } from './order.ts'
import { Carrier, Mail } from './outside.ts'
import { Payment } from './payment.ts'
import { Warehouse } from './warehouse.ts'

/** How long a customer has to pay, in milliseconds. */
export const timeToPay = 30 * 60_000

const minute = (at: string, minutes: number) => new Date(Date.parse(at) + minutes * 60_000).toISOString()

/**
 * Takes an order from the shelf to the carrier: reserves the stock, waits for the payment, has the parcel picked up. Where
 * something fails, everything is undone in reverse order, down to the order, which is canceled. That the mail does not
 * arrive is only recorded.
 */
export const Fulfilment = defineStepSaga('fulfilment', {
  of: [Order, Payment],
  sends: [Order, Payment, Warehouse, Carrier, Mail],
  key: ({ stream }) => stream.slice(stream.indexOf('-') + 1),
  startedBy: ['OrderPlaced'],
  abortedBy: ['OrderCanceled'],
  data: ({ data: { customer, items, total, placedAt } }, order) => ({
    order,
    customer,
    items: items.map(({ sku, quantity }) => ({ sku, quantity })),
    total,
    placedAt,
    parcel: '',
  }),
  steps: [
    {
      name: 'order',
      compensation: ({ order, placedAt }) => ({
        command: 'order.cancel',
        to: order,
        input: { at: placedAt, reason: 'it could not be fulfilled' },
      }),
    },
    {
      name: 'stock',
      action: ({ order, items }) => ({ command: 'warehouse.reserve', to: 'main', input: { order, items } }),
      compensation: ({ order }) => ({ command: 'warehouse.release', to: 'main', input: { order } }),
    },
    {
      name: 'invoice',
      action: ({ order, total }) => ({ command: 'payment.request', to: order, input: { amount: total } }),
      compensation: ({ order }) => ({ command: 'payment.undo', to: order, input: {} }),
    },
    { name: 'payment', awaits: { PaymentReceived: (data) => data }, timeout: timeToPay },
    {
      name: 'paid',
      action: ({ order, total, placedAt }) => ({
        command: 'order.pay',
        to: order,
        input: { at: minute(placedAt, 10), amount: total },
      }),
    },
    {
      name: 'pickUp',
      action: ({ order }) => ({ command: 'carrier.pickUp', input: { order } }),
      done: (data, done) =>
        done.command === 'carrier.pickUp' ? { ...data, parcel: done.value.parcel } : data,
      compensation: ({ order }) => ({ command: 'carrier.callBack', input: { order } }),
      retry: { attempts: 3, firstPause: 200 },
    },
    {
      name: 'ship',
      action: ({ order, placedAt }) => ({
        command: 'order.ship',
        to: order,
        input: { at: minute(placedAt, 60) },
      }),
    },
    {
      name: 'mail',
      action: ({ customer, parcel }) => ({
        command: 'mail.send',
        input: { customer, text: `Your parcel ${parcel} is on its way.` },
      }),
      optional: true,
      retry: { attempts: 1 },
    },
  ],
})
