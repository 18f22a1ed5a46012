import { reopenStream, summariseStream, truncateStream } from '@eventfold/core'
import type Database from 'better-sqlite3'
import { beforeEach, describe, expect, test } from 'vitest'
import { openHandle, openTestStore } from './open-test-store.ts'

describe('the database itself', () => {
  let database: Database.Database
  let before: unknown

  const everything = () => [
    database.prepare('SELECT * FROM eventfold_events').all(),
    database.prepare('SELECT * FROM eventfold_tags').all(),
  ]

  beforeEach(async () => {
    const store = await openTestStore()
    await store.append('account-1', [
      { type: 'Opened', data: {}, tags: ['a'] },
      { type: 'Closed', data: {} },
    ])
    database = openHandle(store.path)
    // As in other programs, such as the sqlite3 shell.
    database.pragma('recursive_triggers = OFF')
    database.pragma('foreign_keys = OFF')
    before = everything()
  })

  const columns = '(position, stream, version, id, type, schema_version, recorded_at, data)'

  test.each([
    ['UPDATE', `UPDATE eventfold_events SET data = '1'`],
    ['UPDATE of one column', `UPDATE eventfold_events SET recorded_at = 1 WHERE version = 2`],
    ['UPDATE OR REPLACE', `UPDATE OR REPLACE eventfold_events SET version = 1`],
    ['DELETE', 'DELETE FROM eventfold_events'],
    ['UPDATE of tags', `UPDATE eventfold_tags SET tag = 'b'`],
    ['DELETE of tags', 'DELETE FROM eventfold_tags'],
    [
      'an upsert',
      `INSERT INTO eventfold_events ${columns} VALUES (NULL, 'account-1', 2, lower(hex(randomblob(18))), 'T', 1, 1, '1')
       ON CONFLICT (stream, version) DO UPDATE SET data = '1'`,
    ],
    [
      'an id that is shorter than a UUID',
      `INSERT INTO eventfold_events ${columns} VALUES (NULL, 'account-1', 3, 'short', 'T', 1, 1, '1')`,
    ],
    [
      'a position that JavaScript cannot hold',
      `INSERT INTO eventfold_events ${columns} VALUES (9007199254740992, 'account-1', 3, lower(hex(randomblob(18))), 'T', 1, 1, '1')`,
    ],
  ])('refuses %s', (_, sql) => {
    expect(() => database.exec(sql)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^SQLITE_CONSTRAINT_(TRIGGER|CHECK)$/) }),
    )
    expect(everything()).toEqual(before)
  })

  // REPLACE deletes without firing triggers, unless they are recursive, as they are in every handle of the store.
  const replacements = [
    [
      'INSERT OR REPLACE by position',
      `INSERT OR REPLACE INTO eventfold_events ${columns} VALUES (1, 'account-1', 3, lower(hex(randomblob(18))), 'T', 1, 1, '1')`,
    ],
    [
      'INSERT OR REPLACE by id',
      `INSERT OR REPLACE INTO eventfold_events ${columns}
       VALUES (NULL, 'account-1', 3, (SELECT id FROM eventfold_events LIMIT 1), 'T', 1, 1, '1')`,
    ],
    [
      'INSERT OR REPLACE by version',
      `INSERT OR REPLACE INTO eventfold_events ${columns} VALUES (NULL, 'account-1', 2, lower(hex(randomblob(18))), 'T', 1, 1, '1')`,
    ],
  ] as const

  test.each(replacements)('refuses %s in a transaction of the store', async (_, sql) => {
    const store = await openTestStore({}, database.name)
    const work = store.transaction(async (handle) => handle.exec(sql))
    await expect(work).rejects.toThrow(/immutable|keeps its position/)
    expect(everything()).toEqual(before)
  })

  test('takes an event that fits, so that the refusals above are not of something else', () => {
    database.exec(
      `INSERT OR REPLACE INTO eventfold_events ${columns} VALUES (NULL, 'account-1', 3, lower(hex(randomblob(18))), 'T', 1, 1, '1')`,
    )
    expect(everything()).not.toEqual(before)
  })
})

test('a position is never given out again, for the last event stays', async () => {
  const store = await openTestStore()
  await store.append('account-1', [{ type: 'Opened', data: {} }])
  await store.append('account-1', [{ type: 'Closed', data: {} }])
  const database = openHandle(store.path)
  // What a tool for maintenance may do.
  database.exec('DROP TRIGGER eventfold_events_no_delete; DELETE FROM eventfold_events WHERE position = 1')
  for (const condition of ['position = 2', 'TRUE']) {
    expect(() => database.exec(`DELETE FROM eventfold_events WHERE ${condition}`)).toThrow('given out again')
  }
  expect(await store.append('account-1', [{ type: 'Opened', data: {} }])).toMatchObject({
    version: 3,
    position: 3,
  })
})

test('a store whose positions are used up refuses appends with a typed error', async () => {
  const store = await openTestStore()
  openHandle(store.path).exec(`
    INSERT INTO eventfold_events (position, stream, version, id, type, schema_version, recorded_at, data)
    VALUES (${2 ** 53 - 1}, 'account-1', 1, lower(hex(randomblob(18))), 'Opened', 1, 1, '{}')`)
  await expect(store.append('account-1', [{ type: 'Opened', data: {} }])).rejects.toMatchObject({
    code: 'store-failure',
    message: expect.stringContaining('position'),
  })
  expect(await store.head()).toBe(2 ** 53 - 1)
})

test('a removal leaves the guards as they were, and nobody else removes meanwhile', async () => {
  const store = await openTestStore()
  await store.append('account-1', [
    { type: 'Opened', data: {}, tags: ['a', 'b'] },
    { type: 'Closed', data: {}, tags: ['a'] },
  ])
  const other = openHandle(store.path)
  const objects = () => other.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all()
  const before = objects()
  const refuse = () => {
    expect(() => other.exec('DELETE FROM eventfold_events')).toThrow('immutable')
    expect(() => other.exec('DELETE FROM eventfold_tags')).toThrow('immutable')
  }
  // Its statements were compiled while the triggers were there.
  const compiled = other.prepare('DELETE FROM eventfold_events WHERE version = 2')
  await store.transaction(async (transaction) => {
    await store.adapter.maintenance?.removeBefore('account-1', 2, transaction)
    other.pragma('busy_timeout = 0')
    expect(() => compiled.run()).toThrow('locked')
    expect(objects()).toEqual(before)
  })
  expect(objects()).toEqual(before)
  expect(() => compiled.run()).toThrow('immutable')
  refuse()
  expect(other.prepare('SELECT count(*) FROM eventfold_tags').pluck().get()).toBe(1)
  await summariseStream(store, 'account-1', { type: 'Summary', data: {}, tags: ['a'] }, { expected: 2 })
  refuse()
  // Undone, the triggers are those of before as well.
  await expect(truncateStream(store, 'account-1', { before: 9 })).rejects.toMatchObject({
    code: 'version-not-found',
  })
  refuse()
  await openTestStore({ migrate: false }, store.path)
})

test('two processes that remove and append at once do not get in each other’s way', async () => {
  const first = await openTestStore()
  const second = await openTestStore({}, first.path)
  const event = { type: 'Happened', data: {} }
  const work = [first, second].map(async (store, index) => {
    const stream = `account-${index}`
    for (let version = 1; version <= 8; version++) {
      await store.append(stream, [event])
      if (version % 2 === 0) await truncateStream(store, stream, { before: version })
      await store.append('account-common', [event])
    }
    await reopenStream(store, stream)
  })
  await Promise.all(work)
  expect(await first.streamInfo('account-common')).toMatchObject({ firstVersion: 1, version: 16 })
  expect(await second.streamInfo('account-0')).toMatchObject({ firstVersion: 8, version: 8, closed: false })
})
