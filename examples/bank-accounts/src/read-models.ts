import { type EventStore, type ReadModelOptions, readModel } from '@eventfold/core'
import { AccountSummaries } from './account-summary.ts'
import { BookingTotals } from './booking-totals.ts'

/** The summaries on a store, kept up to date by a consumer, some time after each append. */
export function openSummaries(store: EventStore, options: ReadModelOptions = {}) {
  return readModel(AccountSummaries, store, { mode: 'async', ...options })
}

/** The totals on a store, likewise. */
export function openTotals(store: EventStore, options: ReadModelOptions = {}) {
  return readModel(BookingTotals, store, { mode: 'async', ...options })
}

export type Summaries = ReturnType<typeof openSummaries>
export type Totals = ReturnType<typeof openTotals>
