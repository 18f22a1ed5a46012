import type { Booking } from '../src/booking.ts'

/** A statement from memory, as if it had been read. */
export async function* statementOf(bookings: Iterable<Booking>) {
  yield* bookings
}

export async function collect<Item>(items: AsyncIterable<Item>) {
  const collected: Item[] = []
  for await (const item of items) collected.push(item)
  return collected
}
