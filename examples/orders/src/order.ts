import { DomainError, defineAggregate } from '@eventfold/core'
import { z } from 'zod'
import { formatMoney, Money } from './money.ts'

const Time = z.iso.datetime()

const Item = z.object({ sku: z.string().min(1), quantity: z.int().positive(), unitPrice: Money.positive() })

const Recipient = z.object({ name: z.string().min(1), address: z.string().min(1) })

const Placing = z.object({
  customer: z.string().min(1),
  items: z.array(Item).min(1),
  placedAt: Time,
  /** When the shop promised to deliver. */
  estimatedAt: Time,
  /** Who gets it, where. */
  recipient: Recipient.optional(),
})

const At = z.object({ at: Time })
const Reason = z.object({ at: Time, reason: z.string().min(1) })

export type OrderStatus =
  | 'new'
  | 'placed'
  | 'paid'
  | 'processing'
  | 'invoiced'
  | 'shipped'
  | 'delivered'
  | 'canceled'
  | 'unavailable'

export const Order = defineAggregate('order', {
  initialState: {
    status: 'new' as OrderStatus,
    total: 0,
    paid: 0,
    refunded: 0,
    refunds: [] as readonly string[],
    placedAt: '',
  },

  events: {
    OrderPlaced: Placing.extend({ total: Money.positive() }),
    OrderPaid: z.object({ at: Time, amount: Money.positive() }),
    OrderProcessed: At,
    OrderInvoiced: At,
    OrderShipped: At,
    /** `hours` since it was placed. `assumed`: nobody knows when, so the promised time was taken. */
    OrderDelivered: z.object({
      at: Time,
      hours: z.number().nonnegative(),
      assumed: z.boolean().default(false),
    }),
    OrderCanceled: Reason,
    OrderUnavailable: At,
    /** The parcel came back, or was called back. */
    OrderReturned: Reason,
    OrderRefunded: z.object({ at: Time, amount: Money.positive(), reference: z.string().optional() }),
  },

  personal: {
    OrderPlaced: {
      subject: 'customer',
      fields: { recipient: { name: 'forgotten', address: 'forgotten' } },
    },
  },

  evolve: {
    OrderPlaced: (state, { total, placedAt }) => ({ ...state, status: 'placed', total, placedAt }),
    OrderPaid: (state, { amount }) => ({ ...state, status: 'paid', paid: amount }),
    OrderProcessed: (state) => ({ ...state, status: 'processing' }),
    OrderInvoiced: (state) => ({ ...state, status: 'invoiced' }),
    OrderShipped: (state) => ({ ...state, status: 'shipped' }),
    OrderDelivered: (state) => ({ ...state, status: 'delivered' }),
    OrderCanceled: (state) => ({ ...state, status: 'canceled' }),
    OrderUnavailable: (state) => ({ ...state, status: 'unavailable' }),
    OrderReturned: (state) => ({ ...state, status: 'canceled' }),
    OrderRefunded: (state, { amount, reference }) => ({
      ...state,
      refunded: state.refunded + amount,
      refunds: reference === undefined ? state.refunds : [...state.refunds, reference],
    }),
  },

  commands: {
    place: Placing,
    pay: z.object({ at: Time, amount: Money.positive() }),
    process: At,
    invoice: At,
    ship: At,
    deliver: z.object({ at: Time, assumed: z.boolean().default(false) }),
    cancel: Reason,
    markUnavailable: At,
    takeBack: Reason,
    /** The same reference is the same refund, however often it is sent. */
    refund: z.object({ at: Time, amount: Money.positive(), reference: z.string().min(1) }),
  },

  decide: {
    place(state, placing) {
      require(state.status === 'new', 'order-exists', 'An order is placed once.')
      const total = placing.items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0)
      return [{ type: 'OrderPlaced', data: { ...placing, total } }]
    },

    pay(state, payment) {
      if (state.paid > 0 && state.paid === payment.amount) return []
      requireStatus(state, 'paid', 'placed')
      require(payment.amount ===
        state.total, 'wrong-amount', `${formatMoney(payment.amount)} does not pay ${formatMoney(state.total)}.`)
      return [{ type: 'OrderPaid', data: payment }]
    },

    process(state, data) {
      requireStatus(state, 'processed', 'paid')
      return [{ type: 'OrderProcessed', data }]
    },

    invoice(state, data) {
      requireStatus(state, 'invoiced', 'paid', 'processing')
      return [{ type: 'OrderInvoiced', data }]
    },

    ship(state, data) {
      if (state.status === 'shipped') return []
      requireStatus(state, 'shipped', 'paid', 'processing', 'invoiced')
      return [{ type: 'OrderShipped', data }]
    },

    deliver(state, { at, assumed }) {
      requireStatus(state, 'delivered', 'shipped')
      const hours = (Date.parse(at) - Date.parse(state.placedAt)) / 3_600_000
      return [{ type: 'OrderDelivered', data: { at, hours: Math.max(hours, 0), assumed } }]
    },

    cancel(state, data) {
      if (state.status === 'canceled') return []
      requireStatus(state, 'canceled', 'placed', 'paid', 'processing', 'invoiced')
      return [{ type: 'OrderCanceled', data }, ...refundOf(state, data.at)]
    },

    markUnavailable(state, data) {
      requireStatus(state, 'marked unavailable', 'paid', 'processing', 'invoiced')
      return [{ type: 'OrderUnavailable', data }, ...refundOf(state, data.at)]
    },

    takeBack(state, data) {
      requireStatus(state, 'taken back', 'shipped', 'delivered')
      return [{ type: 'OrderReturned', data }, ...refundOf(state, data.at)]
    },

    refund(state, refund) {
      if (state.refunds.includes(refund.reference)) return []
      require(state.paid > 0, 'not-paid', 'Only what was paid is refunded.')
      const left = state.paid - state.refunded
      require(refund.amount <= left, 'refund-too-high', `Only ${formatMoney(left)} are left to refund.`)
      return [{ type: 'OrderRefunded', data: refund }]
    },
  },
})

/** What was paid goes back when nothing is delivered. */
function refundOf({ paid, refunded }: { paid: number; refunded: number }, at: string) {
  return paid > refunded ? [{ type: 'OrderRefunded' as const, data: { at, amount: paid - refunded } }] : []
}

function requireStatus(
  { status }: { status: OrderStatus },
  what: string,
  ...allowed: readonly OrderStatus[]
) {
  require(allowed.includes(status), 'wrong-status', `An order that is ${status} cannot be ${what}.`)
}

function require(condition: boolean, code: string, message: string) {
  if (!condition) throw new DomainError(code, message)
}
