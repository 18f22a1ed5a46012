import type { AccountEvent } from './account.ts'

/** When the bank says an event happened: not when the store recorded it. */
export function eventDate({ data }: Pick<AccountEvent, 'data'>) {
  if ('bookedOn' in data) return data.bookedOn
  if ('openedOn' in data) return data.openedOn
  if ('changedOn' in data) return data.changedOn
  if ('closedOn' in data) return data.closedOn
  return data.archivedOn
}
