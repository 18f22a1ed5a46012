import {
  type DocumentProjection,
  defineAggregate,
  defineOutbox,
  defineProjection,
  EventStore,
  type EventStoreOptions,
  memoryKeys,
  type OutboxDefinition,
  type PersonalSource,
  type RecordedEvent,
  type Repository,
  repository,
  type SnapshotOptions,
  type StandardSchema,
  typeOf,
} from '@eventfold/core'
import { documentsOf } from './document-collection.ts'

export interface CustomerState {
  readonly name: string
  readonly email: string
  readonly orders: number
}

interface Registered {
  readonly name: string
  readonly email: string
  readonly plan: string
}

interface Ordered {
  readonly sku: string
}

const none: CustomerState = { name: '', email: '', orders: 0 }

const Customer = defineAggregate('customer', {
  initialState: none,
  events: { CustomerRegistered: typeOf<Registered>(), CustomerOrdered: typeOf<Ordered>() },
  personal: { CustomerRegistered: { fields: { name: 'forgotten', email: 'forgotten@example.org' } } },
  evolve: {
    CustomerRegistered: (state, { name, email }) => ({ ...state, name, email }),
    CustomerOrdered: (state) => ({ ...state, orders: state.orders + 1 }),
  },
  commands: { order: typeOf<Ordered>() },
  decide: { order: (_state, { sku }) => [{ type: 'CustomerOrdered', data: { sku } }] },
})

type Customers = Repository<
  {
    readonly CustomerRegistered: StandardSchema<Registered>
    readonly CustomerOrdered: StandardSchema<Ordered>
  },
  CustomerState,
  { readonly order: StandardSchema<Ordered> },
  unknown,
  unknown,
  'customer'
>

/** Mails to customers. */
export const mails: OutboxDefinition<{
  readonly Welcome: StandardSchema<{ readonly customer: string; readonly to: string }>
}> = defineOutbox('mails', {
  messages: { Welcome: typeOf<{ readonly customer: string; readonly to: string }>() },
  personal: { Welcome: { subject: 'customer', fields: { to: 'nobody@example.org' } } },
})

/** What is personal in the contract. */
export const personal: readonly PersonalSource[] = [Customer, mails]

export const directory: DocumentProjection<RecordedEvent, CustomerState, { readonly name: string }> =
  defineProjection('directory', {
    of: [Customer],
    initialState: none,
    fields: { name: ({ name }) => name },
    on: {
      CustomerRegistered: (state, { data }) => ({ ...state, name: data.name, email: data.email }),
      CustomerOrdered: (state) => ({ ...state, orders: state.orders + 1 }),
    },
  }) as DocumentProjection<RecordedEvent, CustomerState, { readonly name: string }>

export const ada: Registered = { name: 'Ada Lovelace', email: 'ada@example.com', plan: 'gold' }
export const bob: Registered = { name: 'Bob Kahn', email: 'bob@example.com', plan: 'iron' }

export function registered(data: Registered): { readonly type: string; readonly data: Registered } {
  return { type: 'CustomerRegistered', data }
}

export const forgotten: Registered = { name: 'forgotten', email: 'forgotten@example.org', plan: 'gold' }

/** A store that keeps what is personal under keys, on the storage of another one. */
export function guarded(store: EventStore, options: EventStoreOptions = {}): EventStore {
  documentsOf(store)
  const keys = options.privacy?.keys ?? memoryKeys()
  return new EventStore(store.adapter, {
    ...options,
    privacy: { cacheFor: 0, ...options.privacy, of: personal, keys },
  })
}

export function customersIn(
  store: EventStore,
  snapshots: SnapshotOptions<CustomerState> = { every: 1 },
  cache = 0,
): Customers {
  return repository(Customer, store, { snapshots, cache })
}
