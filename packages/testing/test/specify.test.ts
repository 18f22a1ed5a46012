import { DomainError, defineAggregate, typeOf } from '@eventfold/core'
import { specify, testClock, testIds } from '@eventfold/testing'
import { expect, test } from 'vitest'
import { z } from 'zod'

const Account = defineAggregate('account', {
  initialState: { cents: 0 },
  events: {
    Deposited: z.object({ cents: z.int().positive(), note: z.string().default('-') }),
    Withdrawn: typeOf<{ cents: number }>(),
  },
  evolve: {
    Deposited: (state, { cents }) => ({ cents: state.cents + cents }),
    Withdrawn: (state, { cents }) => ({ cents: state.cents - cents }),
  },
  commands: {
    withdraw: z.object({ cents: z.int().positive() }),
    deposit: z.object({ cents: z.int() }),
    stamp: z.void(),
  },
  decide: {
    withdraw: (state, { cents }) => {
      if (cents > state.cents) throw new DomainError('insufficient-funds', `only ${state.cents} available`)
      return [{ type: 'Withdrawn', data: { cents } }]
    },
    deposit: (_state, { cents }) => [{ type: 'Deposited', data: { cents } }],
    stamp: (_state, _input, { clock, newId }) => [
      { type: 'Withdrawn', data: { cents: clock().getTime() }, id: newId(), tags: ['stamp'] },
    ],
  },
})
const deposited = { type: 'Deposited', data: { cents: 500, note: '-' } } as const

test('passes when the decided events are the expected ones', async () => {
  await specify(Account)
    .given([deposited])
    .when('withdraw', { cents: 500 })
    .then([{ type: 'Withdrawn', data: { cents: 500 } }])
})

test('compares data as the schema returns it', async () => {
  await specify(Account).given().when('deposit', { cents: 500 }).then([deposited])
})

test('passes when the command is refused with the expected code and message', async () => {
  const withdrawing = specify(Account).given([deposited]).when('withdraw', { cents: 501 })
  await withdrawing.then({ code: 'insufficient-funds' })
  await withdrawing.then(new DomainError('insufficient-funds'))
  await withdrawing.then({ code: 'insufficient-funds', message: 'only 500 available' })
  await expect(withdrawing.then({ code: 'insufficient-funds', message: 'none' })).rejects.toThrow(
    'only 500 available',
  )
})

test('an input or event that its schema refuses is a refusal', async () => {
  await specify(Account).given().when('withdraw', { cents: -1 }).then({ code: 'invalid-command' })
  await specify(Account).given().when('deposit', { cents: -1 }).then({ code: 'invalid-event' })
})

test('a failure tells the whole scenario', async () => {
  const failing = specify(Account)
    .given([deposited])
    .when('withdraw', { cents: 900 })
    .then([{ type: 'Withdrawn', data: { cents: 900 } }])
  await expect(failing).rejects.toThrow(
    [
      'account: the outcome is not the expected one',
      '  given     Deposited {"cents":500,"note":"-"}',
      '  when      withdraw {"cents":900}',
      '  expected  Withdrawn {"cents":900}',
      '  actual    refused with insufficient-funds: only 500 available',
    ].join('\n'),
  )
  await expect(specify(Account).given().when('deposit', { cents: 1 }).then([])).rejects.toThrow(
    ['  expected  nothing', '  actual    Deposited {"cents":1,"note":"-"}'].join('\n'),
  )
})

test('checks states, before and after a command', async () => {
  await specify(Account).given([deposited]).thenState({ cents: 500 })
  await specify(Account).given([deposited]).when('withdraw', { cents: 1 }).thenState({ cents: 499 })
  await expect(specify(Account).given([deposited]).thenState({ cents: 1 })).rejects.toThrow('{"cents":500}')
})

test('given events must fit their schemas', async () => {
  const wrong = specify(Account)
    .given([{ type: 'Deposited', data: { cents: -1 } }])
    .when('withdraw', { cents: 1 })
  await expect(wrong.then([])).rejects.toMatchObject({ code: 'invalid-event' })
})

test('a forgotten expectation is an error and not a pass', async () => {
  const forgotten = specify(Account).given().when('deposit', { cents: 1 })
  // @ts-expect-error The compiler refuses it as well.
  await expect((async () => await forgotten)()).rejects.toThrow('call .then(events)')
})

test('time and ids are the same in every run', async () => {
  await specify(Account)
    .given()
    .when('stamp')
    .then([
      {
        type: 'Withdrawn',
        data: { cents: Date.UTC(2026, 0) },
        id: '00000000-0000-7000-8000-000000000001',
        tags: ['stamp'],
      },
    ])
  const clock = testClock('2026-02-01')
  clock.advance(1_000)
  expect(clock()).toEqual(new Date('2026-02-01T00:00:01Z'))
  clock.set('2026-03-01')
  expect(clock()).toEqual(new Date('2026-03-01'))
  expect([testIds()(), testIds()()]).toEqual(Array(2).fill('00000000-0000-7000-8000-000000000001'))
})
