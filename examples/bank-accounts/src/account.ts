import { DomainError, defineAggregate, type EventOf, type StateOf } from '@eventfold/core'
import { z } from 'zod'
import { bookingEventId } from './booking-event-id.ts'
import { formatMoney, Money } from './money.ts'

const Limit = Money.nonnegative()

/** Money that came or went, with the date and the reference that the bank gave it. */
const BookingDetails = z.object({
  amount: Money.positive(),
  bookedOn: z.iso.date(),
  reference: z.string().min(1),
})

export const Account = defineAggregate('account', {
  initialState: { status: 'unopened' as 'unopened' | 'open' | 'closed', balance: 0, overdraftLimit: 0 },

  events: {
    AccountOpened: z.object({ openedOn: z.iso.date(), overdraftLimit: Limit }),
    MoneyDeposited: BookingDetails,
    MoneyWithdrawn: BookingDetails,
    OverdraftLimitChanged: z.object({ changedOn: z.iso.date(), overdraftLimit: Limit }),
    AccountClosed: z.object({ closedOn: z.iso.date() }),
    /** Stands for all the others, which are in the archive. */
    AccountArchived: z.object({ archivedOn: z.iso.date(), archive: z.string() }),
  },

  evolve: {
    AccountOpened: (state, { overdraftLimit }) => ({ ...state, status: 'open', overdraftLimit }),
    MoneyDeposited: (state, { amount }) => ({ ...state, balance: state.balance + amount }),
    MoneyWithdrawn: (state, { amount }) => ({ ...state, balance: state.balance - amount }),
    OverdraftLimitChanged: (state, { overdraftLimit }) => ({ ...state, overdraftLimit }),
    AccountClosed: (state) => ({ ...state, status: 'closed' }),
    AccountArchived: (state) => ({ ...state, status: 'closed' }),
  },

  commands: {
    open: z.object({ openedOn: z.iso.date(), overdraftLimit: Limit.default(0) }),
    deposit: BookingDetails,
    withdraw: BookingDetails,
    changeOverdraftLimit: z.object({ changedOn: z.iso.date(), overdraftLimit: Limit }),
    close: z.object({ closedOn: z.iso.date() }),
  },

  decide: {
    open(state, terms) {
      if (state.status !== 'unopened') {
        throw new DomainError('account-already-opened', 'An account is opened once.')
      }
      return [{ type: 'AccountOpened', data: terms }]
    },

    deposit(state, booking) {
      requireOpen(state)
      return [{ type: 'MoneyDeposited', data: booking, id: bookingEventId(booking.reference) }]
    },

    withdraw(state, booking) {
      requireOpen(state)
      const available = state.balance + state.overdraftLimit
      if (booking.amount > available) {
        throw new DomainError(
          'overdraft-limit-exceeded',
          `${formatMoney(booking.amount)} is more than the ${formatMoney(available)} available.`,
        )
      }
      return [{ type: 'MoneyWithdrawn', data: booking, id: bookingEventId(booking.reference) }]
    },

    changeOverdraftLimit(state, change) {
      requireOpen(state)
      if (change.overdraftLimit === state.overdraftLimit) return []
      if (state.balance < -change.overdraftLimit) {
        throw new DomainError(
          'overdraft-limit-in-use',
          `The balance is ${formatMoney(state.balance)}: pay in before lowering the limit.`,
        )
      }
      return [{ type: 'OverdraftLimitChanged', data: change }]
    },

    close(state, closing) {
      requireOpen(state)
      if (state.balance !== 0) {
        throw new DomainError(
          'balance-not-zero',
          `The balance is ${formatMoney(state.balance)}: settle it before closing.`,
        )
      }
      return [{ type: 'AccountClosed', data: closing }]
    },
  },
})

export type AccountState = StateOf<typeof Account>
export type AccountEvent = EventOf<typeof Account>

function requireOpen({ status }: Pick<AccountState, 'status'>) {
  if (status === 'unopened') throw new DomainError('account-not-open', 'Open the account first.')
  if (status === 'closed') throw new DomainError('account-closed', 'The account is closed.')
}
