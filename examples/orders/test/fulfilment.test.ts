import { DomainError, repository } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { specifySaga } from '@eventfold/testing'
import { describe, expect, test } from 'vitest'
import { Fulfilment, timeToPay } from '../src/fulfilment.ts'
import { type Outside, openShop } from '../src/open-shop.ts'
import { Order } from '../src/order.ts'
import { Payment } from '../src/payment.ts'
import { Warehouse } from '../src/warehouse.ts'

const at = '2026-01-01T12:00:00.000Z'
const items = [{ sku: 'lamp', quantity: 1, unitPrice: 500 }]
const placing = { customer: 'ada', items, placedAt: at, estimatedAt: at }
const placed = { key: '7', type: 'OrderPlaced', data: { ...placing, total: 500 } } as const
const received = { key: '7', type: 'PaymentReceived', data: { amount: 500 } } as const

describe('the fulfilment of an order', () => {
  const fulfilment = specifySaga(Fulfilment)
  const waiting = [placed, { done: 'warehouse.reserve' }, { done: 'payment.request' }] as const

  test('begins with the stock', async () => {
    await fulfilment
      .given()
      .when(placed)
      .then({
        commands: [
          {
            command: 'warehouse.reserve',
            to: 'main',
            input: { order: '7', items: [{ sku: 'lamp', quantity: 1 }] },
            as: 'stock',
          },
        ],
      })
  })

  test('waits for the payment for half an hour, then undoes everything', async () => {
    await fulfilment
      .given(waiting.slice(0, 2))
      .when(waiting[2])
      .then({ commands: [], timers: { step: new Date(Date.UTC(2026, 0, 1) + timeToPay) } })
    await fulfilment.given(waiting).when({ timer: 'step' }).then({ status: 'running', timers: {} })
    await fulfilment
      .given([...waiting, { timer: 'step' }, { done: 'payment.undo' }, { done: 'warehouse.release' }])
      .when({ done: 'order.cancel' })
      .then({ commands: [], status: 'failed', reason: 'payment did not come in time' })
  })

  test('goes on when the payment comes, and turns back when the customer cancels', async () => {
    await fulfilment
      .given(waiting)
      .when(received)
      .then({
        timers: {},
        commands: [
          {
            command: 'order.pay',
            to: '7',
            input: { at: '2026-01-01T12:10:00.000Z', amount: 500 },
            as: 'paid',
          },
        ],
      })
    await fulfilment
      .given(waiting)
      .when({ key: '7', type: 'OrderCanceled', data: { at, reason: 'changed my mind' } })
      .then({ timers: {}, status: 'running' })
  })
})

describe('a shop', () => {
  async function open(outside: Partial<Outside['carrier']> = {}, mail = () => {}) {
    const store = openMemory()
    const shop = openShop(
      store,
      { carrier: { pickUp: () => ({ parcel: 'p1' }), callBack: () => {}, ...outside }, mail: { send: mail } },
      { pollInterval: 10, batchInterval: 0 },
    )
    await shop.bus.send({ command: 'warehouse.receive', to: 'main', input: { sku: 'lamp', quantity: 1 } })
    await shop.fulfilments.start()
    const load = async () => ({
      order: (await repository(Order, store).load('7')).state,
      payment: (await repository(Payment, store).load('7')).state.status,
      free: (await repository(Warehouse, store).load('main')).state.free['lamp'],
    })
    const pay = () => shop.bus.send({ command: 'payment.receive', to: '7', input: { amount: 500 } })
    await shop.bus.send({ command: 'order.place', to: '7', input: placing })
    return {
      ...shop,
      load,
      paid: () =>
        expect
          .poll(() =>
            pay().then(
              () => true,
              () => false,
            ),
          )
          .toBe(true),
    }
  }

  test('ships what is there and paid, and survives a mail that does not arrive', async () => {
    const { fulfilments, load, paid } = await open({}, () => {
      throw new Error('no mail today')
    })
    await paid()
    const { status, state } = await fulfilments.ended('7')
    expect(status).toBe('completed')
    expect(state.problems).toEqual({ mail: 'mail.send: no mail today' })
    expect(state.data.parcel).toBe('p1')
    expect(await load()).toMatchObject({
      order: { status: 'shipped', paid: 500 },
      payment: 'received',
      free: 0,
    })
    await fulfilments.stop()
  })

  test('gives everything back when the carrier does not take the parcel', async () => {
    const { fulfilments, load, paid } = await open({
      pickUp: () => {
        throw new DomainError('no-such-place')
      },
    })
    await paid()
    expect((await fulfilments.ended('7')).status).toBe('failed')
    expect(await load()).toMatchObject({
      order: { status: 'canceled', refunded: 500 },
      payment: 'refunded',
      free: 1,
    })
    await fulfilments.stop()
  })

  test('cancels an order that the customer does not want any more, before it is paid', async () => {
    const { bus, fulfilments, load } = await open()
    await bus.send({ command: 'order.cancel', to: '7', input: { at, reason: 'changed my mind' } })
    expect((await fulfilments.ended('7')).status).toBe('failed')
    expect(await load()).toMatchObject({ order: { status: 'canceled' }, free: 1 })
    expect((await load()).payment).not.toBe('requested')
    await fulfilments.stop()
  })
})
