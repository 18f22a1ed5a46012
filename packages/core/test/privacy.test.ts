import { createCipheriv, createDecipheriv } from 'node:crypto'
import {
  type Codec,
  defineAggregate,
  documentKeys,
  EventStore,
  forgetSubject,
  jsonCodec,
  type KeyStore,
  memoryKeys,
  notariseLog,
  personalEvents,
  rotateKey,
  StoreUnavailableError,
  verifyLog,
} from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { watchedStore } from './watched-store.ts'

const Customer = defineAggregate('customer', {
  initialState: { name: '' },
  events: {
    Registered: z.object({ name: z.string(), phones: z.array(z.string()).optional(), plan: z.string() }),
    Referred: z.object({ friend: z.string(), note: z.string() }),
  },
  personal: {
    Registered: { fields: { name: 'forgotten', phones: [] } },
    Referred: { subject: ({ friend }, key) => `${key}/${friend}`, fields: { note: '' } },
  },
  evolve: { Registered: (state, { name }) => ({ ...state, name }), Referred: (state) => state },
})

const ada = { name: 'Ada', phones: ['0123', '0456'], plan: 'gold' }
const registered = { type: 'Registered', data: ada }

function opened(options: { keys?: KeyStore; cacheFor?: number; codec?: Codec } = {}) {
  const { keys = memoryKeys(), codec = jsonCodec, ...rest } = options
  const { adapter } = openMemory()
  const privacy = { of: [Customer, Customer], keys, cacheFor: 0, ...rest }
  return {
    adapter,
    store: new EventStore(adapter, { codec, privacy }),
    raw: new EventStore(adapter, { codec }),
  }
}

test('fields of any kind are sealed, and those that are missing are left out', async () => {
  const { store, raw } = opened()
  const { phones: _, ...short } = ada
  await store.append('customer-1', [registered, { type: 'Registered', data: short }])
  expect((await store.readStream('customer-1')).map(({ data }) => data)).toEqual([ada, short])
  const [first, second] = await raw.readStream('customer-1')
  expect(JSON.stringify(first)).not.toMatch(/Ada|0123/)
  expect(Object.keys(second?.data as object)).toEqual(['name', 'plan'])
  expect(first?.tags).toEqual(['eventfold:subject/1'])
})

test('what wake-ups tell of sealed events is read, and opened', async () => {
  const watched = watchedStore()
  watched.telling = true
  const store = new EventStore(watched.store.adapter, { privacy: { of: [Customer], keys: memoryKeys() } })
  const events = store.subscribe()[Symbol.asyncIterator]()
  let next = events.next()
  await expect.poll(() => watched.reads.length).toBe(1)
  for (const name of ['Ada', 'Bob']) {
    await store.append('customer-1', [{ type: 'Registered', data: { ...ada, name } }])
    expect((await next).value?.data).toEqual({ ...ada, name })
    next = events.next()
  }
  await events.return(undefined)
})

test('equal values of different events look different, and the same event the same', async () => {
  const { store, raw } = opened()
  await store.append('customer-1', [registered])
  await store.append('customer-1', [registered])
  const [first, second] = await raw.readStream('customer-1')
  expect(first?.data).not.toEqual(second?.data)
})

test('whose it is may be said by a function, and has to be a name', async () => {
  const { store } = opened()
  const referred = { type: 'Referred', data: { friend: 'bob', note: 'met at the fair' } }
  await store.append('customer-1', [registered, referred])
  await forgetSubject(store, '1')
  const [, note] = await store.readStream('customer-1')
  expect(note?.data).toEqual(referred.data)
  const report = await forgetSubject(store, '1/bob')
  expect(report).toMatchObject({ events: 1, values: 1, found: [] })
  expect((await store.readStream('customer-1'))[1]?.data).toEqual({ friend: 'bob', note: '' })
  const long = { type: 'Referred', data: { friend: 'x'.repeat(300), note: 'x' } }
  await expect(store.append('customer-1', [long])).rejects.toMatchObject({ code: 'invalid-event' })
})

test('what is stored under the reserved name by somebody else is refused, or left alone', async () => {
  const { store, raw } = opened()
  const reserved = { 'eventfold:personal': { subject: 'x' } }
  await expect(
    store.append('customer-1', [{ type: 'Registered', data: { ...ada, plan: reserved } }]),
  ).rejects.toMatchObject({ code: 'invalid-event', pointer: '/data/plan' })
  await raw.append('other-1', [{ type: 'Noted', data: { text: 'eventfold:personal' } }])
  expect((await store.readStream('other-1'))[0]?.data).toEqual({ text: 'eventfold:personal' })
})

test('data that is not an object, or of a type that is not personal, is stored as it is', async () => {
  const { store, raw } = opened()
  await store.append('customer-1', [
    { type: 'Registered', data: 'Ada' },
    { type: 'Noted', data: ada },
  ])
  expect(await store.readStream('customer-1')).toEqual(await raw.readStream('customer-1'))
})

test('a codec that hides everything is looked through', async () => {
  const key = Buffer.alloc(32, 7)
  const codec: Codec = {
    encode(value, pointer) {
      const cipher = createCipheriv('aes-256-gcm', key, Buffer.alloc(12, 1))
      const text = jsonCodec.encode(value, pointer)
      return Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
        'base64',
      )
    },
    decode(text) {
      const bytes = Buffer.from(text, 'base64')
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.alloc(12, 1)).setAuthTag(
        bytes.subarray(-16),
      )
      return JSON.parse(
        `${decipher.update(bytes.subarray(0, -16), undefined, 'utf8')}${decipher.final('utf8')}`,
      )
    },
  }
  const { store } = opened({ codec })
  await store.append('customer-1', [registered])
  expect((await store.readStream('customer-1'))[0]?.data).toEqual(ada)
  await forgetSubject(store, '1')
  expect((await store.readStream('customer-1'))[0]?.data).toEqual({
    name: 'forgotten',
    phones: [],
    plan: 'gold',
  })
})

test('keys are read once for a page, and kept in mind for as long as allowed', async () => {
  const keys = memoryKeys()
  const read = vi.spyOn(keys, 'read')
  const { store, adapter } = opened({ keys, cacheFor: 60_000 })
  for (const id of [1, 2, 3]) await store.append(`customer-${id}`, [registered, registered])
  const fresh = new EventStore(adapter, { privacy: { of: [Customer], keys } })
  read.mockClear()
  await fresh.readLog()
  await fresh.readLog()
  expect(read.mock.calls).toEqual([[['1', '2', '3']]])
  await keys.forget('1', new Date())
  expect((await fresh.readStream('customer-1'))[0]?.data).toEqual(ada)
  await forgetSubject(fresh, '1')
  expect((await fresh.readStream('customer-1'))[0]?.data).toMatchObject({ name: 'forgotten' })
})

test('a key store that fails fails reads and appends, and nothing is stored', async () => {
  const keys = memoryKeys()
  const { store, raw } = opened({ keys })
  await store.append('customer-1', [registered])
  keys.read = () => Promise.reject(new StoreUnavailableError('not-stored', 'no keys'))
  await expect(store.readStream('customer-1')).rejects.toMatchObject({ code: 'store-unavailable' })
  await expect(store.append('customer-2', [registered])).rejects.toMatchObject({ code: 'store-unavailable' })
  expect(await raw.streamInfo('customer-2')).toBeUndefined()
})

test('keys that are lost count as forgotten, and a new key is made for what comes', async () => {
  const { store, adapter } = opened()
  await store.append('customer-1', [registered])
  const other = new EventStore(adapter, { privacy: { of: [Customer], keys: memoryKeys() } })
  expect((await other.readStream('customer-1'))[0]?.data).toMatchObject({ name: 'forgotten' })
})

test('what is known of a person is told, until they are forgotten', async () => {
  const { store } = opened()
  await store.append('customer-1', [registered])
  await rotateKey(store, '1')
  await store.append('customer-1', [registered])
  const told = async () => {
    const all: unknown[] = []
    for await (const { data } of personalEvents(store, '1')) all.push(data)
    return all
  }
  expect(await told()).toEqual([
    { name: 'Ada', phones: ['0123', '0456'] },
    { name: 'Ada', phones: ['0123', '0456'] },
  ])
  const steps: string[] = []
  await forgetSubject(store, '1', { search: false, onProgress: ({ step }) => steps.push(step) })
  expect(new Set(steps)).toEqual(new Set(['collect', 'forget', 'snapshots']))
  expect(await told()).toEqual([{}, {}])
  await expect(rotateKey(store, '1')).rejects.toMatchObject({ code: 'subject-forgotten', subject: '1' })
})

test('forgetting somebody changes nothing of the log, so a notary has nothing to say', async () => {
  const { store } = opened()
  await store.append('customer-1', [registered])
  await notariseLog(store)
  await forgetSubject(store, '1')
  expect(await verifyLog(store)).toMatchObject({ verified: 1, broken: undefined })
})

test('options and definitions that cannot be are refused', async () => {
  const of = [Customer]
  const twice = defineAggregate('other', {
    initialState: {},
    events: { Registered: z.object({ name: z.string() }) },
    personal: { Registered: { fields: { name: '' } } },
    evolve: { Registered: (state) => state },
  })
  expect(() => openMemory({ privacy: { of: [...of, twice], keys: memoryKeys() } })).toThrowError(
    /Two definitions/,
  )
  expect(() =>
    openMemory({ privacy: { of: [{ personal: { A: { fields: {} } } }], keys: memoryKeys() } }),
  ).toThrowError(/has no fields/)
  expect(() =>
    defineAggregate('a', {
      initialState: {},
      events: {},
      evolve: {},
      personal: { B: { fields: {} } } as never,
    }),
  ).toThrowError(/no event B/)
  await expect(forgetSubject(openMemory(), '1')).rejects.toThrowError(/without `privacy`/)
  await expect(forgetSubject(opened().store, '')).rejects.toMatchObject({ code: 'invalid-option' })
  const { adapter } = openMemory()
  expect(() =>
    documentKeys({ adapter: Object.assign(adapter, { documents: undefined }) as never }),
  ).toThrowError(/keeps events only/)
})
