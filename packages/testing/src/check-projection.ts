import type { DocumentProjection, EventSource, RecordedEvent, TableProjection } from '@eventfold/core'
import { type AnyDocuments, checkDocuments } from './checks/check-documents.ts'
import { type AnyTables, checkTables } from './checks/check-tables.ts'
import type { OpenStorage } from './checks/run-schedule.ts'
import type { AnyGivenEvent, GivenEvent } from './given-event.ts'

export interface ProjectionCheckOptions<Source extends EventSource> {
  /** Opens a store on a new, empty storage: `openMemory` is the fastest. It is closed by the check. */
  readonly open: OpenStorage
  /** What has happened. A few events of each kind, in two or three streams, are enough. */
  readonly events: readonly GivenEvent<Source>[]
  /** Runs this one only: copied from the message of a failed check. */
  readonly schedule?: string
  /** How long one run may take, in milliseconds. Default 5,000. */
  readonly patience?: number
}

export interface TableCheckOptions<Source extends EventSource> extends ProjectionCheckOptions<Source> {
  /** Columns that differ by their nature, such as generated ids. */
  readonly ignoreColumns?: readonly string[]
}

export interface CheckResult {
  /** Under how many schedules it ran. */
  readonly schedules: number
}

/**
 * Runs a projection asynchronously on a store, in batches and partitions of several sizes, with a crash before and after
 * every call of the store and of a handler, and with an instance that stands still there until another has taken over:
 * what it makes of the events must always be the same.
 *
 * Of documents, which handlers make without a store, it first checks that the functions of the definition change nothing
 * they are given, depend on nothing else, not even the time, and return what can be stored. Of tables it compares the
 * rows: they show what a handler does outside of the transaction that it is given.
 *
 * Takes about a second in memory for ten events: the number of runs grows with that of events.
 *
 * @throws AssertionError that tells what breaks it, with the schedule to run it again
 * @example
 * await checkProjection(Summaries, {
 *   open: openMemory,
 *   events: [
 *     { key: '42', type: 'AccountOpened', data: { owner: 'Ada' } },
 *     { key: '42', type: 'MoneyDeposited', data: { cents: 500 } },
 *   ],
 * })
 */
export function checkProjection<Event extends RecordedEvent, Document, Fields, Source extends EventSource>(
  definition: DocumentProjection<Event, Document, Fields, Source>,
  options: ProjectionCheckOptions<Source>,
): Promise<CheckResult>
export function checkProjection<
  Event extends RecordedEvent,
  Transaction,
  Table extends string,
  Source extends EventSource,
>(
  definition: TableProjection<Event, Transaction, Table, Source>,
  options: TableCheckOptions<Source>,
): Promise<CheckResult>
export async function checkProjection(
  definition: object,
  options: Omit<TableCheckOptions<never>, 'events'> & { readonly events: readonly AnyGivenEvent[] },
): Promise<CheckResult> {
  const { open, events, schedule, patience = 5_000, ignoreColumns = [] } = options
  const settings = { open, events, schedule, patience, ignoreColumns }
  const schedules =
    (definition as { readonly kind: string }).kind === 'documents'
      ? await checkDocuments(definition as AnyDocuments, settings)
      : await checkTables(definition as AnyTables, settings)
  return { schedules }
}
