import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReadLogOptions, RecordedEvent } from '@eventfold/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSqlite, type SqliteStore } from '../src/index.ts'

describe('a log longer than what one page looks through', () => {
  let folder: string
  let store: SqliteStore
  const all: RecordedEvent[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'eventfold-sqlite-'))
    store = await openSqlite(join(folder, 'events.db'), { synchronous: 'normal' })
    for (let block = 0; block < 25; block++) {
      await store.append(
        block % 5 === 4 ? 'rare-1' : 'long-1',
        Array.from({ length: 1000 }, (_, index) => ({
          type: block === 12 && index === 500 ? 'Seldom' : `Type${index % 3}`,
          data: { block },
          tags: index % 2 === 0 ? [] : [`block:${block}`, 'odd', ...(index === 501 ? ['marked'] : [])],
        })),
      )
    }
    for await (const batch of store.readLogInBatches()) all.push(...batch)
  })

  afterAll(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })

  const filters: readonly [ReadLogOptions, (event: RecordedEvent) => boolean][] = [
    [{}, () => true],
    [{ category: 'rare' }, ({ stream }) => stream === 'rare-1'],
    [{ category: 'nothing' }, () => false],
    [{ types: ['Seldom'] }, ({ type }) => type === 'Seldom'],
    [{ types: ['Type1', 'Seldom'] }, ({ type }) => type === 'Type1' || type === 'Seldom'],
    [{ stream: 'long-1', types: ['Seldom'] }, ({ type }) => type === 'Seldom'],
    [{ stream: 'rare-1' }, ({ stream }) => stream === 'rare-1'],
    [{ stream: 'rare-1', category: 'long' }, () => false],
    [{ stream: 'none-1' }, () => false],
    [{ tags: ['odd'] }, ({ tags }) => tags.includes('odd')],
    [{ tags: ['odd', 'marked'] }, ({ tags }) => tags.includes('marked')],
    [
      { tags: ['block:7', 'odd'], types: ['Type2'] },
      ({ tags, type }) => tags.includes('block:7') && type === 'Type2',
    ],
    [{ tags: ['odd', 'none'] }, () => false],
    [{ tags: ['odd'], stream: 'rare-1' }, ({ tags, stream }) => tags.includes('odd') && stream === 'rare-1'],
    [{ after: 10_500, before: 10_510 }, ({ position }) => position > 10_500 && position < 10_510],
    [
      { after: 3_333, before: 20_001, types: ['Type0'], stream: 'long-1' },
      ({ position, type, stream }) =>
        position > 3_333 && position < 20_001 && type === 'Type0' && stream === 'long-1',
    ],
  ]

  test.each(filters)('is read whole with %j, in both directions', async (options, matches) => {
    const expected = all.filter(matches).map(({ position }) => position)
    for (const backwards of [false, true]) {
      const found: number[] = []
      for await (const batch of store.readLogInBatches({ ...options, backwards, limit: 777 })) {
        found.push(...batch.map(({ position }) => position))
      }
      expect(found).toEqual(backwards ? expected.toReversed() : expected)
    }
  })

  test('a page that finds nothing still moves on, and does not look at everything', async () => {
    for (const filter of [
      { types: ['None'] },
      { tags: ['odd', 'none'] },
      { stream: 'long-1', types: ['None'] },
    ]) {
      const first = await store.readLog(filter)
      expect(first).toMatchObject({ events: [], end: false })
      expect(first.next).toBeGreaterThan(5_000)
      expect(first.next).toBeLessThan(25_000)
      const last = await store.readLog({ ...filter, after: 24_000 })
      expect(last).toEqual({ events: [], next: 25_000, end: true })
    }
  })
})
