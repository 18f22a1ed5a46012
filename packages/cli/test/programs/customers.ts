import { defineConfig, type EventfoldConfig, withRepository } from '@eventfold/cli'
import {
  defineAggregate,
  defineProjection,
  documentKeys,
  type EventStore,
  readModel,
  repository,
} from '@eventfold/core'
import { openPostgres } from '@eventfold/postgres'
import { openSqlite } from '@eventfold/sqlite'
import { z } from 'zod'

const Customer = defineAggregate('customer', {
  initialState: { name: '' },
  events: {
    CustomerRegistered: z.object({ name: z.string(), plan: z.string() }),
    NoteAdded: z.object({ text: z.string() }),
  },
  personal: { CustomerRegistered: { fields: { name: 'somebody' } } },
  evolve: {
    CustomerRegistered: (_state, { name }) => ({ name }),
    NoteAdded: (state) => state,
  },
  commands: { register: z.object({ name: z.string() }), note: z.object({ text: z.string() }) },
  decide: {
    register: (_state, { name }) => [{ type: 'CustomerRegistered', data: { name, plan: 'basic' } }],
    note: (_state, data) => [{ type: 'NoteAdded', data }],
  },
})

const Customers = defineProjection('customers', {
  of: [Customer],
  initialState: { name: '' },
  on: { CustomerRegistered: (_customer, { data }) => ({ name: data.name }) },
})

/** Where customers and, apart from them, their keys are kept. */
export interface Place {
  /** A file of SQLite, or a URL. */
  readonly store: string
  /** A file of SQLite. */
  readonly keys: string
}

export async function openCustomers(place: Place, migrate: boolean): Promise<EventStore> {
  const keys = documentKeys(await openSqlite(place.keys, { migrate }))
  const options = { migrate, privacy: { of: [Customer], keys } }
  const store: unknown = place.store.startsWith('postgres')
    ? await openPostgres({ ...options, connectionString: place.store })
    : await openSqlite(place.store, options)
  return store as EventStore
}

export function customersConfig(place: Place): EventfoldConfig {
  return defineConfig({
    store: ({ migrate }) => openCustomers(place, migrate),
    aggregates: [withRepository(Customer, { snapshots: { every: 1 } })],
    projections: [Customers],
  })
}

/** Two customers, of whom a read model and snapshots know; a note has the name of the first in a field that is not personal. */
export async function registerCustomers(store: EventStore, note: string): Promise<void> {
  const customers = repository(Customer, store, { snapshots: { every: 1 } })
  await customers.execute('1', 'register', { name: 'Ada Lovelace' })
  await customers.execute('2', 'register', { name: 'Charles Babbage' })
  await customers.execute('2', 'note', { text: note })
  await customers.load('1')
  await customers.snapshots?.settled()
  const model = readModel(Customers, store, { mode: 'async' })
  await model.start()
  await model.waitFor(await store.head())
  await model.stop()
}

export async function nameOf(store: EventStore, key: string): Promise<string | undefined> {
  return (await readModel(Customers, store, { mode: 'async' }).get(key))?.name
}
