import { type EventStore, readModel, StoreUnavailableError } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expect, onTestFinished, test } from 'vitest'
import { deposited, Summaries } from './projection-fixtures.ts'

const timeouts = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

function watched(store: EventStore, mode: 'async' | 'inline', options = {}) {
  const errors: { readonly error: unknown; readonly action: string }[] = []
  const ended = Promise.withResolvers<void>()
  const model = readModel(Summaries, store, {
    mode,
    onError: (error, { action }) => {
      errors.push({ error, action })
      if (action === 'stop') ended.resolve()
    },
    ...options,
  })
  onTestFinished(() => model.stop())
  return { model, errors, ended: ended.promise }
}

test('an asynchronous read model ends by itself when its store is closed, says so once, and leaves no timer', async () => {
  const before = timeouts()
  const store = openMemory()
  const { model, errors, ended } = watched(store, 'async', {
    followInterval: 60_000,
    checkEvery: 60_000,
    pollInterval: 60_000,
  })
  await store.append('account-1', [deposited(1)])
  await model.start()
  await model.waitFor(1)
  await store.close()
  await ended
  await expect.poll(timeouts).toBeLessThanOrEqual(before)
  const stops = errors.filter(({ action }) => action === 'stop')
  expect(stops.length).toBeGreaterThanOrEqual(1)
  for (const { error } of stops) expect(error).toMatchObject({ code: 'store-closed' })
  expect(model.consumer).toBeUndefined()
  const count = errors.length
  await expect(model.waitFor(2, { timeout: 60_000 })).rejects.toMatchObject({ code: 'store-closed' })
  expect(errors).toHaveLength(count)
  await model.stop()
})

test('the checks of an inline read model end when its store is closed', async () => {
  const before = timeouts()
  const store = openMemory()
  const { model, errors } = watched(store, 'inline', { checkEvery: 60_000 })
  await model.start()
  await store.append('account-1', [deposited(1)])
  await store.close()
  await expect.poll(timeouts).toBeLessThanOrEqual(before)
  expect(errors).toEqual([])
})

test('what passes by itself does not end an asynchronous read model, what does not is its error', async () => {
  const store = openMemory()
  const { documents } = store.adapter
  if (documents === undefined) throw new Error('The store keeps no documents.')
  const { read } = documents
  let failure: Error | undefined
  documents.read = (async (...given: Parameters<typeof read>) => {
    if (failure !== undefined && given[0][0]?.collection === 'eventfold:generations') throw failure
    return read.apply(documents, given)
  }) as typeof read
  const { model, errors, ended } = watched(store, 'async', { followInterval: 1 })
  await model.start()
  failure = new StoreUnavailableError('not-stored', 'away')
  await expect.poll(() => errors.length).toBeGreaterThan(1)
  failure = undefined
  await store.append('account-1', [deposited(1)])
  await model.waitFor(1)
  expect((await model.status()).healthy).toBe(true)
  failure = new TypeError('spoiled')
  await ended
  failure = undefined
  expect(await model.status()).toMatchObject({
    running: false,
    healthy: false,
    error: expect.objectContaining({ message: 'spoiled' }),
  })
  expect(errors.at(-1)).toMatchObject({ error: { message: 'spoiled' }, action: 'stop' })
  await expect(model.waitFor(9, { timeout: 60_000 })).rejects.toThrow('spoiled')
  // A start begins anew.
  await store.append('account-1', [deposited(1)])
  await model.start()
  await model.waitFor(2)
  expect(await model.status()).toMatchObject({ running: true, healthy: true, error: undefined })
})
