import { once } from 'node:events'
import type { DocumentAdapter } from '@eventfold/core/adapter'
import type Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import type { SqliteStore } from '../src/index.ts'
import { killProgram, startProgram } from './child.ts'
import { openHandle, openTestStore } from './open-test-store.ts'
import { temporaryFile } from './temporary-file.ts'

function documentsOf(store: SqliteStore): DocumentAdapter<Database.Database> {
  const { documents } = store.adapter
  if (documents === undefined) throw new Error('no documents')
  return documents
}

const account = { collection: 'accounts', key: '1' }

describe('documents of several processes', () => {
  test('lose no update by compare-and-set', async () => {
    const store = await openTestStore()
    const times = 200
    const programs = [1, 2].map(() => startProgram('counter.ts', [store.path, `${times}`]))
    await Promise.all(programs.map((program) => once(program, 'message')))
    const conflicts = programs.map((program) => once(program, 'message'))
    for (const program of programs) program.send('go')
    const counted = (await Promise.all(conflicts)).map(([number]) => number as number)
    expect(await documentsOf(store).read([{ collection: 'counters', key: '1' }])).toEqual([`${2 * times}`])
    // Else they have not met.
    expect(Math.max(...counted)).toBeGreaterThan(0)
  })

  test('of a transaction that kill -9 met in the middle are not there', async () => {
    const path = temporaryFile()
    const program = startProgram('half-writer.ts', [path])
    await once(program, 'message')
    await killProgram(program)
    const store = await openTestStore({}, path)
    const documents = documentsOf(store)
    expect(await documents.count('accounts', [])).toBe(0)
    expect(await documents.count('accounts', [{ field: 'owner' }])).toBe(0)
    expect(await store.head()).toBe(0)
    await documents.write([{ ...account, data: '{}', expected: null }])
    expect(openHandle(path).pragma('integrity_check', { simple: true })).toBe('ok')
  })
})

test('documents that one call reads are those of one moment, also if another process writes in between', async () => {
  const store = await openTestStore()
  const documents = documentsOf(store)
  const write = (data: string) => `
    INSERT INTO eventfold_documents VALUES ('accounts', '1', '${data}'), ('accounts', '2', '${data}')
    ON CONFLICT (collection, key) DO UPDATE SET data = excluded.data`
  const other = openHandle(store.path)
  other.exec(write('old'))
  const second = {
    collection: 'accounts',
    get key() {
      other.exec(write('new'))
      return '2'
    },
  }
  expect(await documents.read([account, second])).toEqual(['old', 'old'])
  expect(await documents.read([account])).toEqual(['new'])
})

test('a document that is removed leaves no fields, whatever the call names', async () => {
  const documents = documentsOf(await openTestStore())
  const fields = [{ field: 'owner', value: 'ada' }]
  await documents.write([{ ...account, data: '1', fields }])
  await documents.write([{ ...account, data: undefined, fields }])
  expect(await documents.count('accounts', [{ field: 'owner' }])).toBe(0)
})

describe('documents in a transaction of the user', () => {
  test('belong to it, also on a handle that gives BigInt', async () => {
    const store = await openTestStore()
    const documents = documentsOf(store)
    const handle = openHandle(store.path).defaultSafeIntegers(true)
    handle.exec('BEGIN IMMEDIATE')
    const fields = [{ field: 'owner', value: 'ada' }]
    await documents.write([{ ...account, data: '{}', fields, expected: null }], handle)
    expect(await documents.count('accounts', fields, handle)).toBe(1)
    expect(await documents.count('accounts', [], handle)).toBe(1)
    expect(
      await documents.find({ collection: 'accounts', where: fields, backwards: false, limit: 1 }, handle),
    ).toEqual([{ key: '1', data: '{}' }])
    expect(await documents.count('accounts', [])).toBe(0)
    handle.exec('COMMIT')
    expect(await documents.read([account])).toEqual(['{}'])
  })

  test.each([
    [
      'read with a lock',
      (documents: DocumentAdapter<Database.Database>, handle: Database.Database) =>
        documents.read([account], { transaction: handle, lock: true }),
    ],
    [
      'compared only',
      (documents: DocumentAdapter<Database.Database>, handle: Database.Database) =>
        documents.write([{ collection: 'accounts', key: '2', data: undefined, expected: null }], handle),
    ],
  ])('that were %s stay as they are, although it has not begun as a writer', async (_, use) => {
    const store = await openTestStore({ lockTimeout: 50 })
    const documents = documentsOf(store)
    await documents.write([{ ...account, data: '1' }])
    const handle = openHandle(store.path)
    handle.exec('BEGIN')
    await use(documents, handle)
    await expect(documents.write([{ ...account, data: '2' }])).rejects.toMatchObject({ code: 'lock-timeout' })
    handle.exec('COMMIT')
    await documents.write([{ ...account, data: '2', expected: '1' }])
  })

  test('that has read before somebody else wrote are not written', async () => {
    const store = await openTestStore()
    const documents = documentsOf(store)
    const handle = openHandle(store.path)
    handle.exec('BEGIN')
    await documents.read([account], { transaction: handle })
    await documents.write([{ ...account, data: '1' }])
    await expect(documents.write([{ ...account, data: '2' }], handle)).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining('BEGIN IMMEDIATE'),
    })
  })
})

test('a lock that somebody else leaves open ends writes of documents in a typed error', async () => {
  const store = await openTestStore({ lockTimeout: 50 })
  const documents = documentsOf(store)
  const other = openHandle(store.path)
  other.exec('BEGIN IMMEDIATE')
  for (const call of [
    () => documents.write([{ ...account, data: '1' }]),
    () => documents.clear('accounts'),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'lock-timeout', retryable: true })
  }
  expect(await documents.read([account])).toEqual([undefined])
  other.exec('ROLLBACK')
  await documents.write([{ ...account, data: '1' }])
})

describe('a large collection', () => {
  const size = 12_000
  const keyOf = (number: number) => String(number).padStart(6, '0')

  async function openLarge(): Promise<DocumentAdapter<Database.Database>> {
    const store = await openTestStore({ synchronous: 'normal' })
    const documents = documentsOf(store)
    const writes = Array.from({ length: size }, (_, number) => ({
      collection: 'accounts',
      key: keyOf(number),
      data: `${number}`,
      fields: [
        { field: 'owner', value: `owner-${number % 4_000}` },
        { field: 'cents', value: keyOf(size - number) },
        { field: 'open', value: 'yes' },
      ],
    }))
    await documents.write(writes)
    await documents.write([
      { collection: 'orders', key: '1', data: 'kept', fields: [{ field: 'open', value: 'yes' }] },
    ])
    return documents
  }

  test('is cleared as a whole, and lets others run meanwhile', async () => {
    const documents = await openLarge()
    let turns = 0
    const counts = new Set<number>()
    const counting = setInterval(async () => {
      turns++
      counts.add(await documents.count('accounts', []))
    })
    await documents.clear('accounts')
    clearInterval(counting)
    expect(turns).toBeGreaterThan(2)
    expect([...counts].filter((count) => count > 0 && count < size)).toEqual([])
    expect(await documents.count('accounts', [])).toBe(0)
    expect(await documents.count('accounts', [{ field: 'cents' }])).toBe(0)
    expect(await documents.count('orders', [{ field: 'open' }])).toBe(1)
  })

  test('gives the same pages, however narrow the ranges are', async () => {
    const documents = await openLarge()
    const open = { field: 'open', from: 'yes', to: 'yes' }
    const ada = { field: 'owner', from: 'owner-7', to: 'owner-7' }
    const wide = { field: 'cents', from: keyOf(2_000), to: keyOf(11_000) }
    const numbers = Array.from({ length: size }, (_, number) => number)
    const cases = [
      { where: [open, ada], holds: (number: number) => number % 4_000 === 7 },
      { where: [open, wide], holds: (number: number) => size - number >= 2_000 && size - number <= 11_000 },
      {
        where: [wide, ada, open],
        holds: (number: number) => number % 4_000 === 7 && size - number >= 2_000 && size - number <= 11_000,
      },
    ]
    for (const { where, holds } of cases) {
      for (const orderBy of [undefined, 'cents']) {
        for (const backwards of [false, true]) {
          const expected = numbers.filter(holds).map(keyOf)
          if ((orderBy === 'cents') !== backwards) expected.reverse()
          const query = { collection: 'accounts', where, orderBy, backwards, limit: 2 }
          const first = await documents.find(query)
          const second = await documents.find({ ...query, after: first.at(-1) })
          expect([...first, ...second].map(({ key }) => key)).toEqual(expected.slice(0, 4))
        }
      }
      expect(await documents.count('accounts', where)).toBe(numbers.filter(holds).length)
    }
    const few = { field: 'owner', from: 'owner-7', to: 'owner-8' }
    const query = { collection: 'accounts', where: [few], orderBy: 'owner', backwards: false, limit: 2 }
    const first = await documents.find(query)
    const second = await documents.find({ ...query, after: first.at(-1) })
    expect([...first, ...second].map(({ key }) => Number(key))).toEqual([7, 4_007, 8_007, 70])
  })
})
