import { DomainError, defineAggregate } from '@eventfold/core'
import { z } from 'zod'
import { Money } from './money.ts'

const Order = z.object({
  from: z.string().min(1),
  to: z.string().min(1),
  amount: Money.positive(),
  requestedOn: z.iso.date(),
})

/** What somebody has asked for, and what has become of it. The money itself is in the accounts. */
export const Transfer = defineAggregate('transfer', {
  initialState: { status: 'none' as 'none' | 'requested' | 'completed' | 'failed' },

  events: {
    TransferRequested: Order,
    TransferCompleted: z.object({}),
    TransferFailed: z.object({}),
  },

  evolve: {
    TransferRequested: (state) => ({ ...state, status: 'requested' }),
    TransferCompleted: (state) => ({ ...state, status: 'completed' }),
    TransferFailed: (state) => ({ ...state, status: 'failed' }),
  },

  commands: { request: Order, complete: z.object({}), fail: z.object({}) },

  decide: {
    request({ status }, order) {
      if (status !== 'none') throw new DomainError('transfer-exists', 'A transfer is requested once.')
      if (order.from === order.to) throw new DomainError('same-account', 'Money moves between two accounts.')
      return [{ type: 'TransferRequested', data: order }]
    },
    complete: ({ status }) => (status === 'requested' ? [{ type: 'TransferCompleted', data: {} }] : []),
    fail: ({ status }) => (status === 'requested' ? [{ type: 'TransferFailed', data: {} }] : []),
  },
})
