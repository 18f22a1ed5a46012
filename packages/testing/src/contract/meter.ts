import assert from 'node:assert/strict'
import {
  type AggregateDefinition,
  defineAggregate,
  type EventStore,
  type NewEvent,
  type RepositoryOf,
  type RepositoryOptions,
  repository,
  type StandardSchema,
  typeOf,
} from '@eventfold/core'
import type { MaintenanceAdapter } from '@eventfold/core/adapter'
import { CaseSkipped } from './case-context.ts'
import { range } from './facts.ts'

type Units = StandardSchema<{ units: number }>

/** Adds up what was used; a summary says what that came to. */
export const Meter: AggregateDefinition<
  { UnitsUsed: Units; MeterSummarised: Units },
  number,
  { use: Units },
  unknown,
  'meter'
> = defineAggregate('meter', {
  initialState: 0,
  events: { UnitsUsed: typeOf<{ units: number }>(), MeterSummarised: typeOf<{ units: number }>() },
  evolve: { UnitsUsed: (state, { units }) => state + units, MeterSummarised: (_, { units }) => units },
  commands: { use: typeOf<{ units: number }>() },
  decide: { use: (_state, data) => [{ type: 'UnitsUsed', data }] },
})

/** Meters on a store that closes streams and removes events. Skips the case on one that does not. */
export function metersIn(
  store: EventStore,
  options: RepositoryOptions<unknown, number> = {},
): RepositoryOf<typeof Meter> {
  maintenanceOf(store)
  return repository(Meter, store, options)
}

export function maintenanceOf(store: EventStore): MaintenanceAdapter {
  const { maintenance } = store.adapter
  if (maintenance === undefined) throw new CaseSkipped('the adapter has no maintenance')
  return maintenance
}

/** Events that use `first` to `last` units. */
export function used(first: number, last: number, rest: Partial<NewEvent> = {}): NewEvent[] {
  return range(first, last).map((units) => ({ type: 'UnitsUsed', data: { units }, ...rest }))
}

export function summary(units: number): NewEvent {
  return { type: 'MeterSummarised', data: { units } }
}

/** Asserts which versions a stream has, by every way of reading it. */
export async function checkVersions(
  store: EventStore,
  stream: string,
  first: number,
  last: number,
): Promise<void> {
  const versions = range(first, last)
  const read = async (options: Parameters<EventStore['readStream']>[1]) => {
    return (await store.readStream(stream, options)).map(({ version }) => version)
  }
  assert.deepEqual(await read({}), versions, stream)
  assert.deepEqual(await read({ backwards: true }), versions.toReversed())
  assert.deepEqual(await read({ limit: 1 }), versions.slice(0, 1))
  assert.deepEqual(await read({ to: first }), [first])
  assert.deepEqual(await read({ to: first - 1 }), [])
  assert.deepEqual(await read({ from: last }), [last])
  assert.deepEqual(await read({ from: last + 1 }), [])
  const { events } = await store.readLog({ stream, limit: 10_000 })
  assert.deepEqual(
    events.map(({ version }) => version),
    versions,
    `${stream} in the log`,
  )
  const query = { stream, from: 1, to: Number.MAX_SAFE_INTEGER, backwards: false, limit: 10_000 }
  const rows = await store.adapter.readFold(query)
  assert.deepEqual(
    rows.map(({ version }) => version),
    versions,
    `${stream} as a fold reads it`,
  )
  const info = await store.streamInfo(stream)
  assert.deepEqual([info?.firstVersion, info?.version], [first, last])
}
