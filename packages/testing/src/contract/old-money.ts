import {
  type DocumentProjection,
  defineAggregate,
  defineProjection,
  defineUpcasters,
  EventStore,
  type EventStoreOptions,
  type Loaded,
  type NewEvent,
  type RecordedEvent,
  repository,
  typeOf,
  type Upcasters,
} from '@eventfold/core'
import { documentsOf } from './document-collection.ts'

/** What accounts were told of in the first version, and what that is today. */
export const upcasters: Upcasters = defineUpcasters({
  MoneyDeposited: [(data: { readonly cents: number }) => ({ ...data, currency: 'EUR' })],
  Paid: [
    (data: { readonly euros: number }) => ({ cents: data.euros * 100 }),
    { as: 'MoneyDeposited', version: 1 },
  ],
  Exchanged: [
    {
      into: { MoneyWithdrawn: 1, MoneyDeposited: 2 },
      upcast: ({ from, to }: { readonly from: number; readonly to: number }) => [
        { type: 'MoneyWithdrawn', data: { cents: from } },
        { type: 'MoneyDeposited', data: { cents: to, currency: 'USD' } },
      ],
    },
  ],
  Looked: ['drop'],
})

/** As they were appended then. The account has 1250 in the end, of 6 events that are read. */
export const oldEvents: readonly NewEvent[] = [
  { type: 'MoneyDeposited', data: { cents: 500 } },
  { type: 'Paid', data: { euros: 8 } },
  { type: 'Looked', data: { at: 'the balance' } },
  { type: 'Exchanged', data: { from: 100, to: 40 } },
  { type: 'Paid', schemaVersion: 2, data: { cents: 10 } },
]

/** The events that are read of {@link oldEvents}, without what only the store knows. */
export const readEvents: readonly (readonly [type: string, data: unknown, version: number])[] = [
  ['MoneyDeposited', { cents: 500, currency: 'EUR' }, 1],
  ['MoneyDeposited', { cents: 800, currency: 'EUR' }, 2],
  ['MoneyWithdrawn', { cents: 100 }, 4],
  ['MoneyDeposited', { cents: 40, currency: 'USD' }, 4],
  ['MoneyDeposited', { cents: 10, currency: 'EUR' }, 5],
]

export interface Amount {
  readonly cents: number
}

export interface MoneyState {
  readonly cents: number
  readonly currencies: readonly string[]
}

const Account = defineAggregate('account', {
  initialState: { cents: 0, currencies: [] } as MoneyState,
  events: {
    MoneyDeposited: typeOf<Amount & { readonly currency: string }>(),
    MoneyWithdrawn: typeOf<Amount>(),
  },
  evolve: {
    MoneyDeposited: (state, { cents, currency }) => ({
      cents: state.cents + cents,
      currencies: [...state.currencies, currency],
    }),
    MoneyWithdrawn: (state, { cents }) => ({ ...state, cents: state.cents - cents }),
  },
})

/** An account of today. */
export function loadMoney(
  store: EventStore,
  id: string,
  options: {
    readonly version?: number
    readonly while?: (event: { readonly version: number }) => boolean
  } = {},
): Promise<Loaded<MoneyState>> {
  return repository(Account, store).load(id, options)
}

export const totals: DocumentProjection<RecordedEvent, MoneyState, Amount> = defineProjection('totals', {
  of: [Account],
  initialState: { cents: 0, currencies: [] } as MoneyState,
  fields: { cents: ({ cents }) => cents },
  on: {
    MoneyDeposited: ({ cents, currencies }, { data }) => ({
      cents: cents + data.cents,
      currencies: [...currencies, data.currency],
    }),
    MoneyWithdrawn: (state, { data }) => ({ ...state, cents: state.cents - data.cents }),
  },
}) as DocumentProjection<RecordedEvent, MoneyState, Amount>

export const finalState: MoneyState = { cents: 1_250, currencies: ['EUR', 'EUR', 'USD', 'EUR'] }

/** The code of today on the storage of a store that has been written to. */
export function evolved(store: EventStore, options: EventStoreOptions = { upcasters }): EventStore {
  documentsOf(store)
  return new EventStore(store.adapter, options)
}
