import { defineProjection } from '@eventfold/core'
import { Account } from './account.ts'
import { eventDate } from './event-date.ts'

const month = 'yyyy-mm'

/**
 * What was booked on all accounts: a document for each day, such as 2024-05-17, and one for each month, such as
 * 2024-05. Sums are in minor units.
 */
export const BookingTotals = defineProjection('booking-totals', {
  of: [Account],

  // One booking changes two documents.
  key: (event) => {
    const day = eventDate(event)
    return [day, day.slice(0, month.length)]
  },

  initialState: { deposits: 0, deposited: 0, withdrawals: 0, withdrawn: 0 },

  fields: {
    period: (_totals, key) => (key.length === month.length ? 'month' : 'day'),
    date: (_totals, key) => key,
  },

  on: {
    MoneyDeposited: (totals, { data }) => ({
      ...totals,
      deposits: totals.deposits + 1,
      deposited: totals.deposited + data.amount,
    }),
    MoneyWithdrawn: (totals, { data }) => ({
      ...totals,
      withdrawals: totals.withdrawals + 1,
      withdrawn: totals.withdrawn + data.amount,
    }),
  },
})
