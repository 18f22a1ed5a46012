import {
  commandBus,
  DomainError,
  defineService,
  repository,
  StoreUnavailableError,
  service,
} from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Account } from './command-fixtures.ts'

const Payment = defineService('payment', {
  commands: { charge: z.object({ cents: z.number() }) },
  results: { charge: z.object({ receipt: z.string() }) },
})

function fixture(options: { keepFor?: number; takeOverAfter?: number } = {}) {
  const store = openMemory()
  const charges: string[] = []
  let charge = async (): Promise<{ receipt: string }> => ({ receipt: `r${charges.length}` })
  const newBus = () =>
    commandBus(store, {
      aggregates: [repository(Account, store)],
      services: [
        service(Payment, {
          charge: (_input, { idempotencyKey }) => {
            charges.push(idempotencyKey)
            return charge()
          },
        }),
      ],
      idempotency: options,
    })
  const bus = newBus()
  const send = (
    command: 'deposit' | 'withdraw',
    cents: number,
    idempotencyKey: string,
    keepRefusal = false,
  ) => bus.send({ command: `account.${command}`, to: '1', input: { cents } }, { idempotencyKey, keepRefusal })
  return {
    store,
    bus,
    newBus,
    charges,
    send,
    pay: (idempotencyKey = 'k', of = bus, cents = 5) =>
      of.send({ command: 'payment.charge', input: { cents } }, { idempotencyKey }),
    answer: (next: typeof charge) => {
      charge = next
    },
    keys: async () =>
      (await store.adapter.documents?.find({
        collection: 'eventfold:idempotency',
        where: [],
        backwards: false,
        limit: 10,
      })) ?? [],
  }
}

describe('with a key', () => {
  test('a command of an aggregate has one effect, and the same result each time', async () => {
    const { send, store } = fixture()
    const first = await send('deposit', 5, 'k')
    await send('deposit', 7, 'other')
    const second = await send('deposit', 5, 'k')
    expect(second).toMatchObject({
      ...first,
      events: [{ type: 'Deposited', data: { cents: 5 } }],
      repeated: true,
    })
    expect(first.repeated).toBe(false)
    expect(await store.readStream('account-1')).toHaveLength(2)
  })

  test('of many at once by several buses one is carried out', async () => {
    const { store, newBus } = fixture()
    const buses = Array.from({ length: 8 }, newBus)
    const command = { command: 'account.deposit', to: '1', input: { cents: 5 } } as const
    const results = await Promise.all(buses.map((bus) => bus.send(command, { idempotencyKey: 'k' })))
    expect(new Set(results.map(({ id, version, position }) => `${id} ${version} ${position}`)).size).toBe(1)
    expect(results.filter(({ repeated }) => !repeated)).toHaveLength(1)
    expect(await store.readStream('account-1')).toHaveLength(1)
  })

  test('a command that appends nothing leaves its key as well', async () => {
    const { bus } = fixture()
    const rest = () => bus.send({ command: 'account.rest', to: '1' }, { idempotencyKey: 'k' })
    expect(await rest()).toMatchObject({
      stream: 'account-1',
      version: 0,
      position: undefined,
      repeated: false,
    })
    expect(await rest()).toMatchObject({ version: 0, events: [], repeated: true })
  })

  test('a service is called once, and those who come meanwhile wait for its result', async () => {
    const { pay, answer, charges, newBus } = fixture()
    const { promise, resolve } = Promise.withResolvers<{ receipt: string }>()
    answer(() => promise)
    const all = [pay(), pay('k', newBus()), pay('k', newBus())]
    await expect.poll(() => charges.length).toBe(1)
    resolve({ receipt: 'one' })
    const results = await Promise.all(all)
    expect(results.map(({ value }) => value)).toEqual([
      { receipt: 'one' },
      { receipt: 'one' },
      { receipt: 'one' },
    ])
    expect(charges).toEqual(['k'])
  })

  test('another command under the same key is refused', async () => {
    const { send, pay, charges } = fixture()
    await send('deposit', 5, 'k')
    await expect(send('deposit', 6, 'k')).rejects.toMatchObject({ code: 'idempotency-conflict', key: 'k' })
    await expect(pay('k')).rejects.toMatchObject({ code: 'idempotency-conflict' })
    expect(charges).toEqual([])
  })

  test('the order of properties makes no other command', async () => {
    const { bus } = fixture()
    const of = (input: object) =>
      bus.send({ command: 'payment.charge', input } as never, { idempotencyKey: 'k' })
    await of({ cents: 1, note: { a: 1, b: 2 } })
    expect(await of({ note: { b: 2, a: 1 }, cents: 1 })).toMatchObject({ repeated: true })
  })

  test('a failure leaves no key, so that the next try runs', async () => {
    const { pay, answer, charges, keys, send } = fixture()
    answer(async () => {
      throw new Error('no line')
    })
    await expect(pay()).rejects.toThrow('no line')
    await expect(send('withdraw', 5, 'w')).rejects.toMatchObject({ code: 'insufficient-funds' })
    expect(await keys()).toEqual([])
    answer(async () => ({ receipt: 'two' }))
    expect(await pay()).toMatchObject({ value: { receipt: 'two' }, repeated: false })
    expect(charges).toEqual(['k', 'k'])
  })

  test('a refusal that is kept stays, also when the command would be accepted by now', async () => {
    const { send, pay, answer, bus } = fixture()
    await expect(send('withdraw', 5, 'w', true)).rejects.toMatchObject({ code: 'insufficient-funds' })
    await send('deposit', 5, 'd')
    await expect(send('withdraw', 5, 'w')).rejects.toMatchObject({
      code: 'insufficient-funds',
      message: 'only 0 left',
      name: 'DomainError',
    })
    answer(async () => {
      throw new DomainError('stolen')
    })
    const keep = { idempotencyKey: 'p', keepRefusal: true }
    const command = { command: 'payment.charge', input: { cents: 1 } } as const
    await expect(bus.send(command, keep)).rejects.toMatchObject({ code: 'stolen' })
    answer(async () => ({ receipt: '' }))
    await expect(pay('p', bus, 1)).rejects.toMatchObject({ code: 'stolen' })
  })

  test('a refusal is kept whatever its message repeats of what a user has typed', async () => {
    const { bus, answer } = fixture()
    answer(async () => {
      throw new DomainError('unknown-code', 'No voucher \0\ud800')
    })
    const keep = { idempotencyKey: 'p', keepRefusal: true }
    const command = { command: 'payment.charge', input: { cents: 1 } } as const
    await expect(bus.send(command, keep)).rejects.toMatchObject({ code: 'unknown-code' })
    answer(async () => ({ receipt: '' }))
    await expect(bus.send(command, keep)).rejects.toMatchObject({
      code: 'unknown-code',
      message: 'No voucher \ufffd\ufffd',
    })
  })

  test('a handler that does not come back is taken over, and stores nothing should it come back', async () => {
    const { pay, answer, charges, newBus } = fixture({ takeOverAfter: 30 })
    const { promise, resolve } = Promise.withResolvers<{ receipt: string }>()
    answer(() => promise)
    const dead = pay()
    await expect.poll(() => charges.length).toBe(1)
    answer(async () => ({ receipt: 'second' }))
    expect(await pay('k', newBus())).toMatchObject({ value: { receipt: 'second' }, repeated: false })
    resolve({ receipt: 'first' })
    expect(await dead).toMatchObject({ value: { receipt: 'second' }, repeated: true })
    expect(charges).toEqual(['k', 'k'])
  })

  test('a lost reply is tried again, and has one effect', async () => {
    const { send, store } = fixture()
    const { transaction } = store.adapter
    let lost = 0
    store.adapter.transaction = async (work, options) => {
      const result = await transaction.call(store.adapter, work as never, options)
      if (lost++ === 0) throw new StoreUnavailableError('unknown', 'as planned')
      return result as never
    }
    expect(await send('deposit', 5, 'k')).toMatchObject({ version: 1, repeated: true })
    expect(await store.readStream('account-1')).toHaveLength(1)
  })

  test('keys are forgotten when their time is up', async () => {
    const { send, bus, keys, store } = fixture({ keepFor: 20 })
    await send('deposit', 5, 'k')
    const forgotten = async () => {
      await bus.forgetExpired()
      return keys()
    }
    await expect.poll(forgotten).toEqual([])
    await send('deposit', 5, 'k')
    expect(await store.readStream('account-1')).toHaveLength(2)
  })

  test('an expired key is free for anything', async () => {
    const { send } = fixture({ keepFor: 1 })
    await send('deposit', 5, 'k')
    await expect
      .poll(() =>
        send('deposit', 6, 'k').then(
          ({ repeated }) => repeated,
          () => true,
        ),
      )
      .toBe(false)
  })

  test('those who wait leave when their signal aborts', async () => {
    const { pay, answer, bus, charges } = fixture()
    answer(() => new Promise(() => {}))
    void pay('k').catch(() => {})
    await expect.poll(() => charges.length).toBe(1)
    const signal = AbortSignal.timeout(20)
    const command = { command: 'payment.charge', input: { cents: 5 } } as const
    await expect(bus.send(command, { idempotencyKey: 'k', signal })).rejects.toThrow()
  })

  test.for(['', 'a\nb', 'x'.repeat(600)])('%j is no key', async (key) => {
    const { pay } = fixture()
    await expect(pay(key)).rejects.toMatchObject({ code: 'invalid-option' })
  })
})

test('options that cannot be are refused', () => {
  expect(() => fixture({ keepFor: 0 })).toThrow(/idempotency.keepFor/)
  expect(() => fixture({ takeOverAfter: -1 })).toThrow(/idempotency.takeOverAfter/)
})
