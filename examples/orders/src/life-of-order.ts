import type { CommandOf } from '@eventfold/core'
import type { Order } from './order.ts'
import type { OrderRow } from './order-row.ts'

/** A command at the time at which the shop did it. */
export interface Step {
  readonly at: string
  readonly command: CommandOf<typeof Order>
}

/** What in the life of an order is not as it should be. */
export type Oddity =
  | 'shipped before it was paid'
  | 'delivered at an unknown time'
  | 'canceled after it was shipped'

/** The export has no prices: each order is one thing of this price. */
const price = 100_00

/**
 * The commands that lead an order to where the export says it is, each at its time, in an order that the rules of the
 * shop allow.
 */
export function lifeOf(row: OrderRow): {
  readonly steps: readonly Step[]
  readonly oddities: readonly Oddity[]
} {
  const { order: to, customer, status, placedAt, approvedAt, shippedAt, deliveredAt, estimatedAt } = row
  const steps: Step[] = []
  const oddities: Oddity[] = []
  const items = [{ sku: 'thing', quantity: 1, unitPrice: price }]
  const last = () => steps.at(-1)?.at ?? placedAt
  const add = (command: CommandOf<typeof Order>, at: string) =>
    steps.push({ at: at < last() ? last() : at, command })

  add({ command: 'order.place', to, input: { customer, items, placedAt, estimatedAt } }, placedAt)
  if (approvedAt !== undefined) {
    // What was handed over before the payment was approved is paid at that moment.
    const isLate = shippedAt !== undefined && shippedAt < approvedAt
    if (isLate) oddities.push('shipped before it was paid')
    const at = isLate ? shippedAt : approvedAt
    add({ command: 'order.pay', to, input: { at: approvedAt, amount: price } }, at)
  }
  if (status === 'processing') add({ command: 'order.process', to, input: { at: last() } }, last())
  if (status === 'invoiced') add({ command: 'order.invoice', to, input: { at: last() } }, last())
  if (status === 'unavailable') add({ command: 'order.markUnavailable', to, input: { at: last() } }, last())
  if (shippedAt !== undefined) add({ command: 'order.ship', to, input: { at: shippedAt } }, shippedAt)
  if (deliveredAt !== undefined) {
    add({ command: 'order.deliver', to, input: { at: deliveredAt } }, deliveredAt)
  } else if (status === 'delivered') {
    oddities.push('delivered at an unknown time')
    add({ command: 'order.deliver', to, input: { at: estimatedAt, assumed: true } }, estimatedAt)
  }
  if (status === 'canceled') {
    const input = { at: last(), reason: 'the export says so' }
    if (shippedAt === undefined) {
      add({ command: 'order.cancel', to, input }, last())
    } else {
      oddities.push('canceled after it was shipped')
      add({ command: 'order.takeBack', to, input }, last())
    }
  }
  return { steps, oddities }
}
