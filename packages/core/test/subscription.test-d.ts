import {
  defineAggregate,
  type EventOf,
  type RecordedEvent,
  type SubscribeOptions,
  type Subscription,
  type SubscriptionBatch,
  typeOf,
} from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expectTypeOf, test } from 'vitest'

const Account = defineAggregate('account', {
  initialState: { cents: 0 },
  events: { AccountOpened: typeOf<{ owner: string }>(), MoneyDeposited: typeOf<{ cents: number }>() },
  evolve: {
    AccountOpened: (state) => state,
    MoneyDeposited: (state, { cents }) => ({ cents: state.cents + cents }),
  },
  commands: {},
  decide: {},
})
type AccountEvent = EventOf<typeof Account>

const store = openMemory()

test('events are recorded events, or those of a definition where that is said', async () => {
  expectTypeOf(store.subscribe()).toEqualTypeOf<Subscription<RecordedEvent>>()
  const subscription = store.subscribe<AccountEvent>({ category: 'account' })
  expectTypeOf(subscription).toEqualTypeOf<Subscription<AccountEvent>>()
  for await (const event of subscription) {
    expectTypeOf(event).toEqualTypeOf<AccountEvent>()
    if (event.type === 'MoneyDeposited') expectTypeOf(event.data).toEqualTypeOf<{ cents: number }>()
  }
  for await (const batch of subscription.batches()) {
    expectTypeOf(batch).toEqualTypeOf<SubscriptionBatch<AccountEvent>>()
    expectTypeOf(batch.events).toEqualTypeOf<readonly AccountEvent[]>()
  }
  await subscription.forEach((event) => {
    expectTypeOf(event).toEqualTypeOf<AccountEvent>()
  })
})

test('handlers may be synchronous or not, and options say what they are', () => {
  expectTypeOf(store.subscribe().forEach).toBeCallableWith(() => {})
  expectTypeOf(store.subscribe().forEach).toBeCallableWith(async () => {})
  expectTypeOf<'now'>().toExtend<NonNullable<SubscribeOptions['after']>>()
  // @ts-expect-error there is no such place to begin
  store.subscribe({ after: 'beginning' })
  // @ts-expect-error types are a list
  store.subscribe({ types: 'MoneyDeposited' })
})
