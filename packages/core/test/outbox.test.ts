import {
  commandQueue,
  DomainError,
  defineOutbox,
  type Message,
  outbox,
  publishEvents,
  typeOf,
} from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Account } from './command-fixtures.ts'
import { FakeBank } from './saga-fixtures.ts'

const Notices = defineOutbox('notices', {
  messages: { Shipped: z.object({ order: z.string().trim() }), Lost: typeOf<Record<never, never>>() },
})

const quick = { pollInterval: 20, batchInterval: 0, retry: { attempts: 2, firstPause: 1 } } as const

function fixture() {
  const store = openMemory()
  const out: Message[] = []
  let fail: (message: Message) => boolean = () => false
  let time = 0
  const notices = outbox(Notices, store, {
    ...quick,
    now: async () => time,
    publish: (message) => {
      if (fail(message)) throw new Error('no broker')
      out.push(message)
    },
  })
  return {
    store,
    notices,
    out,
    orders: () => out.map(({ data }) => (data as { order: string }).order),
    failIf: (next: typeof fail) => {
      fail = next
    },
    goTo: (milliseconds: number) => {
      time = milliseconds
    },
  }
}

const shipped = (order: string) => ({ type: 'Shipped', data: { order } }) as const
const withId = (order: string) => ({ ...shipped(order), id: '0197a1b2-0000-7000-8000-000000000001' })

describe('an outbox', () => {
  test('publishes what is put, in order, with the id that it was given', async () => {
    const { notices, out, orders } = fixture()
    await notices.start()
    const ids = await notices.put('7', [shipped(' a '), shipped('b')], { metadata: { correlationId: 'c' } })
    await notices.put('7', [shipped('c')])
    await expect.poll(orders).toEqual(['a', 'b', 'c'])
    expect(out.slice(0, 2).map(({ id }) => id)).toEqual(ids)
    expect(out[0]).toMatchObject({
      key: '7',
      type: 'Shipped',
      correlationId: 'c',
      recordedAt: expect.any(Date),
    })
    await notices.stop()
  })

  test('publishes nothing of a transaction that is rolled back', async () => {
    const { notices, store, orders } = fixture()
    await notices.start()
    await store
      .transaction(async (transaction) => {
        await notices.put('7', [shipped('undone')], { transaction })
        throw new Error('as planned')
      })
      .catch(() => {})
    await store.transaction(async (transaction) => {
      await store.append('order-7', [{ type: 'OrderShipped', data: {} }], { transaction })
      await notices.put('7', [shipped('done')], { transaction })
    })
    await expect.poll(orders).toEqual(['done'])
    await notices.stop()
  })

  test('publishes again, with the same id, what was not taken', async () => {
    const { notices, out, failIf } = fixture()
    const tried: string[] = []
    failIf(({ id }) => {
      tried.push(id)
      return tried.length === 1
    })
    await notices.start()
    const [id] = await notices.put('7', [shipped('a')])
    await expect.poll(() => out.length).toBe(1)
    expect(tried).toEqual([id, id])
    await notices.stop()
  })

  test('parks what is never taken, and holds back its own key only', async () => {
    const { notices, orders, failIf } = fixture()
    failIf(({ key }) => key === 'bad')
    await notices.start()
    await notices.put('bad', [shipped('x'), shipped('y')])
    await notices.put('good', [shipped('z')])
    await expect.poll(orders).toEqual(['z'])
    await expect.poll(async () => (await notices.consumer.parked()).length).toBe(2)
    failIf(() => false)
    await notices.consumer.retryParked()
    await expect.poll(orders).toEqual(['z', 'x', 'y'])
    await notices.stop()
  })

  test('waits until the time of a message has come, unless it is taken back', async () => {
    const { notices, orders, goTo } = fixture()
    await notices.start()
    const [taken = ''] = await notices.put('7', [shipped('taken back')], { at: new Date(10) })
    await notices.put('7', [shipped('later')], { after: 20 })
    await notices.put('7', [shipped('now')])
    expect(await notices.cancel(taken)).toBe(true)
    expect(await notices.cancel(taken)).toBe(false)
    goTo(19)
    await expect.poll(orders).toEqual(['now'])
    goTo(20)
    await expect.poll(orders).toEqual(['now', 'later'])
    await notices.stop()
  })

  test('refuses what it does not know, and what is not valid', async () => {
    const { notices } = fixture()
    await expect(notices.put('7', [{ type: 'Sunk', data: {} } as never])).rejects.toMatchObject({
      code: 'invalid-message',
    })
    await expect(notices.put('7', [{ type: 'Shipped', data: {} } as never])).rejects.toMatchObject({
      code: 'invalid-message',
      pointer: '/order',
    })
    const both = notices.put('7', [shipped('a')], { at: new Date(), after: 1 })
    await expect(both).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(notices.put('7', [shipped('a')], { at: new Date(Number.NaN) })).rejects.toMatchObject({
      code: 'invalid-option',
    })
  })

  test.for([
    ['no UUID', [{ ...shipped('a'), id: 'no-uuid' }], 'invalid-event-id'],
    ['one id twice', [withId('a'), withId('b')], 'invalid-event-id'],
    ['nothing', [], 'empty-append'],
  ] as const)('refuses %s, now and for later, so that nothing waits in vain', async ([, messages, code]) => {
    const { notices } = fixture()
    await expect(notices.put('7', messages)).rejects.toMatchObject({ code })
    await expect(notices.put('7', messages, { after: 5 })).rejects.toMatchObject({ code })
  })

  test('takes part of a millisecond for a whole one', async () => {
    const { notices, orders, goTo } = fixture()
    await notices.start()
    await notices.put('7', [shipped('a')], { after: 0.5 })
    goTo(1)
    await expect.poll(orders).toEqual(['a'])
    await notices.stop()
  })

  test('that is stopped while it starts runs no more, and can be started again', async () => {
    const { notices, orders, goTo } = fixture()
    goTo(20)
    await Promise.all([notices.start(), notices.stop()])
    await notices.put('7', [shipped('a')], { at: new Date(10) })
    await new Promise((resolve) => setTimeout(resolve, 2 * quick.pollInterval))
    expect([notices.consumer.state, orders()]).toEqual(['stopped', []])
    await notices.start()
    await expect.poll(orders).toEqual(['a'])
    await notices.stop()
  })

  test('tells when everything is published', async () => {
    const { notices, store, orders } = fixture()
    await notices.start()
    await notices.put('7', [shipped('a')])
    await notices.waitFor(await store.head())
    expect(orders()).toEqual(['a'])
    await notices.stop()
  })
})

test.for([
  ['a-b', { A: z.void() }],
  ['a', {}],
  ['', { A: z.void() }],
] as const)('%j with %j is no outbox', ([name, messages]) => {
  expect(() => defineOutbox(name, { messages })).toThrow()
})

test('recorded events are published with their ids, in the order of their keys', async () => {
  const store = openMemory()
  const out: Message[] = []
  const feed = publishEvents('feed', store, {
    ...quick,
    of: [Account],
    publish: (message) => out.push(message),
  })
  await feed.start()
  await store.append('other-1', [{ type: 'Deposited', data: { cents: 9 } }])
  const { eventIds } = await store.append('account-1', [
    { type: 'Deposited', data: { cents: 1 } },
    { type: 'Withdrawn', data: { cents: 1 } },
  ])
  await expect.poll(() => out.map(({ id }) => id)).toEqual(eventIds)
  expect(out[0]).toMatchObject({ key: '1', type: 'Deposited', data: { cents: 1 } })
  await feed.stop()
})

describe('a queue of commands', () => {
  const refuse = (command: { readonly to?: string }) => {
    if (command.to === 'bad') throw new DomainError('no', 'never')
  }

  test('carries them out in order, each with its own key, and goes on after a refusal', async () => {
    const store = openMemory()
    const bank = new FakeBank()
    bank.reply = refuse
    const refused: unknown[] = []
    const queue = commandQueue('work', store, {
      ...quick,
      bus: bank,
      onRefused: (error) => refused.push(error),
    })
    await queue.start()
    const id = await queue.put({ command: 'bank.deposit', to: 'ada', input: { cents: 1 } }, { key: 'k' })
    await queue.put({ command: 'bank.deposit', to: 'bad' }, { key: 'k' })
    await queue.put({ command: 'bank.deposit', to: 'bob' }, { key: 'k', metadata: { actor: 'eve' } })
    await expect.poll(() => bank.log).toEqual(['bank.deposit ada', 'bank.deposit bad', 'bank.deposit bob'])
    await queue.waitFor(await store.head())
    expect(bank.sent[0]).toMatchObject({
      command: { input: { cents: 1 } },
      options: {
        id,
        idempotencyKey: id,
        keepRefusal: true,
        metadata: { correlationId: id, causationId: id },
      },
    })
    expect(bank.sent[2]?.options?.metadata).toMatchObject({ actor: 'eve' })
    expect(refused).toMatchObject([{ code: 'no' }])
    const stream = await store.readStream('commands:work-k')
    expect(stream.map(({ type }) => type).sort()).toEqual([
      'CommandQueued',
      'CommandQueued',
      'CommandQueued',
      'CommandRefused',
    ])
    await queue.stop()
  })

  test('waits until the time of a command has come, unless it is taken back', async () => {
    const store = openMemory()
    const bank = new FakeBank()
    let time = 0
    const queue = commandQueue('work', store, { ...quick, bus: bank, now: async () => time })
    await queue.start()
    const id = await queue.put({ command: 'bank.deposit', to: 'ada' }, { after: 10 })
    await queue.put({ command: 'bank.deposit', to: 'bob' }, { after: 10 })
    expect(await queue.cancel(id)).toBe(true)
    expect(bank.log).toEqual([])
    time = 10
    await expect.poll(() => bank.log).toEqual(['bank.deposit bob'])
    await queue.stop()
  })

  test('parks what fails again and again', async () => {
    const store = openMemory()
    const bank = new FakeBank()
    bank.reply = () => {
      throw new Error('no line')
    }
    const queue = commandQueue('work', store, { ...quick, bus: bank })
    await queue.start()
    await queue.put({ command: 'bank.deposit', to: 'ada' })
    await expect.poll(async () => (await queue.consumer.parked()).length).toBe(1)
    expect(bank.sent).toHaveLength(2)
    await queue.stop()
  })
})
