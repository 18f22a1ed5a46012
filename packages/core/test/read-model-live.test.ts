import { type DocumentReader, defineProjection, type EventStore, readModel } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { expect, test } from 'vitest'
import {
  Account,
  allOf,
  closed,
  deposited,
  opened,
  randomOf,
  Summaries,
  type Summary,
  SummaryOracle,
} from './projection-fixtures.ts'
import { watchedStore } from './watched-store.ts'

type Model = DocumentReader<Summary, Pick<Summary, 'owner' | 'cents'>>

function liveModels(store: EventStore): readonly Model[] {
  return [
    readModel(Summaries, store, { mode: 'live' }),
    readModel(Summaries, store, { mode: 'live', cache: true }),
  ]
}

test('a live read model shows what was appended before it was asked', async () => {
  const store = openMemory()
  for (const model of liveModels(store)) expect(await model.get('1')).toBeUndefined()
  const models = liveModels(store)
  await store.append('account-1', [opened('Ada'), deposited(5)])
  await store.append('account-2', [opened('Bob')])
  await store.append('other-1', [opened('Eve')])
  for (const model of models) {
    expect(await model.get('1')).toEqual({ owner: 'Ada', cents: 5, events: 2 })
    expect(await model.count()).toBe(2)
  }
  await store.append('account-1', [closed])
  for (const model of models) {
    expect(await model.get('1')).toBeUndefined()
    expect([...(await allOf(model)).keys()]).toEqual(['2'])
  }
  await store.append('account-1', [deposited(1)])
  for (const model of models) expect(await model.get('1')).toEqual({ owner: '', cents: 1, events: 1 })
})

test('random histories give what their acknowledged appends say, at every step', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const store = openMemory()
    const random = randomOf(seed)
    const oracle = new SummaryOracle()
    const models = liveModels(store)
    for (let step = 0; step < 60; step++) {
      await oracle.append(store, random, 6)
      if (step % 9 > 0) continue
      for (const model of models) {
        expect(await allOf(model), `seed ${seed}`).toEqual(new Map([...oracle.summaries].sort()))
      }
    }
  }
})

test('what is asked while another question is under way still sees everything before it', async () => {
  const { store } = watchedStore()
  const model = readModel(Summaries, store, { mode: 'live', cache: true })
  for (let count = 1; count <= 20; count++) {
    const early = model.get('1')
    await store.append('account-1', [deposited(1)])
    const [, ...late] = await Promise.all([early, model.get('1'), model.get('1')])
    for (const document of late) expect(document?.cents).toBe(count)
  }
})

test('with a cache only what is new is read, and nobody can spoil it', async () => {
  const { store, reads } = watchedStore()
  await store.append('account-1', [deposited(1)])
  const model = readModel(Summaries, store, { mode: 'live', cache: true })
  await model.start()
  const document = (await model.get('1')) as { cents: number }
  document.cents = 99
  expect((await model.get('1'))?.cents).toBe(1)
  expect(reads.map(({ after }) => after)).toEqual([0, 1, 1])
})

test('without a cache, one stream is read for the key of a stream', async () => {
  const { store, reads } = watchedStore()
  await store.append('account-1', [deposited(1)])
  expect((await readModel(Summaries, store, { mode: 'live' }).get('1'))?.cents).toBe(1)
  expect(reads).toEqual([])
})

test('documents are found by values and ranges, in order, in pages', async () => {
  const store = openMemory()
  const cents = [5, -3, 100, 20, 20]
  for (const [index, each] of cents.entries()) {
    await store.append(`account-${index}`, [opened(index % 2 === 0 ? 'even' : 'odd'), deposited(each)])
  }
  for (const model of liveModels(store)) {
    const keys = async (...[where, options]: Parameters<Model['find']>) =>
      (await model.find(where, options)).documents.map(({ key }) => key)
    expect(await keys({ owner: 'even' })).toEqual(['0', '2', '4'])
    expect(await keys({ cents: { from: 5, to: 20 } }, { orderBy: 'cents' })).toEqual(['0', '3', '4'])
    expect(await keys({ owner: 'even', cents: { from: 6 } })).toEqual(['2', '4'])
    expect(await keys({}, { orderBy: 'cents', backwards: true })).toEqual(['2', '4', '3', '0', '1'])
    expect(await model.count({ cents: { to: 5 } })).toBe(2)
    const first = await model.find({}, { orderBy: 'cents', limit: 3 })
    expect(first.documents.map(({ key }) => key)).toEqual(['1', '0', '3'])
    const second = await model.find({}, { orderBy: 'cents', limit: 3, after: first.next as string })
    expect(second.documents.map(({ key }) => key)).toEqual(['4', '2'])
    expect(second.next).toBeUndefined()
    const invalid = expect.objectContaining({ code: 'invalid-option' })
    await expect(model.find({ nothing: 1 } as never)).rejects.toThrowError(invalid)
    await expect(model.find({}, { after: 'x' })).rejects.toThrowError(invalid)
    await expect(model.find({}, { after: first.next as string })).rejects.toThrowError(invalid)
    await expect(model.find({}, { limit: 0 })).rejects.toThrowError(invalid)
  }
})

test('an event that fails is reported whenever it is needed, and loses nothing', async () => {
  const store = openMemory()
  let isBroken = true
  const Fragile = defineProjection('fragile', {
    of: [Account],
    initialState: { cents: 0 },
    on: {
      Deposited: (document, { data }) => {
        if (isBroken && data.cents === 13) throw new Error('unlucky')
        return { cents: document.cents + data.cents }
      },
    },
  })
  const model = readModel(Fragile, store, { mode: 'live', cache: true })
  await store.append('account-1', [deposited(1), deposited(13), deposited(2)])
  await expect(model.get('1')).rejects.toThrow('unlucky')
  await expect(model.get('1')).rejects.toThrow('unlucky')
  isBroken = false
  expect(await model.get('1')).toEqual({ cents: 16 })
})

test('waiting resolves when the position can be read, and says in time when it cannot', async () => {
  const store = openMemory()
  const model = readModel(Summaries, store, { mode: 'live' })
  const waiting = model.waitFor(2)
  await store.append('account-1', [deposited(1), deposited(2)])
  await waiting
  await expect(model.waitFor(3, { timeout: 1 })).rejects.toThrowError(
    expect.objectContaining({ code: 'wait-timeout', position: 3, reached: 2 }),
  )
  await expect(model.waitFor(3, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
})
