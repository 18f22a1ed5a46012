import { type CommandOf, defineAggregate, defineService } from '@eventfold/core'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'

const Account = defineAggregate('account', {
  initialState: { cents: 0 },
  events: { Withdrawn: z.object({ cents: z.int() }) },
  evolve: { Withdrawn: (state, { cents }) => ({ cents: state.cents - cents }) },
  commands: { withdraw: z.object({ cents: z.coerce.number<string>() }), close: z.void() },
  decide: { withdraw: () => [], close: () => [] },
})

const Payment = defineService('payment', {
  commands: { charge: z.object({ cents: z.int() }) },
  results: { charge: z.object({ receipt: z.string() }) },
})

test('commands of definitions are plain data, with the input that their schemas accept', () => {
  expectTypeOf<CommandOf<typeof Account>>().toExtend<{ command: string; to: string }>()
  const withdraw = { command: 'account.withdraw', to: '42', input: { cents: '5' } } as const
  expectTypeOf(withdraw).toExtend<CommandOf<typeof Account>>()
  expectTypeOf({ command: 'account.close', to: '42' } as const).toExtend<CommandOf<typeof Account>>()
  expectTypeOf({ command: 'payment.charge', input: { cents: 5 } } as const).toExtend<
    CommandOf<typeof Payment | typeof Account>
  >()
  expectTypeOf({ command: 'account.open', to: '42' } as const).not.toExtend<CommandOf<typeof Account>>()
  expectTypeOf({ command: 'account.withdraw', to: '42' } as const).not.toExtend<CommandOf<typeof Account>>()
})

test('the names of a definition stay literal', () => {
  expectTypeOf(Account.category).toEqualTypeOf<'account'>()
  expectTypeOf(Payment.service).toEqualTypeOf<'payment'>()
})
