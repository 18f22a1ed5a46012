import { describe, expect, test } from 'vitest'
import { type AnySagaDefinition, SagaRules } from '../src/saga/saga-rules.ts'
import { Move, requested } from './saga-fixtures.ts'
import { SagaHand, start } from './saga-hand.ts'

const begun = (definition: AnySagaDefinition = Move) =>
  new SagaHand(new SagaRules(definition)).give('TransferRequested', requested().data)

describe('an instance', () => {
  test('begins with its event, sends its commands one after another, and ends', () => {
    const instance = begun()
    expect(instance.entries).toEqual(['SagaStarted', 'CommandSent', 'TimerSet'])
    expect(instance.sent).toEqual(['bank.withdraw ada'])
    expect(instance.advance?.timers.map(({ due }) => due - start)).toEqual([1_100])
    expect(instance.outcome('CommandDone').sent).toEqual(['bank.deposit bob'])
    instance.outcome('CommandDone')
    expect(instance.entries).toEqual(['SagaEnded'])
    expect(instance.advance?.cancelled.length).toBe(1)
    expect(instance.record).toMatchObject({ status: 'completed', timers: {}, waiting: {}, ignored: 0 })
  })

  test('makes the same of the same input, ids included', () => {
    const [one, other] = [begun().advance, begun().advance]
    expect(one).toEqual(other)
    expect(new Set(one?.entries.map(({ id }) => id)).size).toBe(3)
  })

  test('refuses what no handler can return: a promise, or an end that is none', () => {
    const returning = (effects: unknown) => begun({ ...Move, on: { TransferRequested: () => effects } })
    for (const effects of [Promise.resolve({}), Promise.reject(new Error('unheard')), { end: 'done' }]) {
      expect(() => returning(effects)).toThrow(expect.objectContaining({ code: 'invalid-definition' }))
    }
  })

  test('does not begin with another event', () => {
    const instance = new SagaHand(new SagaRules(Move)).give('TransferCancelled')
    expect(instance.advance).toBeUndefined()
    expect(instance.give('TransferRequested', requested().data).record?.status).toBe('running')
  })

  test('keeps what comes before its beginning, where the definition says so', () => {
    const instance = new SagaHand(new SagaRules({ ...Move, early: 'keep' })).give('TransferCancelled')
    expect(instance.record).toMatchObject({ status: 'early', early: [{ type: 'TransferCancelled' }] })
    instance.give('TransferRequested', requested().data)
    expect(instance.record).toMatchObject({ status: 'failed', reason: 'cancelled', early: [] })
  })

  test('ignores and counts what comes after its end', () => {
    const instance = begun().give('TransferCancelled').give('TransferRequested', requested().data)
    expect(instance.entries).toEqual([])
    expect(instance.record).toMatchObject({ status: 'failed', ignored: 1 })
    expect(instance.give('TimerFired', {}).record?.ignored).toBe(2)
  })

  test('begins anew where the definition says so', () => {
    const instance = begun({ ...Move, restart: true }).give('TransferCancelled')
    instance.give('TransferRequested', requested('eve').data)
    expect(instance.record).toMatchObject({ status: 'running', run: 2, state: { from: 'eve' } })
    expect(instance.sent).toEqual(['bank.withdraw eve'])
  })

  test('ignores an outcome that it does not wait for', () => {
    const instance = begun()
    const [sent] = Object.values(instance.record?.waiting ?? {})
    instance.outcome('CommandDone').give('CommandDone', { key: sent?.key, attempt: 1 })
    expect(instance.record?.ignored).toBe(1)
    expect(instance.sent).toEqual([])
  })
})

describe('a command', () => {
  test('that is refused is handed to its handler', () => {
    expect(begun().outcome('CommandRefused').record).toMatchObject({ status: 'failed', reason: 'no' })
  })

  test('that is refused, and has no handler, makes the instance stuck, and is sent anew when it is retried', () => {
    const instance = begun({ ...Move, onRefused: {} })
    const [first] = Object.values(instance.record?.waiting ?? {})
    instance.outcome('CommandRefused')
    expect(instance.record).toMatchObject({
      status: 'stuck',
      reason: 'bank.withdraw was refused (Error): no',
    })
    instance.give('SagaRetried')
    expect(instance.sent).toEqual(['bank.withdraw ada'])
    expect(instance.record?.status).toBe('running')
    expect(Object.values(instance.record?.waiting ?? {})[0]?.key).not.toBe(first?.key)
  })

  test('that fails is sent again with the same key, later each time, and then counts as refused, uncertainly', () => {
    const instance = begun({ ...Move, onRefused: {} })
    const pauses: number[] = []
    const keys = new Set<string>()
    for (let attempt = 1; attempt < 5; attempt++) {
      const before = start + attempt * 200
      instance.outcome('CommandFailed')
      expect(instance.entries).toEqual([])
      pauses.push((instance.advance?.timers[0]?.due ?? 0) - before)
      instance.fire('retry')
      expect(instance.sent).toEqual(['bank.withdraw ada'])
      expect(Object.values(instance.record?.waiting ?? {})).toMatchObject([{ attempt: attempt + 1 }])
      keys.add(Object.keys(instance.record?.waiting ?? {}).join())
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000])
    expect(keys.size).toBe(1)
    instance.outcome('CommandFailed')
    expect(instance.record).toMatchObject({ status: 'stuck', stuckOn: { isCertain: false } })
    instance.give('SagaRetried')
    expect(Object.keys(instance.record?.waiting ?? {})).toEqual([...keys])
  })

  test('that has no outcome in time counts as failed, and a later outcome is ignored', () => {
    const timed = {
      ...Move,
      onRefused: {},
      on: {
        TransferRequested: () => ({ send: [{ command: 'bank.withdraw', to: 'ada', timeout: 50 }] }),
      },
    }
    const instance = begun(timed)
    const [sent] = Object.values(instance.record?.waiting ?? {})
    expect(instance.advance?.timers.map(({ due }) => due - start)).toEqual([150])
    instance.fire('timeout')
    expect(instance.record).toMatchObject({
      status: 'stuck',
      reason: 'bank.withdraw has failed (command-timeout): bank.withdraw had no outcome in time',
    })
    instance.give('CommandDone', { key: sent?.key, attempt: 1 })
    expect(instance.record).toMatchObject({ status: 'stuck', ignored: 1 })
  })

  test('of no definition is refused', () => {
    const wrong = { ...Move, on: { TransferRequested: () => ({ send: [{ command: 'bank.rob' }] }) } }
    expect(() => begun(wrong)).toThrow(/sends bank.rob, which no definition/)
  })
})

describe('a timer', () => {
  test('calls its handler once', () => {
    const instance = begun()
    const [id = ''] = Object.keys(instance.record?.timers ?? {})
    expect(instance.fire('name').record).toMatchObject({ status: 'stuck', reason: 'it takes too long' })
    expect(instance.give('TimerFired', {}, id).record?.ignored).toBe(1)
  })

  test('that is set anew fires as the new one only', () => {
    const again = {
      ...Move,
      on: { ...Move.on, TransferCancelled: () => ({ set: { deadline: { after: 9 } } }) },
    }
    const instance = begun(again)
    const [old = ''] = Object.keys(instance.record?.timers ?? {})
    instance.give('TransferCancelled')
    expect(instance.advance?.cancelled).toEqual([old])
    expect(instance.give('TimerFired', {}, old).record).toMatchObject({ status: 'running', ignored: 1 })
    expect(instance.fire('name').record?.status).toBe('stuck')
  })

  test('that was cancelled does not fire', () => {
    const cancelled = { ...Move, on: { ...Move.on, TransferCancelled: () => ({ cancel: ['deadline'] }) } }
    const instance = begun(cancelled)
    const [id = ''] = Object.keys(instance.record?.timers ?? {})
    instance.give('TransferCancelled')
    expect(instance.entries).toEqual(['TimerCancelled'])
    expect(instance.give('TimerFired', {}, id).record).toMatchObject({ status: 'running', ignored: 1 })
  })

  test('is due at a time that is one', () => {
    const wrong = { ...Move, on: { TransferRequested: () => ({ set: { deadline: new Date(Number.NaN) } }) } }
    expect(() => begun(wrong)).toThrow(/due at no time/)
  })
})

test('somebody may decide how an instance ends', () => {
  const instance = begun().give('SagaResolved', { as: 'failed', note: 'by hand' })
  expect(instance.record).toMatchObject({ status: 'failed', reason: 'by hand', timers: {} })
})

test('a retry of an instance that is not stuck is ignored', () => {
  expect(begun().give('SagaRetried').record).toMatchObject({ status: 'running', ignored: 1 })
})
