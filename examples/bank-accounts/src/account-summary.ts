import { defineProjection } from '@eventfold/core'
import { Account } from './account.ts'

/** An account as a list of accounts shows it. Money is in minor units, dates are ISO dates of the bank. */
export interface AccountSummary {
  readonly status: 'unopened' | 'open' | 'closed'
  readonly balance: number
  readonly overdraftLimit: number
  readonly bookings: number
  readonly firstBookedOn: string | null
  readonly lastBookedOn: string | null
}

const unopened: AccountSummary = {
  status: 'unopened',
  balance: 0,
  overdraftLimit: 0,
  bookings: 0,
  firstBookedOn: null,
  lastBookedOn: null,
}

/** A document for each account, under its number. */
export const AccountSummaries = defineProjection('account-summary', {
  of: [Account],
  initialState: unopened,
  fields: ['status', 'balance', 'bookings'],

  on: {
    AccountOpened: (summary, { data }) => ({
      ...summary,
      status: 'open',
      overdraftLimit: data.overdraftLimit,
    }),
    MoneyDeposited: (summary, { data }) => book(summary, data.bookedOn, data.amount),
    MoneyWithdrawn: (summary, { data }) => book(summary, data.bookedOn, -data.amount),
    OverdraftLimitChanged: (summary, { data }) => ({ ...summary, overdraftLimit: data.overdraftLimit }),
    AccountClosed: (summary) => ({ ...summary, status: 'closed' }),
  },
})

function book(summary: AccountSummary, bookedOn: string, amount: number): AccountSummary {
  return {
    ...summary,
    balance: summary.balance + amount,
    bookings: summary.bookings + 1,
    firstBookedOn: summary.firstBookedOn ?? bookedOn,
    lastBookedOn: bookedOn,
  }
}
