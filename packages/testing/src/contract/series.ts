import assert from 'node:assert/strict'
import {
  defineAggregate,
  type EventStore,
  fold,
  type Loaded,
  type RecordedEvent,
  type Repository,
  repository,
  type SnapshotOptions,
  type StandardSchema,
  typeOf,
} from '@eventfold/core'
import { documentsOf } from './document-collection.ts'
import { range } from './facts.ts'

type Added = { readonly n: number }

export interface SeriesState {
  readonly count: number
  readonly digest: number
}

/** An aggregate whose state tells every order of events from every other. */
const Series = defineAggregate('series', {
  initialState: { count: 0, digest: 7 } as SeriesState,
  events: { Added: typeOf<Added>() },
  evolve: {
    Added: ({ count, digest }, { n }) => ({ count: count + 1, digest: (digest * 31 + n) % 1_000_003 }),
  },
  commands: { add: typeOf<Added>() },
  decide: { add: (_state, { n }) => [{ type: 'Added', data: { n } }] },
})

export type SeriesRepository = Repository<
  { readonly Added: StandardSchema<Added> },
  SeriesState,
  { readonly add: StandardSchema<Added> },
  unknown,
  unknown,
  'series'
>

export function seriesIn(
  store: EventStore,
  snapshots: SnapshotOptions<SeriesState>,
  cache = 0,
): SeriesRepository {
  return repository(Series, store, { snapshots, cache })
}

/** Appends so many events at once. */
export async function extend(store: EventStore, id: string, count: number, from = 1): Promise<void> {
  const events = range(from, from + count - 1).map((n) => ({ type: 'Added', data: { n } }))
  await store.append(`series-${id}`, events)
}

/** Asserts that a load gives what the events give, which are folded here. */
export async function checkLoad(series: SeriesRepository, id: string, version?: number): Promise<void> {
  const loaded: Loaded<unknown> = await series.load(id, version === undefined ? {} : { version })
  const all = await series.store.readStream<RecordedEvent<'Added', Added>>(`series-${id}`)
  const events = version === undefined ? all : all.slice(0, version)
  assert.deepEqual([loaded.version, loaded.state], [events.length, fold(Series, events)])
}

/** Where the snapshots of the repository lie that has taken some. */
export async function snapshotCollection(store: EventStore): Promise<string> {
  const collections = await documentsOf(store).find({
    collection: 'eventfold:snapshots',
    where: [],
    backwards: false,
    limit: 10,
  })
  assert.equal(collections.length, 1)
  return collections[0]?.key ?? ''
}
