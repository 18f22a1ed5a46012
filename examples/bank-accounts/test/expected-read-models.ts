import type { AccountSummary } from '../src/account-summary.ts'
import { type Booking, signedAmount } from '../src/booking.ts'
import { inBookingOrder } from '../src/in-booking-order.ts'
import type { StatementLine } from '../src/statement.ts'

interface Totals {
  deposits: number
  deposited: number
  withdrawals: number
  withdrawn: number
}

/** What the read models must say after a statement was imported, from its rows and by nothing else. */
export async function expectedReadModels(statement: AsyncIterable<Booking>, overdraftLimit = 1_000_000) {
  const lines = new Map<string, StatementLine[]>()
  const totals = new Map<string, Totals>()
  for await (const booking of inBookingOrder(statement)) {
    const { account, bookedOn, reference } = booking
    const before = lines.get(account) ?? []
    const amount = signedAmount(booking)
    const balance = (before.at(-1)?.balance ?? 0) + amount
    // The first event opened the account.
    before.push({ version: before.length + 2, bookedOn, reference, amount, balance })
    lines.set(account, before)
    for (const key of [bookedOn, bookedOn.slice(0, 7)]) {
      const total = totals.get(key) ?? { deposits: 0, deposited: 0, withdrawals: 0, withdrawn: 0 }
      total[amount > 0 ? 'deposits' : 'withdrawals']++
      total[amount > 0 ? 'deposited' : 'withdrawn'] += Math.abs(amount)
      totals.set(key, total)
    }
  }
  const summaries = new Map<string, AccountSummary>()
  for (const [account, ofAccount] of lines) {
    summaries.set(account, {
      status: 'open',
      balance: ofAccount.at(-1)?.balance ?? 0,
      overdraftLimit,
      bookings: ofAccount.length,
      firstBookedOn: ofAccount[0]?.bookedOn ?? null,
      lastBookedOn: ofAccount.at(-1)?.bookedOn ?? null,
    })
  }
  return { lines, totals, summaries }
}
