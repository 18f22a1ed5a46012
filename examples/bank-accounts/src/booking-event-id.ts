import { createHash } from 'node:crypto'

/**
 * The event id of a booking, made of the bank's reference: a UUID of version 8, the one for ids of one's own making.
 * The store keeps one event per id, so no booking is ever made twice, whoever imports it and however often.
 */
export function bookingEventId(reference: string): string {
  const hash = createHash('sha256').update(`eventfold bank booking ${reference}`).digest('hex')
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-')
}
