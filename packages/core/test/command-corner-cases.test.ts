import {
  commandBus,
  DocumentConflictError,
  DomainError,
  defineAggregate,
  defineService,
  repository,
  StoreUnavailableError,
  service,
  typeOf,
} from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { describe, expect, test } from 'vitest'
import { Turns } from '../src/command/turns.ts'

/** An order that is paid once, so that a repetition is refused. */
const Order = defineAggregate('order', {
  initialState: { paid: false },
  events: { Paid: typeOf<{ n: number }>() },
  evolve: { Paid: (state) => ({ ...state, paid: true }) },
  commands: { pay: typeOf<{ n: number }>() },
  decide: {
    pay: (state, data) => {
      if (state.paid) throw new DomainError('already-paid')
      return [{ type: 'Paid', data }]
    },
  },
})
const Clerk = defineService('clerk', {
  commands: { go: typeOf<unknown>() },
  results: { go: typeOf<unknown>() },
})
const Porter = defineService('porter', { commands: { go: typeOf<unknown>() } })

const pay = { command: 'order.pay', to: '1', input: { n: 1 } } as const
const keyed = { idempotencyKey: 'k' }

/** A wait that must not be needed. */
const late = () => new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), 1_000))

function orderBus() {
  const store = openMemory()
  return { store, newBus: () => commandBus(store, { aggregates: [repository(Order, store)] }) }
}

function clerkBus(go: (input: unknown) => unknown, options: { takeOverAfter?: number } = {}) {
  const { takeOverAfter = 30_000 } = options
  return commandBus(openMemory(), { services: [service(Clerk, { go })], idempotency: { takeOverAfter } })
}

describe('several buses at once', () => {
  test('give the stored result also where a rule refuses the repetition', async () => {
    const { newBus } = orderBus()
    const results = await Promise.all([1, 2, 3, 4].map(() => newBus().send(pay, keyed)))
    expect(results.filter(({ repeated }) => !repeated)).toHaveLength(1)
  })

  test('give the stored result also where the expected version has passed', async () => {
    const { newBus } = orderBus()
    const options = { ...keyed, expected: 'no-stream' } as const
    const results = await Promise.all([1, 2, 3, 4].map(() => newBus().send(pay, options)))
    expect(new Set(results.map(({ id }) => id)).size).toBe(1)
  })
})

describe('the result of an aggregate', () => {
  test('is the same when it is given again', async () => {
    const { newBus } = orderBus()
    const bus = newBus()
    const first = await bus.send(pay, keyed)
    expect(await bus.send(pay, keyed)).toEqual({ ...first, repeated: true })
  })

  test('stays unknown where a commit had no reply, and the store is gone then', async () => {
    const { store, newBus } = orderBus()
    const { transaction, documents } = store.adapter
    store.adapter.transaction = async (work, options) => {
      await transaction.call(store.adapter, work as never, options)
      Object.assign(documents as object, {
        read: async () => {
          throw new StoreUnavailableError('not-stored', 'as planned')
        },
      })
      throw new StoreUnavailableError('unknown', 'as planned')
    }
    await expect(newBus().send(pay, keyed)).rejects.toMatchObject({ outcome: 'unknown' })
  })

  test('is a refusal where the key of the aggregate cannot be one', async () => {
    const { newBus } = orderBus()
    const sent = newBus().send({ ...pay, to: '' })
    await expect(sent).rejects.toMatchObject({ code: 'invalid-command' })
  })
})

describe('a handler of a service', () => {
  test('may throw a conflict of documents of its own', async () => {
    let calls = 0
    const bus = clerkBus(() => {
      calls++
      throw new DocumentConflictError('mine', 'x')
    })
    await expect(bus.send({ command: 'clerk.go' }, keyed)).rejects.toMatchObject({
      code: 'document-conflict',
    })
    expect(calls).toBe(1)
  })

  test('whose result cannot be kept leaves no claim', async () => {
    let calls = 0
    const bus = clerkBus(() => (calls++ === 0 ? new Date() : 1))
    await expect(bus.send({ command: 'clerk.go' }, keyed)).rejects.toMatchObject({ code: 'invalid-result' })
    expect(await Promise.race([bus.send({ command: 'clerk.go' }, keyed), late()])).toMatchObject({ value: 1 })
  })

  test('that hangs is taken over in the same process as well', async () => {
    let calls = 0
    const bus = clerkBus(() => (calls++ === 0 ? new Promise(() => {}) : 1), { takeOverAfter: 30 })
    const command = { command: 'clerk.go', to: 'x' } as const
    void bus.send(command, keyed)
    expect(await Promise.race([bus.send(command, keyed), late()])).toMatchObject({ value: 1 })
  })

  test('that died keeps its key for the same command', async () => {
    let calls = 0
    const bus = clerkBus(() => (calls++ === 0 ? new Promise(() => {}) : 1), { takeOverAfter: 1 })
    void bus.send({ command: 'clerk.go', input: 1 }, keyed)
    await expect.poll(() => calls).toBe(1)
    const other = bus.send({ command: 'clerk.go', input: 2 }, keyed)
    await expect(other).rejects.toMatchObject({ code: 'idempotency-conflict' })
  })

  test('is not called where the signal has aborted before', async () => {
    let calls = 0
    const bus = clerkBus(() => calls++)
    await expect(
      bus.send({ command: 'clerk.go' }, { signal: AbortSignal.abort(new Error('left')) }),
    ).rejects.toThrow('left')
    expect(calls).toBe(0)
  })

  test('may send a command to a service that sends one back', async () => {
    const meet = { clerk: Promise.withResolvers<void>(), porter: Promise.withResolvers<void>() }
    const bus = commandBus(openMemory(), {
      services: [
        service(Clerk, {
          go: async (input, { send }) => {
            if (input !== 'first') return
            meet.clerk.resolve()
            await meet.porter.promise
            await send({ command: 'porter.go', to: 'x' })
          },
        }),
        service(Porter, {
          go: async (input, { send }) => {
            if (input !== 'first') return
            meet.porter.resolve()
            await meet.clerk.promise
            await send({ command: 'clerk.go', to: 'x' })
          },
        }),
      ],
    })
    const both = Promise.all([
      bus.send({ command: 'clerk.go', to: 'x', input: 'first' }),
      bus.send({ command: 'porter.go', to: 'x', input: 'first' }),
    ])
    expect(await Promise.race([both, late()])).not.toBe('late')
  })
})

describe('a request', () => {
  test('is told from another by what JSON would make the same', async () => {
    const bus = clerkBus(() => 1)
    await bus.send({ command: 'clerk.go', input: { n: 1n, at: Number.NaN } }, keyed)
    expect(await bus.send({ command: 'clerk.go', input: { at: Number.NaN, n: 1n } }, keyed)).toMatchObject({
      repeated: true,
    })
    for (const input of [
      { n: 1, at: Number.NaN },
      { n: 1n, at: null },
    ]) {
      const other = bus.send({ command: 'clerk.go', input }, keyed)
      await expect(other).rejects.toMatchObject({ code: 'idempotency-conflict' })
    }
  })

  test.each([
    ['a map', new Map([[1, 1]])],
    ['a function', () => {}],
    ['a symbol', Symbol('x')],
  ])('with %s is refused, as it cannot be compared', async (_, value) => {
    const bus = clerkBus(() => 1)
    const sent = bus.send({ command: 'clerk.go', input: { value } }, keyed)
    await expect(sent).rejects.toMatchObject({ code: 'not-json', pointer: '/value' })
  })

  test('that refers to itself is refused', async () => {
    const input: { self?: unknown } = {}
    input.self = input
    await expect(clerkBus(() => 1).send({ command: 'clerk.go', input }, keyed)).rejects.toMatchObject({
      code: 'not-json',
    })
  })
})

describe('turns', () => {
  test('are kept when somebody who waits leaves', async () => {
    const turns = new Turns()
    const log: string[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    const first = turns.take(
      'a',
      async () => {
        await promise
        log.push('first')
      },
      undefined,
    )
    const leaving = new AbortController()
    const second = turns.take('a', async () => log.push('second'), leaving.signal)
    leaving.abort(new Error('left'))
    await expect(second).rejects.toThrow('left')
    const third = turns.take('a', async () => log.push('third'), undefined)
    resolve()
    await Promise.all([first, third])
    expect(log).toEqual(['first', 'third'])
  })

  test('hold up no result that is stored already', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const bus = clerkBus(async (input) => {
      if (input === 'slow') await promise
    })
    await bus.send({ command: 'clerk.go', to: 'x', input: 1 }, keyed)
    const slow = bus.send({ command: 'clerk.go', to: 'x', input: 'slow' })
    const again = await Promise.race([bus.send({ command: 'clerk.go', to: 'x', input: 1 }, keyed), late()])
    resolve()
    await slow
    expect(again).toMatchObject({ repeated: true })
  })
})
