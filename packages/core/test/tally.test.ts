import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { addTallies, emptyTally, tallyEvent } from '../src/consumer/tally.ts'

const ids = Array.from({ length: 200 }, (_, index) =>
  index % 2 === 0 ? randomUUID() : randomUUID().toUpperCase(),
)
const tallyOf = (events: readonly string[]) => events.reduce((tally, id) => tallyEvent(tally, id), emptyTally)

test('a tally counts events, and sums the last twelve digits of their ids modulo 2^48', () => {
  const sum = ids.reduce((total, id) => total + BigInt(`0x${id.slice(-12)}`), 0n)
  expect(tallyOf(ids)).toEqual({ count: ids.length, digest: Number(sum % 2n ** 48n) })
  expect(tallyEvent(emptyTally, `${'0'.repeat(24)}ffffffffffff`)).toEqual({ count: 1, digest: 2 ** 48 - 1 })
})

test('the order of events does not matter, and parts add up', () => {
  expect(tallyOf(ids.toReversed())).toEqual(tallyOf(ids))
  expect(addTallies(tallyOf(ids.slice(0, 70)), tallyOf(ids.slice(70)))).toEqual(tallyOf(ids))
})

test('an event that is missing, or counted twice, shows', () => {
  const [first = '', ...rest] = ids
  expect(tallyOf(rest).digest).not.toBe(tallyOf(ids).digest)
  expect(tallyEvent(tallyOf(ids), first)).toEqual(tallyEvent(tallyOf(rest), first, 2))
})
