import type { StoreAdapter } from '@eventfold/core/adapter'
import { describe, expect, test } from 'vitest'
import { checkHistories, checkPayloads, checkRaces } from '../src/histories/index.ts'
import { ChangedText, sortKeys } from './saboteurs/changed-text.ts'
import { CheckBeforeAppend } from './saboteurs/check-before-append.ts'
import { ContentBlind } from './saboteurs/content-blind.ts'
import { DroppedDuplicates } from './saboteurs/dropped-duplicates.ts'
import { EventByEvent } from './saboteurs/event-by-event.ts'
import { FilterAfterLimit } from './saboteurs/filter-after-limit.ts'
import { IgnoredExpectation } from './saboteurs/ignored-expectation.ts'
import { IgnoredRollback } from './saboteurs/ignored-rollback.ts'
import { LateArrival } from './saboteurs/late-arrival.ts'
import { SharedAdapter } from './saboteurs/shared-adapter.ts'
import { StoredTwice } from './saboteurs/stored-twice.ts'
import { StreamByStream } from './saboteurs/stream-by-stream.ts'
import { WrongActualVersion } from './saboteurs/wrong-actual-version.ts'
import { byPrefix, WrongFilter } from './saboteurs/wrong-filter.ts'
import { spoiledStorage } from './spoiled-storage.ts'

type Spoil = (inner: StoreAdapter) => StoreAdapter

const storageOf = (spoil: Spoil) => () => spoiledStorage(spoil)

async function failureOf(check: Promise<void>): Promise<string> {
  return check.then(
    () => 'none',
    (error: Error) => error.message,
  )
}

describe('random histories', () => {
  test('accept a healthy store of several instances', async () => {
    await checkHistories(
      storageOf((inner) => new SharedAdapter(inner)),
      { runs: 100 },
    )
  })

  test.for<[string, Spoil]>([
    ["no real 'no-stream'", (inner) => new IgnoredExpectation(inner, 'no-stream')],
    ['a wrong actual version', (inner) => new WrongActualVersion(inner)],
    ['duplicates dropped silently', (inner) => new DroppedDuplicates(inner)],
    ['duplicates stored twice', (inner) => new StoredTwice(inner)],
    ['duplicates by id alone', (inner) => new ContentBlind(inner)],
    ['appends event by event', (inner) => new EventByEvent(inner)],
    ['appends stream by stream', (inner) => new StreamByStream(inner)],
    ['rollbacks that commit', (inner) => new IgnoredRollback(inner)],
    ['a filter after the limit', (inner) => new FilterAfterLimit(inner)],
    ['a category as mere prefix', (inner) => new WrongFilter(inner, byPrefix)],
  ])('reject %s', async ([, spoil]) => {
    expect(await failureOf(checkHistories(storageOf(spoil), { runs: 200 }))).toMatch(/^A history failed/)
  })

  test('say how to replay a failure, which goes straight to its smallest history', async () => {
    const createStorage = storageOf((inner) => new IgnoredExpectation(inner, 'no-stream'))
    const message = await failureOf(checkHistories(createStorage, { seed: 1, runs: 200 }))
    const [, path] = /Replay it with \{ seed: 1, path: '([\d:]+)' \}/.exec(message) ?? []
    const again = await failureOf(checkHistories(createStorage, { seed: 1, path: path as string }))
    const inputOf = (text: string) => text.slice(text.indexOf('Input:'))
    expect(again).toMatch(/failed after 1 runs/)
    expect(inputOf(again)).toBe(inputOf(message))
  })
})

describe('random payloads', () => {
  test('reject sorted keys', async () => {
    const createStorage = storageOf((inner) => new ChangedText(inner, sortKeys))
    expect(await failureOf(checkPayloads(createStorage))).toMatch(/^A payload failed/)
  })
})

describe('random races', () => {
  test('accept a healthy store of several instances', async () => {
    await checkRaces(storageOf((inner) => new SharedAdapter(inner)))
  })

  test.for<[string, Spoil]>([
    ['late arrivals', (inner) => new LateArrival(inner)],
    ['a version check before the append', (inner) => new CheckBeforeAppend(inner)],
    ['duplicates stored twice', (inner) => new StoredTwice(inner)],
    ['rollbacks that commit', (inner) => new IgnoredRollback(inner)],
  ])('reject %s', async ([, spoil]) => {
    expect(await failureOf(checkRaces(storageOf(spoil)))).toMatch(/^A race failed/)
  })
})
