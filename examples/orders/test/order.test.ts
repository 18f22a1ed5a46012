import { specify } from '@eventfold/testing'
import { describe, test } from 'vitest'
import { Order } from '../src/order.ts'
import { Payment } from '../src/payment.ts'
import { Warehouse } from '../src/warehouse.ts'

const at = '2026-01-02T00:00:00.000Z'
const later = { at: '2026-01-03T12:00:00.000Z' }
const placing = {
  customer: 'ada',
  items: [
    { sku: 'lamp', quantity: 2, unitPrice: 1_000 },
    { sku: 'bulb', quantity: 1, unitPrice: 250 },
  ],
  placedAt: at,
  estimatedAt: at,
}
const placed = { type: 'OrderPlaced', data: { ...placing, total: 2_250 } } as const
const paid = { type: 'OrderPaid', data: { at, amount: 2_250 } } as const
const shipped = { type: 'OrderShipped', data: later } as const
const delivered = { type: 'OrderDelivered', data: { ...later, hours: 36, assumed: false } } as const
const reason = { at, reason: 'changed my mind' }
const canceled = { type: 'OrderCanceled', data: reason } as const
const refunded = { type: 'OrderRefunded', data: { at, amount: 2_250 } } as const
const order = specify(Order)

describe('an order', () => {
  test('is placed once, for the sum of its items', async () => {
    await order.given().when('place', placing).then([placed])
    await order.given([placed]).when('place', placing).then({ code: 'order-exists' })
    await order
      .given()
      .when('place', { ...placing, items: [] })
      .then({ code: 'invalid-command' })
  })

  test('is paid once, with what it costs', async () => {
    await order.given([placed]).when('pay', { at, amount: 2_250 }).then([paid])
    await order.given([placed]).when('pay', { at, amount: 2_249 }).then({ code: 'wrong-amount' })
    await order.given([placed, paid]).when('pay', { at, amount: 2_250 }).then([])
    await order.given([placed, paid]).when('pay', { at, amount: 1 }).then({ code: 'wrong-status' })
  })

  test('is shipped when it is paid, and delivered when it is shipped', async () => {
    await order.given([placed]).when('ship', later).then({ code: 'wrong-status' })
    await order.given([placed, paid]).when('ship', later).then([shipped])
    await order.given([placed, paid, shipped]).when('ship', later).then([])
    await order.given([placed, paid]).when('deliver', later).then({ code: 'wrong-status' })
    await order.given([placed, paid, shipped]).when('deliver', later).then([delivered])
  })

  test('is canceled before it is shipped, and what was paid goes back', async () => {
    await order.given([placed]).when('cancel', reason).then([canceled])
    await order.given([placed, paid]).when('cancel', reason).then([canceled, refunded])
    await order.given([placed, canceled]).when('cancel', reason).then([])
    await order.given([placed, paid, shipped]).when('cancel', reason).then({ code: 'wrong-status' })
  })

  test('comes back when it was shipped', async () => {
    await order
      .given([placed, paid, shipped])
      .when('takeBack', reason)
      .then([{ type: 'OrderReturned', data: reason }, refunded])
    await order.given([placed, paid]).when('takeBack', reason).then({ code: 'wrong-status' })
  })

  test('is refunded up to what was paid', async () => {
    const part = { at, amount: 250, reference: 'r1' }
    await order.given([placed]).when('refund', part).then({ code: 'not-paid' })
    await order
      .given([placed, paid, shipped, delivered])
      .when('refund', part)
      .then([{ type: 'OrderRefunded', data: part }])
    await order
      .given([placed, paid, shipped, delivered, { type: 'OrderRefunded', data: part }])
      .when('refund', part)
      .then([])
    await order
      .given([placed, paid, canceled, refunded])
      .when('refund', part)
      .then({ code: 'refund-too-high' })
  })
})

describe('the warehouse', () => {
  const warehouse = specify(Warehouse)
  const received = { type: 'StockReceived', data: { sku: 'lamp', quantity: 3 } } as const
  const lamps = (quantity: number) => ({ order: '7', items: [{ sku: 'lamp', quantity }] })
  const reserved = { type: 'StockReserved', data: lamps(2) } as const

  test('reserves what is there, for an order once', async () => {
    await warehouse.given([received]).when('reserve', lamps(2)).then([reserved])
    await warehouse.given([received, reserved]).when('reserve', lamps(2)).then([])
    await warehouse
      .given([received, reserved])
      .when('reserve', { ...lamps(2), order: '8' })
      .then({ code: 'out-of-stock' })
  })

  test('adds up the lines of an order that are of one sku', async () => {
    const line = { sku: 'lamp', quantity: 2 }
    await warehouse
      .given([received])
      .when('reserve', { order: '9', items: [line, line] })
      .then({ code: 'out-of-stock', message: 'There are 3 of lamp.' })
  })

  test('knows nothing of names that every object has', async () => {
    for (const sku of ['constructor', '__proto__']) {
      await warehouse
        .given()
        .when('reserve', { order: '9', items: [{ sku, quantity: 1 }] })
        .then({ code: 'out-of-stock', message: `There are 0 of ${sku}.` })
    }
    await warehouse.given().when('release', { order: 'toString' }).then([])
  })

  test('releases what was reserved', async () => {
    await warehouse
      .given([received, reserved])
      .when('release', { order: '7' })
      .thenState({ free: { lamp: 3 }, reserved: {} })
    await warehouse.given([received]).when('release', { order: '7' }).then([])
  })
})

describe('a payment', () => {
  const payment = specify(Payment)
  const requested = { type: 'PaymentRequested', data: { amount: 500 } } as const
  const received = { type: 'PaymentReceived', data: { amount: 500 } } as const

  test('is asked for, and comes once, in full', async () => {
    await payment.given().when('receive', { amount: 500 }).then({ code: 'payment-not-due' })
    await payment.given([requested]).when('receive', { amount: 499 }).then({ code: 'wrong-amount' })
    await payment.given([requested]).when('receive', { amount: 500 }).then([received])
    await payment.given([requested, received]).when('receive', { amount: 500 }).then([])
  })

  test('is undone, whatever has become of it', async () => {
    await payment.given().when('undo', {}).then([])
    await payment
      .given([requested])
      .when('undo', {})
      .then([{ type: 'PaymentWithdrawn', data: {} }])
    const refund = { type: 'PaymentRefunded', data: { amount: 500 } } as const
    await payment.given([requested, received]).when('undo', {}).then([refund])
    await payment.given([requested, received, refund]).when('undo', {}).then([])
  })
})
