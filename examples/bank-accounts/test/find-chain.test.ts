import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findChain, isClose, type Link } from '../src/find-chain.ts'

function link(before: number, after: number): Link {
  return { before, after }
}

test('no links are a chain', () => {
  expect(findChain(100, [])).toEqual([])
})

test('links are put in order from the opening balance on', () => {
  const [a, b, c] = [link(0, 700), link(700, 200), link(200, 900)]
  expect(findChain(0, [c, a, b])).toEqual([a, b, c])
})

test('balances may differ by what the bank rounds', () => {
  const [a, b] = [link(10, 700), link(690, 200)]
  expect(findChain(0, [b, a])).toEqual([a, b])
  expect(findChain(-1, [b, a])).toBeUndefined()
})

test('a loop is walked before it is left behind', () => {
  const [loop1, loop2, onwards] = [link(0, 500), link(500, 0), link(0, 900)]
  expect(findChain(0, [onwards, loop2, loop1])).toEqual([loop1, loop2, onwards])
})

test('there is no chain through links that do not hang together', () => {
  expect(findChain(0, [link(0, 100), link(500, 600)])).toBeUndefined()
  expect(findChain(0, [link(0, 100), link(500, 600), link(600, 500)])).toBeUndefined()
})

/** A day as a bank prints it: the balances are exact, what is printed is rounded to 0.10; in any order. */
const shuffledDay = fc
  .record({
    opening: fc.integer({ min: -100_000, max: 100_000 }),
    amounts: fc.oneof(
      arrayOf(fc.integer({ min: -30, max: 30 })),
      arrayOf(fc.integer({ min: -500_000, max: 500_000 })),
      arrayOf(fc.constantFrom(-10_000, -5_000, 5_000, 10_000)),
    ),
  })
  .chain(({ opening, amounts }) => {
    let balance = opening
    const links = amounts.map((amount) => {
      balance += amount
      return link(round(balance) - round(amount), round(balance))
    })
    return fc.record({
      opening: fc.constant(round(opening)),
      links: fc.shuffledSubarray(links, { minLength: links.length }),
    })
  })

function arrayOf(amount: fc.Arbitrary<number>) {
  return fc.array(amount, { maxLength: 60 })
}

function round(amount: number) {
  return Math.round(amount / 10) * 10 + 0 // no -0
}

test('a shuffled day is put into an order that chains', () => {
  fc.assert(
    fc.property(shuffledDay, ({ opening, links }) => {
      const chain = findChain(opening, links)
      expect(chain?.toSorted(byBalances)).toEqual(links.toSorted(byBalances))
      let balance = opening
      for (const { before, after } of chain ?? []) {
        expect(isClose(balance, before)).toBe(true)
        balance = after
      }
    }),
    { numRuns: 2_000 },
  )
})

function byBalances(a: Link, b: Link) {
  return a.before - b.before || a.after - b.after
}

test('a day of ten thousand rows is no trouble', () => {
  const links: Link[] = []
  let balance = 0
  for (let row = 0; row < 10_000; row++) {
    const before = balance
    balance += ((row * 7919) % 2001) * 10 - 10_000
    links.push(link(before, balance))
  }
  expect(findChain(0, links.toReversed())).toHaveLength(10_000)
}, 5_000)
