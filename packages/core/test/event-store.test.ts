import {
  causedBy,
  EventStore,
  LockTimeoutError,
  StoreClosedError,
  StoreUnavailableError,
  streamId,
} from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expect, test } from 'vitest'

const events = [{ type: 'A', data: {} }]

/** A memory store that fails its first appends, before or after it has stored them. */
function unreliable(failures: number, when: 'before' | 'after', retries?: number) {
  const { adapter } = openMemory()
  const append = adapter.append.bind(adapter)
  let calls = 0
  adapter.append = async (writes, transaction) => {
    const fails = calls++ < failures
    if (fails && when === 'before') throw new StoreUnavailableError('not-stored', 'refused')
    const receipts = await append(writes, transaction)
    if (fails) throw new StoreUnavailableError('unknown', 'connection lost')
    return receipts
  }
  return { store: new EventStore(adapter, retries === undefined ? {} : { retries }), calls: () => calls }
}

test('[5] an append whose reply was lost is repeated with the same ids, and stored once', async () => {
  const { store } = unreliable(2, 'after')
  const result = await store.append('a-1', events, { expected: 'no-stream' })
  expect(result).toMatchObject({ version: 1, position: 1, duplicate: true })
  expect(await store.readStream('a-1')).toHaveLength(1)
})

test('an append that never reached the store is repeated', async () => {
  const { store, calls } = unreliable(1, 'before')
  expect(await store.append('a-1', events)).toMatchObject({ version: 1, duplicate: false })
  expect(calls()).toBe(2)
})

test('repetitions end, with what is known of the outcome', async () => {
  const { store, calls } = unreliable(9, 'after', 1)
  await expect(store.append('a-1', events)).rejects.toMatchObject({
    code: 'store-unavailable',
    outcome: 'unknown',
  })
  expect(calls()).toBe(2)
})

test('[5] what may have been stored by one attempt stays unknown when the next ones do not reach the store', async () => {
  const laterErrors = [
    new StoreUnavailableError('not-stored', 'refused'),
    new LockTimeoutError(100),
    new StoreClosedError(),
  ]
  for (const laterError of laterErrors) {
    const { adapter } = openMemory()
    const append = adapter.append.bind(adapter)
    let calls = 0
    adapter.append = async (writes) => {
      if (calls++ > 0) throw laterError
      await append(writes)
      throw new StoreUnavailableError('unknown', 'connection lost')
    }
    const store = new EventStore(adapter, { retries: 1 })
    const appending = store.append('a-1', events)
    await expect(appending).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'unknown' })
    expect(await store.readStream('a-1')).toHaveLength(1)
  }
})

test('a conflict is an answer, also after an attempt without a reply', async () => {
  const { adapter } = openMemory()
  const append = adapter.append.bind(adapter)
  let calls = 0
  adapter.append = async (writes) => {
    if (calls++ === 0) throw new StoreUnavailableError('unknown', 'connection lost')
    return append(writes)
  }
  const appending = new EventStore(adapter).append('a-1', events, { expected: 7 })
  await expect(appending).rejects.toMatchObject({ code: 'concurrency' })
})

test('nothing is repeated inside a transaction', async () => {
  const { store, calls } = unreliable(1, 'before')
  const failing = store.transaction((transaction) => store.append('a-1', events, { transaction }))
  await expect(failing).rejects.toMatchObject({ code: 'store-unavailable' })
  expect(calls()).toBe(1)
})

test('an array of more than 100,000 events is refused, and a limit or batches read them', async () => {
  const store = openMemory()
  for (let part = 0; part < 11; part++) {
    await store.append('a-1', Array.from({ length: 10_000 }, () => events).flat())
  }
  await expect(store.readStream('a-1')).rejects.toMatchObject({ code: 'stream-too-long', maxEvents: 100_000 })
  expect(await store.readStream('a-1', { limit: 100_001 })).toHaveLength(100_001)
  let count = 0
  for await (const batch of store.readStreamInBatches('a-1', { batchSize: 5_000 })) count += batch.length
  expect(count).toBe(110_000)
})

test('options that cannot be are refused', async () => {
  expect(() => openMemory({ retries: -1 })).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  expect(() => openMemory({ maxEventBytes: 0 })).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  const store = openMemory()
  await expect(store.readStream('a-1', { from: 0 })).rejects.toMatchObject({ code: 'invalid-option' })
  await expect(store.readLog({ after: 0.5 })).rejects.toMatchObject({ code: 'invalid-option' })
  await expect(store.readLog({ types: [] })).rejects.toMatchObject({ code: 'invalid-option' })
  await expect(store.readLog({ types: 'A' as never })).rejects.toMatchObject({ code: 'invalid-option' })
})

test('an expected version in the place of the options is refused, not passed over', async () => {
  const store = openMemory()
  for (const options of [3, 'no-stream', null]) {
    await expect(store.append('a-1', events, options as never)).rejects.toMatchObject({
      code: 'invalid-option',
    })
    const appends = [{ stream: 'a-1', events }]
    await expect(store.appendAll(appends, options as never)).rejects.toMatchObject({ code: 'invalid-option' })
  }
  expect(await store.head()).toBe(0)
})

test('an own codec is used for data and metadata', async () => {
  const reversing = {
    encode: (value: unknown) => [...JSON.stringify(value)].reverse().join(''),
    decode: (text: string) => JSON.parse([...text].reverse().join('')) as unknown,
  }
  const store = openMemory({ codec: reversing })
  await store.append('a-1', [{ type: 'A', data: { n: 1 }, metadata: { actor: 'ada' } }])
  expect(
    (await store.adapter.readStream({ stream: 'a-1', from: 1, to: 9, backwards: false, limit: 9 }))[0]?.data,
  ).toBe('}1:"n"{')
  expect(await store.readStream('a-1')).toMatchObject([{ data: { n: 1 }, metadata: { actor: 'ada' } }])
})

test('text that the codec cannot read is told with the place of its event', async () => {
  const store = openMemory({ codec: { encode: String, decode: JSON.parse } })
  await store.append('a-1', [{ type: 'A', data: 'no JSON' }])
  await expect(store.readStream('a-1')).rejects.toMatchObject({
    code: 'unreadable-event',
    stream: 'a-1',
    version: 1,
    message: expect.stringContaining('open the store with the codec that wrote it'),
    cause: expect.any(SyntaxError),
  })
})

test('[5] an id that was made in upper case is the same id', async () => {
  const made = '018F5A3C-0000-7000-8000-00000000000A'
  const store = openMemory({ newId: () => made })
  const first = await store.append('a-1', events)
  expect(first.eventIds).toEqual([made.toLowerCase()])
  const repeated = [{ type: 'A', data: {}, id: made }]
  expect(await store.append('a-1', repeated)).toEqual({ ...first, duplicate: true })
})

test('what follows from an event carries its correlation on', async () => {
  const store = openMemory()
  await store.append('a-1', events)
  const [first] = await store.readStream('a-1')
  if (first === undefined) throw new Error('nothing was stored')
  await store.append('b-1', events, { metadata: causedBy(first) })
  const [second] = await store.readStream('b-1')
  expect(second?.metadata).toEqual({ correlationId: first.id, causationId: first.id })
  if (second === undefined) throw new Error('nothing was stored')
  expect(causedBy(second)).toEqual({ correlationId: first.id, causationId: second.id })
})

test('stream ids are built of a category and a key', () => {
  expect(streamId('account', '4-2')).toBe('account-4-2')
  expect(() => streamId('bank-account', '42')).toThrow(expect.objectContaining({ code: 'invalid-stream-id' }))
  for (const key of ['', 42 as never, undefined as never]) {
    expect(() => streamId('account', key)).toThrow(expect.objectContaining({ code: 'invalid-stream-id' }))
  }
})
