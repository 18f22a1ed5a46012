import { type Booking, signedAmount } from './booking.ts'
import { findChain } from './find-chain.ts'

/**
 * The bookings of a statement, which comes in order of date, in the order in which the bank made them: it may list
 * those of one day and account in another. Where no order of a day leads from balance to balance, because the
 * statement lacks rows, the day stays as it is listed. Memory holds one day.
 */
export async function* inBookingOrder(statement: AsyncIterable<Booking>): AsyncGenerator<Booking> {
  const lastBalance = new Map<string, number>()
  let day: Booking[] = []
  for await (const booking of statement) {
    if (booking.bookedOn !== day[0]?.bookedOn) {
      yield* orderDay(day, lastBalance)
      day = []
    }
    day.push(booking)
  }
  yield* orderDay(day, lastBalance)
}

function* orderDay(day: readonly Booking[], lastBalance: Map<string, number>) {
  for (const [account, bookings] of Map.groupBy(day, ({ account }) => account)) {
    for (const booking of orderOfAccount(lastBalance.get(account) ?? 0, bookings)) {
      lastBalance.set(account, booking.bankBalance)
      yield booking
    }
  }
}

function orderOfAccount(opening: number, bookings: readonly Booking[]) {
  const links = bookings.map((booking) => ({
    booking,
    before: booking.bankBalance - signedAmount(booking),
    after: booking.bankBalance,
  }))
  return findChain(opening, links)?.map(({ booking }) => booking) ?? bookings
}
