import { type AggregateDefinition, defineAggregate } from '@eventfold/core'
import { addDeposit, type Balance, depositSchema, noBalance } from '../deposit.ts'

export const Account: AggregateDefinition<
  { readonly MoneyDeposited: typeof depositSchema },
  Balance,
  { readonly deposit: typeof depositSchema },
  unknown
> = defineAggregate('account', {
  initialState: noBalance,
  events: { MoneyDeposited: depositSchema },
  evolve: { MoneyDeposited: addDeposit },
  commands: { deposit: depositSchema },
  decide: {
    deposit: (balance, data) => {
      if (balance.cents < 0) throw new Error('The account is overdrawn')
      return [{ type: 'MoneyDeposited', data }]
    },
  },
})
