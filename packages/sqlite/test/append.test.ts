import { randomUUID } from 'node:crypto'
import { ConcurrencyError, EventIdConflictError } from '@eventfold/core'
import { describe, expect, test } from 'vitest'
import { openTestStore } from './open-test-store.ts'

const event = (id: string = randomUUID()) => ({ id, type: 'Deposited', data: { cents: 5 } })

/** What became of appends that shared a transaction. */
async function settle(appends: readonly Promise<unknown>[]) {
  const results = await Promise.allSettled(appends)
  return results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason))
}

describe('appends that share a transaction', () => {
  test('one conflict among many fails alone', async () => {
    const store = await openTestStore()
    await store.append('account-5', [event()])
    const outcomes = await settle(
      Array.from({ length: 20 }, (_, index) =>
        store.append(`account-${index}`, [event(), event()], { expected: 'no-stream' }),
      ),
    )
    expect(outcomes[5]).toBeInstanceOf(ConcurrencyError)
    expect(outcomes[5]).toMatchObject({ stream: 'account-5', expected: 'no-stream', actual: 1 })
    expect(outcomes.filter((outcome) => !(outcome instanceof Error))).toHaveLength(19)
    expect((await store.readLog()).events.map(({ position }) => position)).toEqual(
      Array.from({ length: 39 }, (_, index) => index + 1),
    )
  })

  test('one duplicate among many gives its first result, and the others are stored', async () => {
    const store = await openTestStore()
    const first = await store.append('account-0', [event('8fd81a1e-2f0c-4f9f-a5a2-9f2d0a7b1c11')])
    const outcomes = await settle([
      store.append('account-1', [event()]),
      store.append('account-0', [event('8fd81a1e-2f0c-4f9f-a5a2-9f2d0a7b1c11')]),
      store.append('account-2', [event()]),
    ])
    expect(outcomes).toMatchObject([
      { version: 1, position: 2, duplicate: false },
      { ...first, duplicate: true },
      { version: 1, position: 3, duplicate: false },
    ])
  })

  test('the same ids twice in one group are stored once', async () => {
    const store = await openTestStore()
    const id = randomUUID()
    const outcomes = await settle([1, 2, 3].map(() => store.append('account-1', [event(id)])))
    expect(outcomes).toMatchObject([{ duplicate: false }, { duplicate: true }, { duplicate: true }])
    expect(await store.readStream('account-1')).toHaveLength(1)
  })

  test('ids that are stored in part, or elsewhere, fail alone', async () => {
    const store = await openTestStore()
    const [a, b] = [randomUUID(), randomUUID()]
    await store.append('account-1', [event(a)])
    const outcomes = await settle([
      store.append('account-1', [event(a), event(b)]),
      store.append('account-2', [event(a)]),
      store.append('account-3', [event(b)]),
    ])
    expect(outcomes[0]).toBeInstanceOf(EventIdConflictError)
    expect(outcomes[1]).toMatchObject({ code: 'event-id-conflict', eventId: a, stream: 'account-1' })
    expect(outcomes[2]).toMatchObject({ stream: 'account-3', version: 1, position: 2 })
  })

  test('of the same expectation on one stream one succeeds', async () => {
    const store = await openTestStore()
    await store.append('account-1', [event()])
    const outcomes = await settle(
      Array.from({ length: 10 }, () => store.append('account-1', [event()], { expected: 1 })),
    )
    expect(
      outcomes.filter((outcome) => outcome instanceof ConcurrencyError && outcome.actual === 2),
    ).toHaveLength(9)
  })

  test('an error of a trigger of the user fails its append alone', async () => {
    const store = await openTestStore()
    await store.transaction(async (handle) => {
      handle.exec(`CREATE TRIGGER mine AFTER INSERT ON eventfold_events WHEN NEW.type = 'Bad'
        BEGIN SELECT RAISE(ABORT, 'not in my house'); END`)
    })
    const outcomes = await settle([
      store.append('account-1', [event(), { type: 'Bad', data: 1 }]),
      store.append('account-2', [event()]),
    ])
    expect(outcomes).toMatchObject([
      { code: 'store-failure', message: expect.stringContaining('not in my house') },
      { position: 1 },
    ])
    expect(await store.readStream('account-1')).toEqual([])
  })
})

test('many events of one append, tagged or not, are read as they were written', async () => {
  const store = await openTestStore()
  const events = Array.from({ length: 55 }, (_, index) => ({
    id: randomUUID(),
    type: `Type${index % 3}`,
    schemaVersion: index + 1,
    data: { index },
    metadata: index % 2 === 0 ? {} : { actor: `user ${index}` },
  }))
  const tagged = events.map((event, index) => ({
    ...event,
    id: randomUUID(),
    tags: index % 2 === 0 ? [] : ['z', `n:${index}`],
  }))
  const untaggedResult = await store.append('account-1', events)
  expect(untaggedResult).toMatchObject({ version: 55, position: 55 })
  await store.append('account-2', tagged)
  expect(await store.readStream('account-1')).toMatchObject(events.map((event) => ({ ...event, tags: [] })))
  expect(await store.readStream('account-2')).toMatchObject(tagged)
  expect((await store.readLog({ tags: ['n:7', 'z'] })).events).toMatchObject([
    { version: 8, tags: ['z', 'n:7'] },
  ])
})

test('the events of one append have one time, by the clock of the machine', async () => {
  const store = await openTestStore({ clock: () => new Date('2001-01-01') })
  const before = Date.now()
  await store.append(
    'account-1',
    Array.from({ length: 500 }, () => event()),
  )
  const after = Date.now()
  const times = new Set((await store.readStream('account-1')).map(({ recordedAt }) => recordedAt.getTime()))
  expect(times.size).toBe(1)
  const [time] = [...times] as [number]
  expect(time).toBeGreaterThanOrEqual(before - 1)
  expect(time).toBeLessThanOrEqual(after + 1)
})

test.each([
  ['full', 2],
  ['normal', 1],
  [undefined, 2],
] as const)('synchronous %s is what SQLite calls %i', async (synchronous, expected) => {
  const store = await openTestStore(synchronous && { synchronous })
  const actual = await store.transaction(async (handle) => handle.pragma('synchronous', { simple: true }))
  expect(actual).toBe(expected)
})

test('hostile names are nothing but names', async () => {
  const store = await openTestStore()
  const hostile = `'); DROP TABLE eventfold_events; -- %_*?"[]@x :x ?1 $x \\`
  const stream = `a${hostile}-1`
  await store.append(stream, [
    { type: hostile, data: hostile, tags: [hostile], metadata: { actor: hostile } },
  ])
  await store.append('b-1', [event()])
  const [found] = await store.readStream(stream)
  expect(found).toMatchObject({ type: hostile, data: hostile, tags: [hostile], metadata: { actor: hostile } })
  const category = stream.slice(0, stream.indexOf('-'))
  for (const filter of [{ category }, { stream }, { types: [hostile] }, { tags: [hostile] }]) {
    expect((await store.readLog(filter)).events).toEqual([found])
  }
  expect((await store.readLog({ types: ['%'] })).events).toEqual([])
})
