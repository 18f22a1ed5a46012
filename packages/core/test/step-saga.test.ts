import { type CommandOf, defineStepSaga, type SagaStep } from '@eventfold/core'
import { describe, expect, test } from 'vitest'
import { SagaRules } from '../src/saga/saga-rules.ts'
import { Bank, Transfer } from './saga-fixtures.ts'
import { SagaHand } from './saga-hand.ts'

type Step = SagaStep<never, unknown, typeof Bank>

const withdraw = (to: string): CommandOf<typeof Bank> => ({
  command: 'bank.withdraw',
  to,
  input: { cents: 1 },
})
const deposit = (to: string): CommandOf<typeof Bank> => ({ command: 'bank.deposit', to, input: { cents: 1 } })

/** A step that withdraws from an account of its name, and is undone by a deposit. */
const step = (name: string, more: Partial<Step> = {}): Step => ({
  name,
  action: () => withdraw(name),
  compensation: () => deposit(name),
  ...more,
})

function begun(...steps: readonly Step[]): SagaHand {
  const definition = defineStepSaga('move', {
    of: [Transfer],
    sends: [Bank],
    startedBy: ['TransferRequested'],
    abortedBy: ['TransferCancelled'],
    data: ({ data }) => data,
    steps: steps as never,
  })
  return new SagaHand(new SagaRules(definition)).give('TransferRequested', {
    from: 'ada',
    to: 'bob',
    cents: 5,
  })
}

const steps = (hand: SagaHand) => (hand.record?.state as { steps: unknown } | undefined)?.steps

describe('a saga of steps', () => {
  test('carries them out one after another', () => {
    const hand = begun(step('a'), step('b'))
    expect(hand.sent).toEqual(['bank.withdraw a'])
    expect(hand.outcome('CommandDone').sent).toEqual(['bank.withdraw b'])
    hand.outcome('CommandDone')
    expect(hand.record).toMatchObject({ status: 'completed', state: { steps: { a: 'done', b: 'done' } } })
  })

  test('passes over steps without a command', () => {
    const hand = begun(step('a', { action: () => undefined }), { name: 'b' }, step('c'))
    expect(hand.sent).toEqual(['bank.withdraw c'])
    expect(steps(hand)).toEqual({ a: 'skipped', b: 'done' })
  })

  test('undoes in reverse order what was done, and not what was refused', () => {
    const hand = begun(step('a'), step('b'), step('c')).outcome('CommandDone').outcome('CommandDone')
    expect(hand.outcome('CommandRefused').sent).toEqual(['bank.deposit b'])
    expect(hand.outcome('CommandDone').sent).toEqual(['bank.deposit a'])
    hand.outcome('CommandDone')
    expect(hand.record).toMatchObject({ status: 'failed', reason: 'bank.withdraw: no' })
    expect(steps(hand)).toEqual({ a: 'compensated', b: 'compensated', c: 'refused' })
  })

  test('undoes also a step that may have had its effect', () => {
    const hand = begun(step('a'), step('b', { retry: { attempts: 1 } })).outcome('CommandDone')
    expect(hand.outcome('CommandFailed').sent).toEqual(['bank.deposit b'])
    expect(steps(hand)).toEqual({ a: 'done', b: 'uncertain' })
  })

  test('turns back when the time of a step is up', () => {
    const hand = begun(step('a'), step('b', { timeout: 50 })).outcome('CommandDone')
    expect(hand.fire('timeout').sent).toEqual(['bank.deposit b'])
  })

  test('goes on after an optional step that fails, and records why', () => {
    const hand = begun(step('a', { optional: true }), step('b'))
    expect(hand.outcome('CommandRefused').sent).toEqual(['bank.withdraw b'])
    hand.outcome('CommandDone')
    expect(hand.record).toMatchObject({
      status: 'completed',
      state: { problems: { a: 'bank.withdraw: no' } },
    })
  })

  test('is stuck where something cannot be undone, after everything else was, and can be retried', () => {
    const hand = begun(step('a'), step('b'), step('c')).outcome('CommandDone').outcome('CommandDone')
    expect(hand.outcome('CommandRefused').sent).toEqual(['bank.deposit b'])
    expect(hand.outcome('CommandRefused').sent).toEqual(['bank.deposit a'])
    hand.outcome('CommandDone')
    expect(hand.record).toMatchObject({
      status: 'stuck',
      reason: 'could not undo b (bank.deposit: no); it turned back because of bank.withdraw: no',
    })
    expect(hand.give('SagaRetried').sent).toEqual(['bank.deposit b'])
    hand.outcome('CommandDone')
    expect(hand.record).toMatchObject({ status: 'failed', state: { problems: {} } })
  })

  test('undoes with patience: ten attempts', () => {
    const hand = begun(step('a'), step('b')).outcome('CommandDone').outcome('CommandRefused')
    for (let attempt = 1; attempt < 10; attempt++) {
      hand.outcome('CommandFailed').fire('retry')
      expect(hand.sent).toEqual(['bank.deposit a'])
    }
    expect(hand.outcome('CommandFailed').record?.status).toBe('stuck')
  })

  test('carries on with data that outcomes have changed', () => {
    const done = (data: unknown) => ({ ...(data as object), from: 'changed' })
    const hand = begun(
      step('a', { done }),
      step('b', { action: (data) => withdraw((data as { from: string }).from) }),
    )
    expect(hand.outcome('CommandDone').sent).toEqual(['bank.withdraw changed'])
  })
})

describe('an event that turns it back', () => {
  test('lets the command under way end, and undoes it as well', () => {
    const hand = begun(step('a'), step('b')).outcome('CommandDone').give('TransferCancelled')
    expect(hand.sent).toEqual([])
    expect(hand.outcome('CommandDone').sent).toEqual(['bank.deposit b'])
    expect(hand.outcome('CommandDone').sent).toEqual(['bank.deposit a'])
    hand.outcome('CommandDone')
    expect(hand.record).toMatchObject({ status: 'failed', reason: 'TransferCancelled came' })
  })

  test('wins over the refusal of the command under way', () => {
    const hand = begun(step('a')).give('TransferCancelled').outcome('CommandRefused')
    expect(hand.record).toMatchObject({ status: 'failed', reason: 'TransferCancelled came' })
  })

  test('changes nothing on the way back', () => {
    const hand = begun(step('a'), step('b')).outcome('CommandDone').outcome('CommandRefused')
    const before = hand.record?.state
    expect(hand.give('TransferCancelled').record?.state).toEqual(before)
    expect(hand.sent).toEqual([])
  })
})

describe('a step that waits for an event', () => {
  const waiting = (more: Partial<Step> = {}): Step =>
    ({
      name: 'paid',
      awaits: { TransferPaid: (data: object) => ({ ...data, paid: true }) },
      ...more,
    }) as never

  const begunWaiting = (...all: readonly Step[]): SagaHand => {
    const definition = defineStepSaga('move', {
      of: [Transfer],
      sends: [Bank],
      startedBy: ['TransferRequested'],
      data: ({ data }) => data,
      steps: all.map((each) =>
        each.awaits === undefined
          ? each
          : { ...each, awaits: { TransferCancelled: (data: object) => ({ ...data, paid: true }) } },
      ) as never,
    })
    return new SagaHand(new SagaRules(definition)).give('TransferRequested', { from: 'a', to: 'b', cents: 5 })
  }

  test('goes on when it comes, and sets its timer off', () => {
    const hand = begunWaiting(waiting({ timeout: 50 }), step('b'))
    expect(Object.values(hand.record?.timers ?? {})).toHaveLength(1)
    expect(hand.give('TransferCancelled').sent).toEqual(['bank.withdraw b'])
    expect(hand.record).toMatchObject({ timers: {}, state: { data: { paid: true } } })
  })

  test('counts one that came before', () => {
    const hand = begunWaiting(step('a'), waiting(), step('b')).give('TransferCancelled')
    expect(hand.sent).toEqual([])
    expect(hand.outcome('CommandDone').sent).toEqual(['bank.withdraw b'])
  })

  test('turns back when it does not come', () => {
    const hand = begunWaiting(step('a'), waiting({ timeout: 50 })).outcome('CommandDone')
    expect(hand.fire('name').sent).toEqual(['bank.deposit a'])
    expect(hand.record).toMatchObject({ state: { failure: 'paid did not come in time' } })
  })

  test('undoes one that comes when it has turned back', () => {
    const refund = { compensation: () => deposit('payer') }
    const hand = begunWaiting(step('a'), waiting({ timeout: 50, ...refund }))
      .outcome('CommandDone')
      .fire('name')
    expect(hand.give('TransferCancelled').sent).toEqual([])
    expect(hand.outcome('CommandDone').sent).toEqual(['bank.deposit payer'])
    hand.outcome('CommandDone')
    expect(hand.record).toMatchObject({ status: 'failed', state: { steps: { paid: 'compensated' } } })
  })
})

test.for<[string, readonly Partial<Step>[]]>([
  ['has no steps', []],
  ['stands there twice', [{ name: 'a' }, { name: 'a' }]],
  ['has a slash', [{ name: 'a/b' }]],
  ['both an action and events', [{ name: 'a', action: () => undefined, awaits: {} }]],
])('a definition that %s is refused', ([message, wrong]) => {
  expect(() => begun(...(wrong as readonly Step[]))).toThrow(new RegExp(message))
})
