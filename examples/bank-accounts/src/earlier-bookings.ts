import type { EventStore } from '@eventfold/core'
import type { AccountEvent } from './account.ts'
import { accountHistory } from './account-history.ts'
import type { Booking } from './booking.ts'
import { formatMoney } from './money.ts'

/** What an account holds before an import: whether it is open, and its bookings by reference, each as a text. */
export async function readEarlierBookings(store: EventStore, account: string) {
  const descriptions = new Map<string, string>()
  let isOpened = false
  for await (const { event } of accountHistory(store, account)) {
    isOpened = true
    if (isBooking(event)) descriptions.set(event.data.reference, describe(kinds[event.type], event.data))
  }
  return { isOpened, descriptions }
}

export function describeBooking({ kind, amount, bookedOn }: Booking) {
  return describe(kind, { amount, bookedOn })
}

const kinds = { MoneyDeposited: 'credit', MoneyWithdrawn: 'debit' } as const

function isBooking(event: AccountEvent) {
  return event.type === 'MoneyDeposited' || event.type === 'MoneyWithdrawn'
}

function describe(kind: Booking['kind'], { amount, bookedOn }: Pick<Booking, 'amount' | 'bookedOn'>) {
  return `${kind} of ${formatMoney(amount)} on ${bookedOn}`
}
