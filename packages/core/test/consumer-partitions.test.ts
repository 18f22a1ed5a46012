import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fairShare } from '../src/consumer/fair-share.ts'
import { newPartition, type PartitionState } from '../src/consumer/partition-state.ts'
import { repartition } from '../src/consumer/repartition.ts'
import { sliceCount, sliceOf, splitSlices } from '../src/consumer/slices.ts'
import { addTallies, emptyTally, tallyEvent } from '../src/consumer/tally.ts'

/** How far a slice is: as far as its partition, or further. */
function reached(states: readonly PartitionState[], slice: number): number {
  const state = states.find(({ from, to }) => slice >= from && slice < to) as PartitionState
  const ahead = state.ahead.find(({ from, to }) => slice >= from && slice < to)
  return Math.max(state.position, ahead?.position ?? 0)
}

test('slices of keys never change, since checkpoints depend on them', () => {
  expect(['', 'account-1', 'account-2', 'Käse-ß', '🚀-1'].map(sliceOf)).toEqual([217, 560, 677, 620, 518])
})

test('slices spread keys evenly', () => {
  const counts = new Map<number, number>()
  for (let index = 0; index < 16_000; index++) {
    const part = sliceOf(`account-${index}`) >> 6
    counts.set(part, (counts.get(part) ?? 0) + 1)
  }
  expect(counts.size).toBe(16)
  for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(200)
})

test('another number of partitions keeps how far each slice is, and what was counted', () => {
  const positions = fc.array(fc.nat(50), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(positions, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (start, counts) => {
      let states: readonly PartitionState[] = splitSlices(start.length).map((range, index) => ({
        ...newPartition(index, range, start[index] as number),
        handled: { count: index, digest: index * 7 },
        epoch: index,
      }))
      const before = Array.from({ length: sliceCount }, (_, slice) => reached(states, slice))
      const handled = states.map((state) => state.handled).reduce(addTallies)
      for (const count of counts) {
        const epoch = Math.max(...states.map((state) => state.epoch))
        states = repartition(states, count)
        expect(states).toHaveLength(count)
        expect(states.every((state) => state.epoch > epoch && state.owner === null)).toBe(true)
      }
      expect(Array.from({ length: sliceCount }, (_, slice) => reached(states, slice))).toEqual(before)
      expect(states.map((state) => state.handled).reduce(addTallies)).toEqual(handled)
    }),
    { numRuns: 50 },
  )
})

test('fair shares differ by one at most and add up', () => {
  fc.assert(
    fc.property(
      fc.nat(64),
      fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 9 }),
      (partitions, names) => {
        const shares = names.map((name) => fairShare(partitions, names, name))
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(partitions)
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1)
      },
    ),
  )
})

test('tallies of the same events are equal in any order, and of others are not', () => {
  const ids = ['0190f3c2-0000-7000-8000-ffffffffffff', '0190f3c2-0000-7000-8000-000000000002']
  const [one, two] = ids as [string, string]
  const both = tallyEvent(tallyEvent(emptyTally, one), two)
  expect(both).toEqual({ count: 2, digest: 1 })
  expect(tallyEvent(tallyEvent(emptyTally, two), one)).toEqual(both)
  expect(addTallies(tallyEvent(emptyTally, one), tallyEvent(emptyTally, two))).toEqual(both)
  expect(tallyEvent(emptyTally, two, 2)).toEqual({ count: 2, digest: 4 })
})
