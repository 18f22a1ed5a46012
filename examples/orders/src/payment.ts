import { DomainError, defineAggregate } from '@eventfold/core'
import { z } from 'zod'
import { formatMoney, Money } from './money.ts'

const Amount = z.object({ amount: Money.positive() })

type Status = 'none' | 'requested' | 'received' | 'withdrawn' | 'refunded'

/** The payment of an order, under the key of the order: asked for, received once, refunded once. */
export const Payment = defineAggregate('payment', {
  initialState: { status: 'none' as Status, amount: 0 },

  events: {
    PaymentRequested: Amount,
    PaymentReceived: Amount,
    /** It is not asked for any more. */
    PaymentWithdrawn: z.object({}),
    PaymentRefunded: Amount,
  },

  evolve: {
    PaymentRequested: (state, { amount }) => ({ ...state, status: 'requested', amount }),
    PaymentReceived: (state) => ({ ...state, status: 'received' }),
    PaymentWithdrawn: (state) => ({ ...state, status: 'withdrawn' }),
    PaymentRefunded: (state) => ({ ...state, status: 'refunded' }),
  },

  commands: { request: Amount, receive: Amount, undo: z.object({}) },

  decide: {
    request: ({ status }, data) => (status === 'none' ? [{ type: 'PaymentRequested', data }] : []),
    receive({ status, amount }, data) {
      if (status === 'received') return []
      if (status !== 'requested') throw new DomainError('payment-not-due', 'Nothing is to be paid.')
      if (data.amount !== amount) {
        throw new DomainError(
          'wrong-amount',
          `${formatMoney(data.amount)} does not pay ${formatMoney(amount)}.`,
        )
      }
      return [{ type: 'PaymentReceived', data }]
    },
    /** Right whatever has become of it: what came goes back, and what did not is not asked for any more. */
    undo({ status, amount }, data) {
      if (status === 'received') return [{ type: 'PaymentRefunded', data: { amount } }]
      return status === 'requested' ? [{ type: 'PaymentWithdrawn', data }] : []
    },
  },
})
