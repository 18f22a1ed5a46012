import { DomainError, isEventfoldError, type SagaOptions, saga } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { describe, expect, test } from 'vitest'
import { FakeBank, Move, refusing, requested, Transfer } from './saga-fixtures.ts'

/** Quick to look, and to give up. */
const quick: Partial<SagaOptions> = {
  pollInterval: 20,
  batchInterval: 0,
  retry: { attempts: 2, firstPause: 1 },
}

async function fixture(options: Partial<SagaOptions> = {}) {
  const store = openMemory()
  const bank = new FakeBank()
  const moves = saga(Move, store, { ...quick, bus: bank, ...options })
  const request = (key = '7') => store.append(`transfer-${key}`, [requested()])
  return { store, bank, moves, request }
}

describe('a saga', () => {
  test('carries a transfer through, with one key and one correlation per command', async () => {
    const { bank, moves, request } = await fixture()
    await moves.start()
    const { eventIds } = await request()
    expect(await moves.ended('7')).toMatchObject({
      key: '7',
      status: 'completed',
      state: { cents: 5 },
      run: 1,
    })
    expect(bank.log).toEqual(['bank.withdraw ada', 'bank.deposit bob'])
    const options = bank.sent.map((each) => each.options)
    expect(options).toMatchObject([{ keepRefusal: true }, { keepRefusal: true }])
    expect(new Set(options.map((each) => each?.idempotencyKey)).size).toBe(2)
    expect(options.map((each) => each?.metadata?.correlationId)).toEqual([eventIds[0], eventIds[0]])
    expect(options.map((each) => each?.metadata?.causationId)).toEqual(options.map((each) => each?.id))
    await moves.stop()
  })

  test('ends everything where it is stopped while it starts', async () => {
    const { moves } = await fixture()
    const started = moves.start()
    await moves.stop()
    await started.catch(() => {})
    expect([moves.inputs.state, moves.commands.state]).toEqual(['stopped', 'stopped'])
  })

  test('tells what an instance has done', async () => {
    const { moves, request, store } = await fixture()
    await moves.start()
    await request()
    await moves.ended('7')
    const history = await moves.history('7')
    expect(history.map(({ type }) => type)).toEqual([
      'SagaStarted',
      'CommandSent',
      'TimerSet',
      'CommandDone',
      'CommandSent',
      'CommandDone',
      'SagaEnded',
    ])
    const inputs = await store.readLog({ types: [...Object.keys(Transfer.events), 'CommandDone'] })
    const causes = inputs.events.map(({ id }) => id)
    expect(
      history.filter(({ type }) => type === 'CommandSent').map(({ metadata }) => metadata.causationId),
    ).toEqual(causes.slice(0, 2))
    await moves.stop()
  })

  test('records a refusal whatever its message repeats of what a user has typed, and however long', async () => {
    const { bank, moves, request } = await fixture()
    bank.reply = ({ to }) => {
      if (to === 'bob') throw new DomainError('refused', `\0\ud800${'x'.repeat(2_000_000)}`)
    }
    await moves.start()
    await request()
    expect(await moves.ended('7')).toMatchObject({ status: 'failed', reason: 'refunded' })
    await moves.stop()
  })

  test('compensates where a command is refused', async () => {
    const { bank, moves, request } = await fixture()
    bank.reply = refusing('bank.deposit bob')
    await moves.start()
    await request()
    expect(await moves.ended('7')).toMatchObject({ status: 'failed', reason: 'refunded' })
    expect(bank.log).toEqual(['bank.withdraw ada', 'bank.deposit bob', 'bank.deposit ada'])
    await moves.stop()
  })

  test('lists what is stuck, which can be retried and resolved', async () => {
    const { bank, moves, request } = await fixture()
    bank.reply = refusing('bank.deposit bob', 'bank.deposit ada')
    await moves.start()
    await request('7')
    await request('8')
    await expect.poll(async () => (await moves.stuck()).map(({ key }) => key)).toEqual(['7', '8'])
    expect(await moves.get('7')).toMatchObject({
      status: 'stuck',
      reason: 'no refund: bank.deposit ada is refused',
    })
    expect(await moves.status()).toMatchObject({ running: 0, stuck: 2, healthy: false })
    bank.reply = () => undefined
    await moves.retry('7', { note: 'the account is open again' })
    expect(await moves.ended('7')).toMatchObject({ status: 'failed', reason: 'refunded' })
    await moves.resolve('8', { as: 'failed', note: 'by hand' })
    expect(await moves.ended('8')).toMatchObject({ status: 'failed', reason: 'by hand' })
    expect(await moves.status()).toMatchObject({ running: 0, stuck: 0, healthy: true })
    await moves.stop()
  })

  test('refuses to retry or resolve what is not stuck, or does not exist', async () => {
    const { moves, request } = await fixture()
    await moves.start()
    await request()
    await moves.ended('7')
    await expect(moves.retry('7')).rejects.toMatchObject({ code: 'saga-not-stuck', status: 'completed' })
    await expect(moves.retry('8')).rejects.toMatchObject({
      code: 'saga-not-found',
      key: '8',
      status: undefined,
    })
    await expect(moves.resolve('7', { as: 'failed' })).rejects.toMatchObject({ code: 'saga-ended' })
    await expect(moves.resolve('8', { as: 'failed' })).rejects.toMatchObject({ code: 'saga-not-found' })
    await moves.stop()
  })

  test('finds its instances by status, in pages', async () => {
    const { moves, request } = await fixture()
    await moves.start()
    for (const key of ['a', 'b', 'c']) await request(key)
    for (const key of ['a', 'b', 'c']) await moves.ended(key)
    const page = await moves.find({ status: 'completed', limit: 2 })
    expect(page.map(({ key }) => key)).toEqual(['a', 'b'])
    expect((await moves.find({ after: 'b' })).map(({ key }) => key)).toEqual(['c'])
    expect(await moves.find({ status: 'running' })).toEqual([])
    await moves.stop()
  })

  test('tries again what fails without being refused, and passes its outcome on once', async () => {
    const { bank, request, store } = await fixture()
    let attempts = 0
    bank.reply = ({ command }) => {
      if (command === 'bank.withdraw' && ++attempts < 3) throw new Error('no line')
    }
    const impatient = {
      ...Move,
      on: {
        TransferRequested: (_state: unknown, { data }: { data: object }) => ({
          state: data,
          send: [{ command: 'bank.withdraw', to: 'ada', retry: { firstPause: 1 } }],
        }),
      },
    }
    const moves = saga(impatient as never, store, { ...quick, bus: bank } as never)
    await moves.start()
    await request()
    expect(await moves.ended('7')).toMatchObject({ status: 'completed' })
    expect(bank.log).toEqual([
      'bank.withdraw ada',
      'bank.withdraw ada',
      'bank.withdraw ada',
      'bank.deposit bob',
    ])
    expect(new Set(bank.sent.map(({ options }) => options?.idempotencyKey)).size).toBe(2)
    await moves.stop()
  })

  test('aborts an attempt that takes too long', async () => {
    const { bank, moves, request } = await fixture({ attemptTimeout: 20 })
    const aborted: unknown[] = []
    bank.reply = () =>
      new Promise((resolve) => {
        bank.sent.at(-1)?.options?.signal?.addEventListener('abort', () => {
          aborted.push(1)
          resolve(undefined)
        })
      })
    await moves.start()
    await request()
    await expect
      .poll(async () => (await moves.history('7')).at(-1))
      .toMatchObject({
        type: 'CommandFailed',
        data: { error: { code: 'command-timeout' } },
      })
    expect(aborted).toEqual([1])
    await moves.stop()
  })

  test('fires a timer that was due while nothing ran, once', async () => {
    let time = 0
    const now = async () => time
    const { bank, moves, request, store } = await fixture({ now })
    const { promise, resolve } = Promise.withResolvers<void>()
    bank.reply = () => promise
    await moves.start()
    await request()
    await expect
      .poll(async () => (await moves.get('7'))?.timers)
      .toMatchObject({ deadline: expect.any(Date) })
    const stopped = moves.stop()
    resolve()
    await stopped
    time = Number.MAX_SAFE_INTEGER
    const again = saga(Move, store, {
      ...quick,
      bus: { send: () => new Promise(() => {}) },
      now,
      stopTimeout: 0,
    })
    await again.start()
    await expect.poll(async () => (await again.get('7'))?.reason).toBe('it takes too long')
    await again.stop()
    const fired = (await again.history('7')).filter(({ type }) => type === 'TimerFired')
    expect(fired).toHaveLength(1)
  })

  test('does not begin with what has happened before its first start, unless it is told to', async () => {
    const { moves, request, store, bank } = await fixture()
    await request('old')
    await moves.start()
    const { position } = await request('new')
    await moves.waitFor(position)
    await moves.ended('new')
    expect(await moves.get('old')).toBeUndefined()
    await moves.stop()
    const all = saga({ ...Move, name: 'all' }, store, { ...quick, bus: bank, from: 'beginning' })
    await all.start()
    expect((await all.ended('old')).status).toBe('completed')
    await all.stop()
  })

  test('parks an input whose handler fails, and lets other instances go on', async () => {
    const { bank, store, request } = await fixture()
    const broken = {
      ...Move,
      key: ({ stream }: { stream: string }) => stream.slice('transfer-'.length),
      on: {
        ...Move.on,
        TransferRequested: (state: never, event: never, context: { key: string }) => {
          if (context.key === 'bad') throw new RangeError('as planned')
          return Move.on.TransferRequested?.(state, event, context as never)
        },
      },
    }
    const moves = saga(broken as never, store, { ...quick, bus: bank } as never)
    await moves.start()
    await request('bad')
    await request('good')
    expect((await moves.ended('good')).status).toBe('completed')
    await expect.poll(async () => (await moves.inputs.parked()).length).toBe(1)
    const [parked] = await moves.inputs.parked()
    expect(parked).toMatchObject({ key: 'bad', error: { name: 'RangeError' } })
    await moves.stop()
  })

  test('says of an instance that does not end how it is', async () => {
    const { moves, request, bank } = await fixture({ stopTimeout: 0 })
    bank.reply = () => new Promise(() => {})
    await moves.start()
    await request()
    const waiting = moves.ended('7', { timeout: 40 })
    await expect(waiting).rejects.toMatchObject({ code: 'saga-unfinished', status: 'running' })
    await expect(moves.ended('8', { timeout: 0 })).rejects.toMatchObject({ status: undefined })
    expect(await moves.get('7')).toMatchObject({
      waiting: [{ command: 'bank.withdraw', to: 'ada', attempt: 1 }],
    })
    await moves.stop()
  })
})

test('two instances at once handle each input once', async () => {
  const store = openMemory()
  const bank = new FakeBank()
  const options = { ...quick, bus: bank, partitions: 2, leaseTime: 300 }
  const [one, other] = [saga(Move, store, options), saga(Move, store, options)]
  await Promise.all([one.start(), other.start()])
  const keys = Array.from({ length: 20 }, (_, index) => String(index))
  for (const key of keys) await store.append(`transfer-${key}`, [requested()])
  await Promise.all(keys.map((key) => one.ended(key)))
  await Promise.all([one.stop(), other.stop()])
  expect(bank.done.size).toBe(40)
  for (const key of keys) expect(await one.history(key)).toHaveLength(7)
})

test('a state that does not fit its schema is refused', async () => {
  const store = openMemory()
  const strict = {
    ...Move,
    state: { '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) } },
  }
  const moves = saga(strict as never, store, { ...quick, bus: new FakeBank(), onFailure: 'stop' } as never)
  await moves.start()
  await store.append('transfer-7', [requested()])
  await expect.poll(() => moves.inputs.state).toBe('failed')
  const { inputs } = await moves.status()
  expect(inputs.error?.message).toMatch(/state of saga move is not valid/)
  expect(await moves.get('7')).toBeUndefined()
  await moves.stop()
})

test('a store that keeps events only has no sagas', () => {
  const { adapter } = openMemory()
  const store = { ...openMemory(), adapter: { ...adapter, documents: undefined, name: 'plain' } }
  try {
    saga(Move, store as never, { bus: new FakeBank() })
    expect.unreachable()
  } catch (error) {
    expect(isEventfoldError(error, 'unsupported')).toBe(true)
  }
})
