import {
  type CommandMiddleware,
  commandBus,
  DomainError,
  defineAggregate,
  defineService,
  type EventMetadata,
  repository,
  type SendOptions,
  service,
  typeOf,
} from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Account } from './command-fixtures.ts'

const Mail = defineService('mail', {
  commands: { send: z.object({ text: z.string().trim() }), count: z.void() },
  results: { count: z.object({ sent: z.number() }) },
})

function fixture(more: { middleware?: readonly CommandMiddleware[]; authorise?: never } = {}) {
  const store = openMemory()
  const sent: string[] = []
  const keys: string[] = []
  const accounts = repository(Account, store)
  const bus = commandBus(store, {
    aggregates: [accounts],
    services: [
      service(Mail, {
        send: ({ text }, { idempotencyKey }) => {
          sent.push(text)
          keys.push(idempotencyKey)
        },
        count: () => ({ sent: sent.length }),
      }),
    ],
    ...more,
  })
  const deposit = (cents: number, options?: SendOptions, to = '1') =>
    bus.send({ command: 'account.deposit', to, input: { cents } }, options)
  return { store, bus, sent, keys, accounts, deposit }
}

describe('a command bus', () => {
  test('takes a command to its aggregate, and tells what has come of it', async () => {
    const { deposit } = fixture()
    await deposit(5)
    const result = await deposit(7)
    expect(result).toMatchObject({
      stream: 'account-1',
      version: 2,
      position: 2,
      events: [{ type: 'Deposited', data: { cents: 7 } }],
      value: undefined,
      repeated: false,
    })
  })

  test('takes a command to its service, with the input as its schema returns it', async () => {
    const { bus, sent } = fixture()
    await bus.send({ command: 'mail.send', input: { text: ' hello ' } })
    expect(sent).toEqual(['hello'])
    const { value, stream, position } = await bus.send({ command: 'mail.count' })
    expect([value, stream, position]).toEqual([{ sent: 1 }, undefined, undefined])
  })

  test('refuses what nobody carries out, and what is not valid', async () => {
    const { bus } = fixture()
    const unknown = bus.send({ command: 'account.rob', to: '1' } as never)
    await expect(unknown).rejects.toMatchObject({
      code: 'invalid-command',
      message: /Nobody carries out account.rob/,
    })
    const invalid = bus.send({ command: 'mail.send', input: { text: 5 } } as never)
    await expect(invalid).rejects.toMatchObject({ code: 'invalid-command', pointer: '/text' })
    const nowhere = bus.send({ command: 'account.rest' } as never)
    await expect(nowhere).rejects.toMatchObject({ code: 'invalid-command', message: /give its key in `to`/ })
  })

  test('hands on what a rule says', async () => {
    const { bus } = fixture()
    const refused = bus.send({ command: 'account.withdraw', to: '1', input: { cents: 5 } })
    await expect(refused).rejects.toMatchObject({ code: 'insufficient-funds' })
  })

  test('says of a result that does not fit that its handler is wrong', async () => {
    const store = openMemory()
    const bus = commandBus(store, {
      services: [service(Mail, { send: () => {}, count: () => ({ sent: 'many' }) as never })],
    })
    await expect(bus.send({ command: 'mail.count' })).rejects.toMatchObject({ code: 'invalid-result' })
  })

  test('gives what follows the correlation, the actor, and the command as its cause', async () => {
    const { deposit, store } = fixture()
    const { id } = await deposit(5)
    await deposit(5, { metadata: { correlationId: 'c', actor: 'ada', place: 'x' } })
    await deposit(5, { metadata: { causationId: 'event' } })
    const [first, second, third] = await store.readStream('account-1')
    expect(first?.metadata).toEqual({ correlationId: id, causationId: id })
    expect(second?.metadata).toMatchObject({ correlationId: 'c', actor: 'ada', place: 'x' })
    expect(second?.metadata.causationId).not.toBe('c')
    expect(third?.metadata.causationId).toBe('event')
  })

  test('hands correlation and actor on to commands that a service sends', async () => {
    const store = openMemory()
    const seen: EventMetadata[] = []
    const bus = commandBus(store, {
      aggregates: [repository(Account, store)],
      services: [
        service(Mail, {
          send: async (_input, { send, metadata }) => {
            seen.push(metadata)
            await send({ command: 'account.deposit', to: '9', input: { cents: 1 } })
          },
          count: () => ({ sent: 0 }),
        }),
      ],
    })
    const { id } = await bus.send(
      { command: 'mail.send', input: { text: '' } },
      { metadata: { correlationId: 'c', actor: 'ada' } },
    )
    const [event] = await store.readStream('account-9')
    expect(seen).toEqual([{ correlationId: 'c', actor: 'ada', causationId: id }])
    expect(event?.metadata).toMatchObject({ correlationId: 'c', actor: 'ada' })
    expect(event?.metadata.causationId).not.toBe(id)
  })

  test('calls middleware from the outside in, validation and authorisation inside of it', async () => {
    const log: string[] = []
    const trace =
      (name: string): CommandMiddleware =>
      async (sent, next) => {
        log.push(`${name} ${sent.command.command}`)
        try {
          const result = await next()
          log.push(`${name} done`)
          return result
        } catch (error) {
          log.push(`${name} ${(error as { code: string }).code}`)
          throw error
        }
      }
    const store = openMemory()
    const bus = commandBus(store, {
      aggregates: [repository(Account, store)],
      middleware: [trace('outer'), trace('inner')],
      authorise: ({ metadata }, input) => {
        log.push(`authorise ${JSON.stringify(input)}`)
        if (metadata.actor !== 'ada') throw new DomainError('forbidden')
      },
    })
    const command = { command: 'account.deposit', to: '1', input: { cents: 1 } } as const
    await bus.send(command, { metadata: { actor: 'ada' } })
    await expect(bus.send(command)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(bus.send({ command: 'account.deposit' } as never)).rejects.toMatchObject({
      code: 'invalid-command',
    })
    expect(log).toEqual([
      'outer account.deposit',
      'inner account.deposit',
      'authorise {"cents":1}',
      'inner done',
      'outer done',
      'outer account.deposit',
      'inner account.deposit',
      'authorise {"cents":1}',
      'inner forbidden',
      'outer forbidden',
      'outer account.deposit',
      'inner account.deposit',
      'inner invalid-command',
      'outer invalid-command',
    ])
  })

  test('lets commands to one aggregate take turns, so that none conflicts', async () => {
    const { deposit, accounts, store } = fixture()
    let conflicts = 0
    const { append } = store.adapter
    store.adapter.append = async (...given) => {
      try {
        return await append.apply(store.adapter, given)
      } catch (error) {
        conflicts++
        throw error
      }
    }
    await Promise.all(Array.from({ length: 50 }, () => deposit(1)))
    expect((await accounts.load('1')).state).toBe(50)
    expect(conflicts).toBe(0)
  })

  test('lets a handler send a command to what it is carrying out itself', async () => {
    const store = openMemory()
    const bus = commandBus(store, {
      services: [
        service(Mail, {
          send: async ({ text }, { send }) => {
            if (text === 'first') await send({ command: 'mail.send', to: 'x', input: { text: 'second' } })
          },
          count: () => ({ sent: 0 }),
        }),
      ],
    })
    await bus.send({ command: 'mail.send', to: 'x', input: { text: 'first' } })
  })

  test('lets those leave the queue whose signal aborts', async () => {
    const store = openMemory()
    const { promise, resolve } = Promise.withResolvers<void>()
    const done: string[] = []
    const bus = commandBus(store, {
      services: [
        service(Mail, {
          send: async ({ text }) => {
            if (text === 'slow') await promise
            done.push(text)
          },
          count: () => ({ sent: 0 }),
        }),
      ],
    })
    const send = (text: string, signal?: AbortSignal) =>
      bus.send({ command: 'mail.send', to: 'x', input: { text } }, signal && { signal })
    const slow = send('slow')
    const left = send('left', AbortSignal.abort(new Error('left')))
    const last = send('last')
    await expect(left).rejects.toThrow('left')
    resolve()
    await Promise.all([slow, last])
    expect(done).toEqual(['slow', 'last'])
  })

  test('is made of what belongs together', () => {
    const store = openMemory()
    const twice = () =>
      commandBus(store, { aggregates: [repository(Account, store), repository(Account, store)] })
    expect(twice).toThrow(/Two definitions have the command account.deposit/)
    const elsewhere = () => commandBus(store, { aggregates: [repository(Account, openMemory())] })
    expect(elsewhere).toThrow(/on another store/)
    expect(() => service(Mail, { send: () => {} } as never)).toThrow(/has no handler for count/)
  })
})

test('a service is defined with a name, commands, and results of these', () => {
  expect(() => defineService('a.b', { commands: { c: z.void() } })).toThrow(/without a dot/)
  expect(() => defineService('a-b', { commands: { c: z.void() } })).toThrow(/dash/)
  expect(() => defineService('a', { commands: {} })).toThrow(/at least one command/)
  expect(() => defineService('a', { commands: { c: z.void() }, results: { d: z.void() } as never })).toThrow(
    /result for d/,
  )
})

test('the version that must hold is checked before a command decides', async () => {
  const { deposit } = fixture()
  await deposit(1)
  await expect(deposit(1, { expected: 'no-stream' })).rejects.toMatchObject({
    code: 'concurrency',
    actual: 1,
  })
})

test('an aggregate without commands has no place on a bus, and does no harm', async () => {
  const Silent = defineAggregate('silent', {
    initialState: null,
    events: { Happened: typeOf<null>() },
    evolve: { Happened: () => null },
  })
  const store = openMemory()
  commandBus(store, { aggregates: [repository(Silent, store)] })
})
