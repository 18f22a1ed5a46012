import { InvalidInputError, UnsupportedError } from '../errors.ts'
import type { RecordedEvent } from '../event/event.ts'
import type { EventStore } from '../store/event-store.ts'
import type { DocumentProjection } from './define-projection.ts'
import type { TableProjection } from './define-table-projection.ts'
import type { AnyDocumentProjection } from './document-fold.ts'
import { DocumentReadModel } from './document-read-model.ts'
import { DocumentStorage } from './document-storage.ts'
import { Generations } from './generations.ts'
import { InlineUpkeep } from './inline-upkeep.ts'
import { LiveReadModel } from './live-read-model.ts'
import { checkPartitions } from './projection-consumer.ts'
import { ProjectionRunner } from './projection-runner.ts'
import type { ReadModelOptions } from './read-model-options.ts'
import { TableReadModel } from './table-read-model.ts'
import { type AnyTableProjection, TableStorage } from './table-storage.ts'

/**
 * A projection on a store, in one of three modes: one word changes, and what is read stays the same.
 *
 * - `inline`: in the transaction of the append. What was appended is what is read; a handler that throws makes the
 *   append fail. Appends to the categories of the projection wait for each other, and take a few round trips more.
 * - `async`: by a consumer, a moment later, in any number of processes; exactly once. Appends cost nothing more.
 * - `live`: folded when it is asked. Nothing is stored, and nothing has to be started.
 *
 * Cheap: it does nothing before `start`.
 *
 * @throws UnsupportedError the store keeps no documents, or has no tables
 * @throws InvalidInputError `invalid-option`
 * @example
 * const summaries = readModel(Summaries, store, { mode: 'async' })
 * await summaries.start()
 * const { position } = await store.append('account-42', events)
 * await summaries.waitFor(position)
 * const summary = await summaries.get('42')
 */
export function readModel<Event extends RecordedEvent, Document, Fields, Transaction>(
  definition: DocumentProjection<Event, Document, Fields>,
  store: EventStore<Transaction>,
  options: {
    readonly mode: 'live'
    /** Keeps the documents in memory, and reads only what is new. Default false. */
    readonly cache?: boolean
  },
): LiveReadModel<Document, Fields, Transaction>
export function readModel<Event extends RecordedEvent, Document, Fields, Transaction>(
  definition: DocumentProjection<Event, Document, Fields>,
  store: EventStore<Transaction>,
  options: ReadModelOptions & { readonly mode: 'inline' | 'async' },
): DocumentReadModel<Document, Fields, Transaction>
export function readModel<Event extends RecordedEvent, Transaction, Table extends string>(
  definition: TableProjection<Event, Transaction, Table>,
  store: EventStore<Transaction>,
  options: ReadModelOptions & { readonly mode: 'inline' | 'async' },
): TableReadModel<Transaction>
export function readModel<Transaction>(
  definition: object,
  store: EventStore<Transaction>,
  options: ReadModelOptions & { readonly mode: string; readonly cache?: boolean },
): unknown {
  const { mode } = options
  const { documents, sql, name } = store.adapter
  const projection = definition as AnyDocumentProjection | AnyTableProjection
  if (mode === 'live' && projection.kind === 'documents') {
    return new LiveReadModel(projection, store, options.cache ?? false)
  }
  if (mode !== 'async' && mode !== 'inline') {
    throw new InvalidInputError(
      'invalid-option',
      `mode is ${String(mode)}; use inline, async or, for documents, live.`,
    )
  }
  if (documents === undefined) {
    throw new UnsupportedError(
      `A ${name} store keeps events only. Run the read model live, or on a store that keeps documents, such as ` +
        'openMemory, openSqlite or openPostgres give.',
    )
  }
  const upkeepOf = (generations: Generations<Transaction>) => {
    const categories = projection.of.map(({ category }) => category)
    return mode === 'inline'
      ? new InlineUpkeep(generations, options, categories)
      : new ProjectionRunner(generations, options)
  }
  if (projection.kind === 'documents') {
    const storage = new DocumentStorage(projection, store, documents)
    const generations = new Generations(store, storage, documents)
    return new DocumentReadModel(generations, storage, upkeepOf(generations), options)
  }
  if (sql === undefined) {
    throw new UnsupportedError(
      `A ${name} store has no tables. Use defineProjection, or a store that speaks SQL, such as openSqlite or ` +
        'openPostgres give.',
    )
  }
  const storage = new TableStorage<Transaction>(projection, sql)
  const generations = new Generations(store, storage, documents)
  checkPartitions(storage, options.partitions)
  return new TableReadModel(generations, { storage, sql }, upkeepOf(generations), options)
}
