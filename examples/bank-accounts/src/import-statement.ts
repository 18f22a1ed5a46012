import { DomainError, type EventStore, isEventfoldError, repository } from '@eventfold/core'
import { Lanes } from '@eventfold/example-terminal'
import { Account } from './account.ts'
import type { Booking } from './booking.ts'
import { BookingRefusedError } from './booking-refused-error.ts'
import { describeBooking, readEarlierBookings } from './earlier-bookings.ts'
import { inBookingOrder } from './in-booking-order.ts'

export interface ImportOptions {
  /** What every new account may be overdrawn by, since a statement does not tell. Default 10,000.00. */
  readonly overdraftLimit?: number
  /** How many bookings are under way at most, of different accounts. Default 256. */
  readonly concurrency?: number
  /** Called after every booking. */
  readonly onProgress?: (progress: ImportProgress) => void
}

export interface ImportProgress {
  readonly opened: number
  readonly booked: number
  /** Bookings of the statement that an earlier import had made. */
  readonly alreadyBooked: number
}

/**
 * Makes every booking of a statement on its account, each as one command, and opens an account at its first one.
 *
 * It may be interrupted and repeated: what an account holds already is skipped. Should another import of the same
 * statement run at the same time, the event ids made of the bank's references keep the store to one event a booking.
 *
 * @throws BookingRefusedError an account says no, or holds another booking under that reference
 * @throws StatementError, and the errors of the store
 */
export async function importStatement(
  store: EventStore,
  statement: AsyncIterable<Booking>,
  { overdraftLimit = 1_000_000, concurrency = 256, onProgress = () => {} }: ImportOptions = {},
): Promise<ImportProgress> {
  const accounts = repository(Account, store)
  const lanes = new Lanes(concurrency)
  const earlierBookings = new Map<string, Map<string, string>>()
  const progress = { opened: 0, booked: 0, alreadyBooked: 0 }

  try {
    for await (const booking of inBookingOrder(statement)) {
      await lanes.lineUp(booking.account, () => importBooking(booking))
    }
  } finally {
    await lanes.finish()
  }
  return progress

  async function importBooking(booking: Booking) {
    const earlier = earlierBookings.get(booking.account) ?? (await firstContact(booking))
    const found = earlier.get(booking.reference)
    if (found === undefined) {
      await book(booking)
      progress.booked++
    } else if (found === describeBooking(booking)) {
      earlier.delete(booking.reference)
      progress.alreadyBooked++
    } else {
      throw new BookingRefusedError(booking, `the account holds it as a ${found}.`)
    }
    onProgress({ ...progress })
  }

  /** What the account holds is read once; it is opened if there is none. */
  async function firstContact({ account, bookedOn }: Booking) {
    const { isOpened, descriptions } = await readEarlierBookings(store, account)
    if (!isOpened) {
      await accounts.execute(account, 'open', { openedOn: bookedOn, overdraftLimit })
      progress.opened++
    }
    earlierBookings.set(account, descriptions)
    return descriptions
  }

  async function book(booking: Booking) {
    const { account, amount, bookedOn, reference, line } = booking
    const command = booking.kind === 'credit' ? 'deposit' : 'withdraw'
    const metadata = { actor: 'statement-import', line }
    try {
      await accounts.execute(account, command, { amount, bookedOn, reference }, { metadata })
    } catch (error) {
      if (!(error instanceof DomainError) && !isEventfoldError(error, 'event-id-conflict')) throw error
      throw new BookingRefusedError(booking, error.message, { cause: error })
    }
  }
}
