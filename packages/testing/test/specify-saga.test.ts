import { defineAggregate, defineSaga, defineService, typeOf } from '@eventfold/core'
import { specifySaga } from '@eventfold/testing'
import { describe, expect, test } from 'vitest'
import { Move } from '../src/contract/transfers.ts'

const requested = { key: '7', type: 'TransferRequested', data: { from: 'ada', to: 'bob', cents: 5 } } as const
const move = specifySaga(Move)

const Invoice = defineAggregate('invoice', {
  initialState: null,
  events: { InvoiceSent: typeOf<{ customer: string }>(), InvoicePaid: typeOf<Record<never, never>>() },
  evolve: { InvoiceSent: () => null, InvoicePaid: () => null },
})
const Mail = defineService('mail', { commands: { remind: typeOf<{ customer: string }>() } })
const Reminder = defineSaga('reminder', {
  of: [Invoice],
  sends: [Mail],
  startedBy: ['InvoiceSent'],
  initialState: { customer: '' },
  on: {
    InvoiceSent: (_state, { data }) => ({ state: data, set: { overdue: { after: 1_000 } } }),
    InvoicePaid: () => ({ end: 'completed' }),
  },
  onTimer: {
    overdue: (state) => ({
      send: [{ command: 'mail.remind', input: state, retry: { attempts: 2 }, timeout: 50 }],
    }),
  },
})
const reminder = specifySaga(Reminder)
const sent = { type: 'InvoiceSent', data: { customer: 'ada' } } as const
const at = (milliseconds: number) => new Date(Date.UTC(2026, 0, 1) + milliseconds)

describe('given, when, then for a saga', () => {
  test('tells the commands, the state and the end', async () => {
    await move
      .given()
      .when(requested)
      .then({
        commands: [{ command: 'account.withdraw', to: 'ada', input: { cents: 5 }, as: 'withdraw' }],
        status: 'running',
      })
    await move.given([requested]).when({ refused: 'account.withdraw', message: 'no money' }).then({
      commands: [],
      status: 'failed',
      reason: 'account.withdraw: no money',
    })
    await move
      .given([requested, { done: 'account.withdraw' }])
      .when({ done: 'account.deposit' })
      .then({
        status: 'completed',
        timers: {},
      })
  })

  test('tells the timers, lets them fire, and lets commands fail', async () => {
    await reminder
      .given()
      .when(sent)
      .then({ timers: { overdue: at(1_000) }, commands: [] })
    const fired = { timer: 'overdue', at: at(1_000) } as const
    await reminder
      .given([sent])
      .when(fired)
      .then({
        timers: {},
        state: { customer: 'ada' },
        commands: [{ command: 'mail.remind', input: { customer: 'ada' }, retry: { attempts: 2 } }],
      })
    await reminder
      .given([sent, fired])
      .when({ failed: 'mail.remind' })
      .then({ status: 'running', commands: [] })
    await reminder.given([sent, fired]).when({ timedOut: 'mail.remind' }).then({ status: 'stuck' })
    await reminder
      .given([sent, fired, { timedOut: 'mail.remind' }])
      .when({ retried: true })
      .then({ status: 'running', reason: undefined })
    await reminder
      .given([sent])
      .when({ type: 'InvoicePaid', data: {} })
      .then({ status: 'completed', timers: {} })
    await reminder.given().when({ type: 'InvoicePaid', data: {} }).then({ status: undefined, commands: [] })
  })

  test('tells what differs', async () => {
    const wrong = move
      .given([requested])
      .when({ done: 'account.withdraw' })
      .then({ status: 'completed', commands: [] })
    const message = await wrong.then(
      () => expect.unreachable(),
      (error: Error) => error.message,
    )
    expect(message).toBe(
      [
        'move: what follows is not what is expected',
        '  given     {"key":"7","type":"TransferRequested","data":{"from":"ada","to":"bob","cents":5}}',
        '  when      {"done":"account.withdraw"}',
        '  expected  status "completed"',
        '            commands []',
        '  actual    status "running"',
        '            commands [{"command":"account.deposit","to":"bob","input":{"cents":5},"as":"deposit"}]',
        '  differs   status "running" instead of "completed"',
        '            commands at /0: {"command":"account.deposit","to":"bob","input":{"cents":5},"as":"deposit"} instead of nothing',
      ].join('\n'),
    )
  })

  test('refuses outcomes and timers that nobody waits for, and events of another instance', async () => {
    const nothing = { status: 'running' } as const
    await expect(move.given([requested]).when({ done: 'account.deposit' }).then(nothing)).rejects.toThrow(
      /does not wait for account.deposit/,
    )
    await expect(reminder.given([sent]).when({ timedOut: 'mail.remind' }).then(nothing)).rejects.toThrow(
      /not wait/,
    )
    const paid = { type: 'InvoicePaid', data: {} } as const
    await expect(reminder.given([sent, paid]).when({ timer: 'overdue' }).then(nothing)).rejects.toThrow(
      /no timer overdue set/,
    )
    await expect(
      move
        .given([requested])
        .when({ ...requested, key: '8' })
        .then(nothing),
    ).rejects.toThrow(/not for the instance/)
    await expect(
      move
        .given([requested])
        .when({} as never)
        .then(nothing),
    ).rejects.toThrow(/none that a saga has/)
  })

  test('notices that nothing is expected', async () => {
    const forgotten = move.given().when(requested) as unknown as PromiseLike<never>
    await expect(Promise.resolve(forgotten)).rejects.toThrow(/Nothing is expected of move/)
  })
})
