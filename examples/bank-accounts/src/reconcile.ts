import type { EventStore } from '@eventfold/core'
import { accountHistory } from './account-history.ts'
import { type Booking, signedAmount } from './booking.ts'
import { isClose } from './find-chain.ts'
import { inBookingOrder } from './in-booking-order.ts'

/** One account as the store has it, beside the bank's statement. Differences are ours less the bank's. */
export interface AccountComparison {
  readonly account: string
  /** How many bookings of the statement the store has. */
  readonly bookings: number
  /** References of the bookings that the store does not have. */
  readonly missing: readonly string[]
  /** Whether the bank's balances lead from 0 from booking to booking; if not, the statement lacks rows. */
  readonly chains: boolean
  /** After the last booking. */
  readonly difference: number
  /** The one furthest from 0, of all bookings. */
  readonly worstDifference: number
}

/**
 * Folds every account of a statement from its stored events, and compares the balance after each booking with the one
 * that the bank states.
 */
export async function reconcile(
  store: EventStore,
  statement: AsyncIterable<Booking>,
): Promise<readonly AccountComparison[]> {
  const comparisons: AccountComparison[] = []
  for (const [account, bookings] of await groupByAccount(statement)) {
    comparisons.push(await compareAccount(store, account, bookings))
  }
  return comparisons
}

async function groupByAccount(statement: AsyncIterable<Booking>) {
  const bookingsOf = new Map<string, Booking[]>()
  for await (const booking of inBookingOrder(statement)) {
    const bookings = bookingsOf.get(booking.account)
    if (bookings === undefined) bookingsOf.set(booking.account, [booking])
    else bookings.push(booking)
  }
  return bookingsOf
}

async function compareAccount(
  store: EventStore,
  account: string,
  bookings: readonly Booking[],
): Promise<AccountComparison> {
  const unseen = new Map(bookings.map((booking) => [booking.reference, booking]))
  let difference = 0
  let worstDifference = 0
  for await (const { event, state } of accountHistory(store, account)) {
    const booking = 'reference' in event.data ? unseen.get(event.data.reference) : undefined
    if (booking === undefined) continue
    unseen.delete(booking.reference)
    difference = state.balance - booking.bankBalance
    if (Math.abs(difference) > Math.abs(worstDifference)) worstDifference = difference
  }
  return {
    account,
    bookings: bookings.length - unseen.size,
    missing: [...unseen.keys()],
    chains: doesChain(bookings),
    difference,
    worstDifference,
  }
}

function doesChain(bookings: readonly Booking[]) {
  let balance = 0
  return bookings.every((booking) => {
    const follows = isClose(balance, booking.bankBalance - signedAmount(booking))
    balance = booking.bankBalance
    return follows
  })
}
