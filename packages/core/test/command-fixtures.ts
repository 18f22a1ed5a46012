import {
  type AggregateDefinition,
  DomainError,
  defineAggregate,
  type StandardSchema,
  typeOf,
} from '@eventfold/core'

type Amount = StandardSchema<{ cents: number }>

/** An account that refuses to go below zero. */
export const Account: AggregateDefinition<
  { Deposited: Amount; Withdrawn: Amount },
  number,
  { deposit: Amount; withdraw: Amount; rest: StandardSchema<undefined> },
  unknown,
  'account'
> = defineAggregate('account', {
  initialState: 0,
  events: { Deposited: typeOf<{ cents: number }>(), Withdrawn: typeOf<{ cents: number }>() },
  evolve: {
    Deposited: (state, { cents }) => state + cents,
    Withdrawn: (state, { cents }) => state - cents,
  },
  commands: {
    deposit: typeOf<{ cents: number }>(),
    withdraw: typeOf<{ cents: number }>(),
    rest: typeOf<undefined>(),
  },
  decide: {
    deposit: (_state, data) => [{ type: 'Deposited', data }],
    withdraw: (state, data) => {
      if (state < data.cents) throw new DomainError('insufficient-funds', `only ${state} left`)
      return [{ type: 'Withdrawn', data }]
    },
    rest: () => [],
  },
})
