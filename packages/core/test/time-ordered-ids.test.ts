import { EventStore } from '@eventfold/core'
import { openMemory } from '@eventfold/memory'
import { validate, version } from 'uuid'
import { expect, test, vi } from 'vitest'

const { newId } = new EventStore(openMemory().adapter)

test('ids are UUIDs of version 7, all different, and grow', () => {
  const ids = Array.from({ length: 10_000 }, newId)
  expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.toSorted()).toEqual(ids)
})

test('ids grow also when the clock steps back', () => {
  const before = newId()
  vi.useFakeTimers({ now: Date.now() - 60_000 })
  try {
    expect(newId() > before).toBe(true)
  } finally {
    vi.useRealTimers()
  }
})

test('two sources in one millisecond do not give the same id', () => {
  const other = new EventStore(openMemory().adapter).newId
  const ids = Array.from({ length: 1_000 }, () => [newId(), other()]).flat()
  expect(new Set(ids).size).toBe(ids.length)
})
