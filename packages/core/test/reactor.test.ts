import { defineAggregate, defineReactor, InvalidInputError, react, typeOf } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expect, test } from 'vitest'
import { quick, stopAtEnd } from './consumer-fixtures.ts'

const Account = defineAggregate('account', {
  initialState: 0,
  events: {
    AccountOpened: typeOf<{ owner: string }>(),
    Closed: typeOf<{ reason: string }>(),
    Unseen: typeOf<object>(),
  },
  evolve: { AccountOpened: (n) => n, Closed: (n) => n, Unseen: (n) => n },
})

const Loan = defineAggregate('loan', {
  initialState: 0,
  events: { LoanGranted: typeOf<{ to: string }>(), Closed: typeOf<{ by: number }>() },
  evolve: { LoanGranted: (n) => n, Closed: (n) => n },
})

test('a reactor gets the events it has handlers for, with its services and an idempotency key', async () => {
  const store = openMemory()
  const Mailer = defineReactor('mailer', {
    services: typeOf<{ send: (to: string, key: string) => Promise<void> }>(),
    of: [Account],
    on: {
      AccountOpened: ({ data }, { services, idempotencyKey }) => services.send(data.owner, idempotencyKey),
    },
  })
  const sent: string[][] = []
  const send = async (...mail: string[]) => void sent.push(mail)
  const mailer = stopAtEnd(react(Mailer, store, { ...quick, services: { send } }))
  expect(mailer.name).toBe('mailer')
  await mailer.start()
  await store.append('loan-1', [{ type: 'AccountOpened', data: { owner: 'of another category' } }])
  await store.append('account-1', [{ type: 'Unseen', data: {} }])
  const { position, eventIds } = await store.append('account-2', [
    { type: 'AccountOpened', data: { owner: 'Ada' } },
  ])
  await mailer.waitFor(position)
  expect(sent).toEqual([['Ada', `mailer/${eventIds[0]}`]])
})

test('of several aggregates each type is taken from where it belongs, by the key that is said', async () => {
  const store = openMemory()
  const seen: unknown[] = []
  const Watcher = defineReactor('watcher', {
    of: [Account, Loan],
    key: (event) => (event.type === 'LoanGranted' ? event.data.to : 'all'),
    on: {
      Closed: ({ stream, data }) => seen.push([stream, data]),
      LoanGranted: ({ data }) => {
        if (data.to === 'Eve') throw new Error('not to Eve')
        seen.push(data.to)
      },
    },
  })
  const watcher = stopAtEnd(
    react(Watcher, store, { ...quick, onFailure: 'park', retry: { attempts: 1 }, partitions: 2 }),
  )
  await store.append('account-1', [{ type: 'Closed', data: { reason: 'done' } }])
  await store.append('order-1', [{ type: 'Closed', data: {} }])
  await store.append('account-2', [{ type: 'LoanGranted', data: { to: 'nobody' } }])
  await store.append('loan-1', [
    { type: 'LoanGranted', data: { to: 'Eve' } },
    { type: 'LoanGranted', data: { to: 'Ada' } },
    { type: 'LoanGranted', data: { to: 'Eve' } },
    { type: 'Closed', data: { by: 2 } },
  ])
  await watcher.start()
  await watcher.waitFor(await store.head())
  expect(seen).toHaveLength(3)
  expect(seen).toEqual(
    expect.arrayContaining([['account-1', { reason: 'done' }], 'Ada', ['loan-1', { by: 2 }]]),
  )
  expect(await watcher.parked()).toMatchObject([
    { key: 'Eve', version: 1 },
    { key: 'Eve', version: 3 },
  ])
})

test('a definition that cannot work is refused', () => {
  expect(() => defineReactor('', { of: [Account], on: { Closed: () => {} } })).toThrow(InvalidInputError)
  expect(() => defineReactor('x', { of: [], on: {} })).toThrow(/needs a definition/)
  expect(() => defineReactor('x', { of: [Account], on: {} })).toThrow(/handlers/)
  expect(() => defineReactor('x', { of: [Account], on: { Closd: () => {} } as object })).toThrow(/Closd/)
})
