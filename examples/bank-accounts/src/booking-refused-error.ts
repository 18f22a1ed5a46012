import type { Booking } from './booking.ts'

/** The account refused a booking of the statement; the cause says why. */
export class BookingRefusedError extends Error {
  override readonly name = 'BookingRefusedError'
  readonly booking: Booking

  constructor(booking: Booking, reason: string, options: { cause?: unknown } = {}) {
    const { line, reference, account } = booking
    super(
      `Line ${line} of the statement: booking ${reference} of account ${account} is refused: ${reason}`,
      options,
    )
    this.booking = booking
  }
}
